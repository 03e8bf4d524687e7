"""What a Celery worker does beside tasks: it gives memory back, shows that it lives, dies with its parent.

Importing this module connects the signals; the last two do nothing without a supervisor.
"""

from __future__ import annotations

import ctypes
import os
import sys
import time
from pathlib import Path
from typing import Any

from celery.signals import heartbeat_sent, task_postrun, task_prerun, worker_process_init

from config.running.children import die_with_parent

ALIVE_FILE = "WORKER_ALIVE_FILE"
LONG_SECONDS = 1.0
"""A task that took longer may have taken much memory, too."""
_TRIM = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
_began: dict[str, float] = {}


@heartbeat_sent.connect(weak=False)
def _touch_alive_file(**kwargs: Any) -> None:
    """A worker whose loop hangs sends no heartbeats; the file's age tells the supervisor."""
    path = os.environ.get(ALIVE_FILE)
    if path:
        Path(path).touch()


@worker_process_init.connect(weak=False)
def _die_with_worker(**kwargs: Any) -> None:
    """A pool process must not finish its task alone while the job is being taken over by another worker."""
    if ALIVE_FILE in os.environ:
        die_with_parent(os.getppid())


@task_prerun.connect(weak=False)
def _note_begin(task_id: str, **kwargs: Any) -> None:
    _began[task_id] = time.monotonic()


@task_postrun.connect(weak=False)
def _give_memory_back(task_id: str, **kwargs: Any) -> None:
    """What a long task has freed goes back to the system; by itself, much of it would stay in the heap."""
    began = _began.pop(task_id, None)
    if _TRIM is not None and began is not None and time.monotonic() - began > LONG_SECONDS:
        _TRIM(0)
