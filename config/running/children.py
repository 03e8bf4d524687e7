"""Starting, signalling and reaping one child process, so that none outlives its parent.

Linux tells a child when its parent dies (``PR_SET_PDEATHSIG``); elsewhere only an orderly stop is clean.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import IO

PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent(parent_pid: int) -> None:
    """Have the kernel kill this process when its parent dies.

    The wish is not inherited through a fork, so pool processes must ask for it themselves.
    """
    if _LIBC is not None:
        _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent_pid:  # it died before the line above was reached
        os.kill(os.getpid(), signal.SIGKILL)


def _prepare(parent_pid: int, niceness: int) -> None:
    die_with_parent(parent_pid)
    os.nice(niceness)


@dataclass(frozen=True)
class Service:
    """What to run, how to tell that it is well, and how to stop it."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    is_well: Callable[[], bool] | None = None
    well_within_seconds: float = 60.0  # how long it may take before the first good answer
    grace_seconds: float = 10.0  # from SIGTERM to SIGKILL
    stop_stage: int = 1  # lower stages stop first
    restarts: int | None = None  # None: for ever; a number: it may end by itself, and fail so often
    niceness: int = 0  # 0: as important as we are; up to 19: ever less so
    on_terminal: bool = False  # writes to our terminal itself instead of being relayed


class Child:
    """A running process of a service, leader of its own session."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.started_at = time.monotonic()
        # One thread only in the supervisor, so running Python between fork and exec is safe.
        self.process: subprocess.Popen[bytes] = subprocess.Popen(  # noqa: S603  # our own command lines
            service.command,
            stdin=subprocess.DEVNULL,
            stdout=None if service.on_terminal else subprocess.PIPE,
            stderr=None if service.on_terminal else subprocess.STDOUT,
            env={**os.environ, **service.environment},
            start_new_session=True,
            preexec_fn=partial(_prepare, os.getpid(), service.niceness),
        )
        if self.process.stdout is not None:
            os.set_blocking(self.process.stdout.fileno(), False)
        self.at_end = self.process.stdout is None
        self._partial = b""

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def output(self) -> IO[bytes] | None:
        return self.process.stdout

    @property
    def uptime(self) -> float:
        return time.monotonic() - self.started_at

    def read_lines(self, *, rest: bool = False) -> list[str]:
        """Complete lines written since the last call; with ``rest``, the unfinished last one too."""
        if self.output is not None:
            with contextlib.suppress(BlockingIOError):
                while chunk := os.read(self.output.fileno(), 65536):
                    self._partial += chunk
                self.at_end = True
        *lines, self._partial = self._partial.split(b"\n")
        if rest and self._partial:
            lines, self._partial = [*lines, self._partial], b""
        return [line.decode("utf-8", "replace").rstrip("\r") for line in lines]

    def exit_code(self) -> int | None:
        """None while it runs. Once ended, what it left of its session is killed before it is reaped."""
        if self.process.returncode is None:
            ended = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            if ended is None:
                return None
            self.kill()
        return self.process.wait()

    def terminate(self) -> None:
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Kill the whole session: pool processes too."""
        if self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)

    def close(self) -> None:
        if self.output is not None:
            self.output.close()
