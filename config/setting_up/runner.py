"""Runs the phases of the first set-up: each once, in order, resumable, with its time printed.

A phase asks the database whether it has been done, so a killed set-up goes on where it was.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TextIO

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
    """``run`` does the work and returns a short note for the log; ``is_done`` spares it the next time."""

    key: str
    is_done: Callable[[], bool]
    run: Callable[[Progress], str]


class Display:
    """One line a phase on stderr; a moving bar where that is a terminal."""

    def __init__(self, *, total: int, stream: TextIO | None = None) -> None:
        self.total = total
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
    state.finished = all(shown.status == DONE for shown in state.phases)
    write_state(state)
    todo = [number for number, shown in enumerate(state.phases) if shown.status != DONE]
    for number in todo:
        _run_phase(phases[number], state.phases[number], state=state, number=number + 1, display=display)
    state.finished = True
    write_state(state)
    return len(todo)


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
