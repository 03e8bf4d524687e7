"""Work with a deadline.

A Python thread cannot be stopped, so late work continues to its end and its result is ignored. At most
MOST_LATE such threads run at a time; further work is refused as too late at once. Where a model hangs, every
order is reviewed, and the process goes on. The work must not touch the database: a connection belongs to the
thread that waits.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from typing import TypeVar

Answer = TypeVar("Answer")
MOST_LATE = 16
_free = threading.BoundedSemaphore(MOST_LATE)


class TooLate(Exception):
    """The deadline has passed."""


class Budget:
    """A time limit that begins when this is created."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._ends = time.perf_counter() + seconds

    @property
    def left(self) -> float:
        """Seconds, below 0 once they are over."""
        return self._ends - time.perf_counter()

    def check(self) -> None:
        """Raises TooLate once no time is left."""
        if self.left <= 0:
            raise TooLate


def started(work: Callable[[], Answer]) -> Future[Answer]:
    """``work`` in a thread of its own. Raises TooLate when too many late ones still run."""
    if not _free.acquire(blocking=False):
        raise TooLate
    future: Future[Answer] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:
            future.set_exception(error)
        finally:
            _free.release()

    threading.Thread(target=run, name="answer", daemon=True).start()
    return future


def answer_of(future: Future[Answer], *, budget: Budget) -> Answer:
    """The result of the work. Raises TooLate, and whatever the work raised."""
    try:
        return future.result(timeout=max(budget.left, 0))
    except FutureTimeout:
        raise TooLate from None
