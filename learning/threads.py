"""How many threads a computation takes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from threadpoolctl import threadpool_limits


@contextmanager
def one_thread_if(small: bool) -> Iterator[None]:
    """Keep linear algebra and OpenMP to one thread while the block runs, where the work is small.

    Threads that share little work mostly wait for each other, and waiting takes processor time: on a busy
    machine a fit of one second took sixty. Only libraries that are loaded by now are kept to it.
    """
    if not small:
        yield
        return
    with threadpool_limits(limits=1):
        yield
