"""Work that somebody waits for only so long.

A Python thread cannot be stopped, so work that comes late goes on to its end unheard; at most MOST_STRAYS do
at a time, beyond which the answer is "too late" at once: a model that hangs costs every buyer a review, never
the process. The work must not touch the database: a connection belongs to the thread that waits.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from typing import TypeVar

Answer = TypeVar("Answer")
MOST_STRAYS = 16
_free = threading.BoundedSemaphore(MOST_STRAYS)


class TooLate(Exception):
    """The time is up."""


class Budget:
    """A stretch of time that began when this was made."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._ends = time.perf_counter() + seconds

    @property
    def left(self) -> float:
        return self._ends - time.perf_counter()

    def check(self) -> None:
        """Raises TooLate when the time is up."""
        if self.left <= 0:
            raise TooLate


def started(work: Callable[[], Answer]) -> Future[Answer]:
    """``work`` in a thread of its own. Raises TooLate when too many that came late still run."""
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
    """What the work came to. Raises TooLate, and whatever the work raised."""
    try:
        return future.result(timeout=max(budget.left, 0))
    except FutureTimeout:
        raise TooLate from None
