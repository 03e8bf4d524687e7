"""Runs the phases of the first set-up: each once, in order, resumable, with its time printed.

A phase asks the database whether it has been done, so a killed set-up goes on where it was.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TextIO

from django.utils.translation import gettext as _

from config.setting_up.state import DONE, FAILED, RUNNING, TITLES, PhaseState, SetupState, write_state

Progress = Callable[[float, str], None]
"""``progress(fraction, message)``: fraction 0 to 1 of this phase."""

BAR_WIDTH = 24
STATE_SECONDS = 0.5
LINE_SECONDS = 15.0  # without a terminal, how often a long phase says where it is


class PhaseError(Exception):
    """A phase cannot be done; the message says why and what would help."""


@dataclass(frozen=True)
class Phase:
    """``run`` does the work and returns a short note for the log; ``is_done`` spares it the next time.

    One that is not ``needed_to_open`` runs once the shop is open.
    """

    key: str
    is_done: Callable[[], bool]
    run: Callable[[Progress], str]
    needed_to_open: bool = True


class Display:
    """One line a phase on stderr; a moving bar where that is a terminal."""

    def __init__(self, *, total: int, stream: TextIO | None = None, began: float | None = None) -> None:
        """``began``: the moment (as of ``time.time``) from which "open" and "complete" are counted."""
        self.total = total
        self.began = time.time() if began is None else began
        self.stream = stream or sys.stderr
        self.is_terminal = self.stream.isatty()
        self._last_line_at = time.monotonic()

    def update(self, number: int, phase: PhaseState) -> None:
        if self.is_terminal:
            filled = round(BAR_WIDTH * phase.fraction)
            bar = "█" * filled + "░" * (BAR_WIDTH - filled)
            line = f"{self._head(number, phase)} {bar} {phase.fraction:4.0%} {phase.note[:40]}"
            self._write(f"\r\x1b[K{line}", end="")
        elif time.monotonic() - self._last_line_at > LINE_SECONDS:
            self._last_line_at = time.monotonic()
            self._write(f"{self._head(number, phase)} {phase.fraction:.0%} {phase.note}")

    def finish(self, number: int, phase: PhaseState) -> None:
        clear = "\r\x1b[K" if self.is_terminal else ""
        self._last_line_at = time.monotonic()
        line = f"{self._head(number, phase)} {phase.status} in {phase.seconds:6.1f} s  {phase.note}"
        self._write(f"{clear}{line}")

    def plan(self, phases: Sequence[Phase], state: SetupState) -> None:
        """Say what is still to come, where anything is."""
        before, after = _open_ones(phases, state, needed=True), _open_ones(phases, state, needed=False)
        if before:
            self._write(_("To do until the shop is open: %(steps)s.") % {"steps": ", ".join(before)})
        if after:
            self._write(_("Then, in the background: %(steps)s.") % {"steps": ", ".join(after)})

    def opened(self, phases: Sequence[Phase], state: SetupState) -> None:
        """Say that every page works, and what is still to come."""
        self._write(_("OPEN %(seconds)d s after the start: every page works.") % {"seconds": self._seconds()})
        after = _open_ones(phases, state, needed=False)
        if after:
            message = _("The first models are quick ones. Still to come, in the background: %(steps)s.")
            self._write(message % {"steps": ", ".join(after)})

    def completed(self) -> None:
        message = _("COMPLETE %(seconds)d s after the start: nothing is left to do.")
        self._write(message % {"seconds": self._seconds()})

    def _seconds(self) -> int:
        return round(time.time() - self.began)

    def _head(self, number: int, phase: PhaseState) -> str:
        return f"[{number:2}/{self.total}] {TITLES[phase.key]!s:<32}"

    def _write(self, text: str, *, end: str = "\n") -> None:
        self.stream.write(text + end)
        self.stream.flush()


def run_phases(phases: Sequence[Phase], *, display: Display | None = None) -> int:
    """Do what is not done yet; the number of phases run.

    Raises what a phase raises, after recording it for the progress page.
    """
    display = display or Display(total=len(phases))
    state = SetupState(phases=[PhaseState(key=phase.key) for phase in phases])
    for phase, shown in zip(phases, state.phases, strict=True):
        if phase.is_done():
            shown.status, shown.fraction = DONE, 1.0
    todo = [number for number, shown in enumerate(state.phases) if shown.status != DONE]
    display.plan(phases, state)
    _look(phases, state, display=display if todo else None)
    for number in todo:
        _run_phase(phases[number], state.phases[number], state=state, number=number + 1, display=display)
        _look(phases, state, display=display)
    return len(todo)


def _look(phases: Sequence[Phase], state: SetupState, *, display: Display | None) -> None:
    """Record, and say, when the shop has become open or complete."""
    was_open = state.open
    state.open = not _open_ones(phases, state, needed=True)
    state.complete = state.open and not _open_ones(phases, state, needed=False)
    write_state(state)
    if display is not None and state.open and not was_open:
        display.opened(phases, state)
    if display is not None and state.complete:
        display.completed()


def _open_ones(phases: Sequence[Phase], state: SetupState, *, needed: bool) -> list[str]:
    """Titles of the phases that are not done, of those needed to open or of the others."""
    pairs = zip(phases, state.phases, strict=True)
    return [
        str(TITLES[phase.key])
        for phase, shown in pairs
        if phase.needed_to_open == needed and shown.status != DONE
    ]


def _run_phase(phase: Phase, shown: PhaseState, *, state: SetupState, number: int, display: Display) -> None:
    began = last_write = time.monotonic()

    def progress(fraction: float, message: str = "") -> None:
        nonlocal last_write
        now = time.monotonic()
        shown.fraction, shown.note, shown.seconds = min(max(fraction, 0.0), 1.0), message, now - began
        if now - last_write >= STATE_SECONDS:
            last_write = now
            write_state(state)
            display.update(number, shown)

    shown.status = RUNNING
    write_state(state)
    display.update(number, shown)
    try:
        shown.note = phase.run(progress)
        shown.status, shown.fraction = DONE, 1.0
    except Exception as error:
        shown.status, state.error = FAILED, f"{TITLES[phase.key]}: {error}"
        raise
    finally:
        shown.seconds = time.monotonic() - began
        write_state(state)
        display.finish(number, shown)
