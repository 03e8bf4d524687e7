"""What a supervised Celery worker does besides its tasks: it shows that it lives, and dies with its parent.

Importing this module connects the signals; without a supervisor they do nothing.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from celery.signals import heartbeat_sent, worker_process_init

from config.running.children import die_with_parent

ALIVE_FILE = "WORKER_ALIVE_FILE"


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
