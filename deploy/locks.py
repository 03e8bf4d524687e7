"""Locks between processes, held until the process and the children that were given the lock have ended."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def exclusive(path: Path, *, waiting: str) -> Iterator[int]:
    """The file descriptor of the lock, to be passed on to children; prints ``waiting`` if others hold it."""
    with path.open("a", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(waiting, flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock.fileno()


def regulars_is_running() -> bool:
    """Whether ``make run`` goes on in this folder (config's supervisor holds this lock)."""
    path = Path(os.environ.get("VAR_DIR", "var")) / "run.lock"
    if not path.exists():
        return False
    with path.open("a", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
