"""One thread that starts child processes, relays their output, restarts what dies, and stops all in order.

It knows nothing of what it runs: ``config.running.processes`` tells it. Each child leads its own session
and dies with the supervisor (see ``config.running.children``).
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import sys
import time
from collections.abc import Callable, Iterator
from types import FrameType
from typing import TextIO

from config.running.children import Child, Service

TICK_SECONDS = 0.2
PROBE_SECONDS = 5.0
PROBE_FAILURES = 3  # so many bad answers in a row, and a process is killed and started again
BACKOFF_SECONDS = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
STEADY_SECONDS = 60.0  # after this long without a death, the next one counts as the first
SAME_WISH_SECONDS = 0.5  # a signal to us and one handed on by make are one wish
INSISTED_GRACE_SECONDS = 0.5
COLOURS = (36, 32, 33, 35, 34, 96, 92, 93)


class StartError(Exception):
    """A process that the rest cannot do without did not come up."""


class StoppedError(Exception):
    """We were asked to stop while still starting."""


class Console:
    """Prefixed lines on one stream, coloured on a terminal, silent once nobody reads them."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.is_terminal = stream.isatty()
        self.colours = self.is_terminal and "NO_COLOR" not in os.environ
        self._names: list[str] = []

    def line(self, name: str, text: str) -> None:
        if name not in self._names:
            self._names.append(name)
        label = f"{name:<8} |"
        if self.colours:
            label = f"\x1b[{COLOURS[self._names.index(name) % len(COLOURS)]}m{label}\x1b[0m"
        clear = "\r\x1b[K" if self.is_terminal else ""  # a progress bar may stand on this line
        with contextlib.suppress(OSError, ValueError):
            self.stream.write(f"{clear}{label} {text}\n")
            self.stream.flush()


class Supervised:
    """One service with its current process and its history of deaths."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.child: Child | None = None
        self.deaths = 0
        self.start_at = 0.0
        self.next_probe_at = 0.0
        self.bad_probes = 0
        self.has_been_well = False

    def backoff_seconds(self) -> float:
        return BACKOFF_SECONDS[min(self.deaths, len(BACKOFF_SECONDS)) - 1]


class Supervisor:
    """Runs services until it is asked to stop."""

    def __init__(self, *, stream: TextIO | None = None) -> None:
        self.console = Console(stream or sys.stdout)
        self.supervised: dict[str, Supervised] = {}
        self.selector = selectors.DefaultSelector()
        self.stop_requests = 0
        self._last_request_at = 0.0

    def say(self, text: str) -> None:
        self.console.line("regulars", text)

    # --- signals -----------------------------------------------------------------------------------
    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Take SIGINT, SIGTERM and SIGHUP as wishes to stop; the second one insists."""
        caught = [signal.SIGINT, signal.SIGTERM]
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup: outlive the terminal
            caught.append(signal.SIGHUP)
        before = {number: signal.signal(number, self._on_signal) for number in caught}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        if now - self._last_request_at > SAME_WISH_SECONDS:
            self.stop_requests += 1
        self._last_request_at = now

    # --- starting ----------------------------------------------------------------------------------
    def run_once(self, service: Service) -> None:
        """Run a command to its end, relaying its output; raise unless it succeeds."""
        child = self._launch(service)
        try:
            while (code := child.exit_code()) is None:
                self._relay()
                if self.stop_requests:
                    raise StoppedError
            self._relay_rest(child)
        finally:
            child.kill()
            child.exit_code()
            self._forget(child)
        if code != 0:
            raise StartError(f"{service.name} ended with code {code}; its last lines above say why.")

    def start(self, service: Service) -> None:
        """Start a service that is to run until the end."""
        entry = Supervised(service)
        self.supervised[service.name] = entry
        self._start(entry)

    def wait_until_well(self, name: str) -> None:
        """Serve the loop until a service answers its probe; raise when it keeps dying or never answers."""
        entry = self.supervised[name]
        probe = entry.service.is_well
        deadline = time.monotonic() + entry.service.well_within_seconds
        while probe is not None and not (entry.child is not None and probe()):
            self.tick()
            if self.stop_requests:
                raise StoppedError
            if entry.deaths >= PROBE_FAILURES or time.monotonic() > deadline:
                raise StartError(f"{name} did not come up; its last lines above say why.")
        entry.has_been_well = True

    def _start(self, entry: Supervised) -> None:
        entry.child = self._launch(entry.service)
        entry.has_been_well = False
        entry.bad_probes = 0
        entry.next_probe_at = time.monotonic() + PROBE_SECONDS

    def _launch(self, service: Service) -> Child:
        child = Child(service)
        if child.output is not None:
            self.selector.register(child.output, selectors.EVENT_READ, child)
        return child

    # --- running -----------------------------------------------------------------------------------
    def run_until_stopped(self) -> None:
        while not self.stop_requests:
            self.tick()

    def tick(self) -> None:
        """Relay output for a moment, then look after each service once."""
        self._relay()
        for entry in list(self.supervised.values()):
            self._look_after(entry)

    def _look_after(self, entry: Supervised) -> None:
        now = time.monotonic()
        if entry.child is None:
            if now >= entry.start_at:
                self._start(entry)
            return
        code = entry.child.exit_code()
        if code is not None:
            self._bury(entry, code)
        elif entry.service.is_well is not None and now >= entry.next_probe_at:
            self._probe(entry, entry.service.is_well)

    def _bury(self, entry: Supervised, code: int) -> None:
        child = entry.child
        assert child is not None  # noqa: S101  # for the type checker
        limit = entry.service.restarts
        entry.deaths = 1 if limit is None and child.uptime > STEADY_SECONDS else entry.deaths + 1
        self._relay_rest(child)
        self._forget(child)
        entry.child = None
        if limit is not None and (code == 0 or entry.deaths > limit):
            del self.supervised[entry.service.name]
            if code != 0:
                self.say(f"{entry.service.name} failed {entry.deaths} times; start again to go on with it.")
            return
        entry.start_at = time.monotonic() + entry.backoff_seconds()
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
        self.say(f"{entry.service.name} {how}; starting it again in {entry.backoff_seconds():g} s.")

    def _probe(self, entry: Supervised, is_well: Callable[[], bool]) -> None:
        child = entry.child
        assert child is not None  # noqa: S101  # for the type checker
        entry.next_probe_at = time.monotonic() + PROBE_SECONDS
        if is_well():
            entry.has_been_well, entry.bad_probes = True, 0
            return
        entry.bad_probes += 1
        patience_over = entry.has_been_well or child.uptime > entry.service.well_within_seconds
        if patience_over and entry.bad_probes >= PROBE_FAILURES:
            self.say(f"{entry.service.name} does not answer; killing it.")
            child.kill()

    # --- output ------------------------------------------------------------------------------------
    def _relay(self) -> None:
        for key, _ in self.selector.select(TICK_SECONDS):
            child: Child = key.data
            lines = child.read_lines()
            for line in lines:
                self.console.line(child.service.name, line)
            if child.at_end:
                self.selector.unregister(key.fileobj)

    def _relay_rest(self, child: Child) -> None:
        for line in child.read_lines(rest=True):
            self.console.line(child.service.name, line)

    def _forget(self, child: Child) -> None:
        if child.output is not None and not child.at_end:
            with contextlib.suppress(KeyError):
                self.selector.unregister(child.output)
        child.close()

    # --- stopping ----------------------------------------------------------------------------------
    def stop(self) -> None:
        """Stop stage by stage: first what makes work, then what does it, at last what keeps it."""
        enough = 2 if self.stop_requests else 1  # the wish that insists
        children = [entry.child for entry in self.supervised.values() if entry.child is not None]
        self.supervised.clear()
        for stage in sorted({child.service.stop_stage for child in children}):
            self._stop_together([child for child in children if child.service.stop_stage == stage], enough)
        self.say("stopped.")

    def _stop_together(self, children: list[Child], enough: int) -> None:
        stopping_since = time.monotonic()
        is_logged = False
        for child in children:
            child.terminate()
        waiting = children
        while waiting := [child for child in waiting if child.exit_code() is None]:
            self._relay()
            waited = time.monotonic() - stopping_since
            if waited > 3 and not is_logged:
                names = ", ".join(child.service.name for child in waiting)
                self.say(f"waiting for {names} to finish the task at hand; Ctrl-C again to stop at once.")
                is_logged = True
            for child in waiting:
                insisted = self.stop_requests >= enough
                if waited > (INSISTED_GRACE_SECONDS if insisted else child.service.grace_seconds):
                    child.kill()
        for child in children:
            self._relay_rest(child)
            self._forget(child)
