"""How gunicorn serves: threads, no preload (models load after the fork), nothing in the home folder."""

from __future__ import annotations

import logging
import os
import time
from threading import Thread
from typing import Any

from config.running.children import die_with_parent

host = os.environ.get("HOST", "127.0.0.1")
bind = (
    f"[{host}]:{os.environ.get('PORT', '8000')}"
    if ":" in host
    else f"{host}:{os.environ.get('PORT', '8000')}"
)
worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = int(os.environ.get("WEB_THREADS", "8"))
preload_app = False
timeout = 60
graceful_timeout = 10
control_socket_disable = True
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108  # heartbeats off the disk
SECONDS_BETWEEN_LOOKS = 10
loglevel = "warning"  # the supervisor says where we serve; requests log through Django


def post_worker_init(worker: Any) -> None:
    """Load the models beside the first pages; models load after the fork, never before."""
    Thread(target=_warm_up, name="warm-up", daemon=True).start()


def _warm_up() -> None:
    """A new shop's first model comes minutes after its pages: wait for it, so that no buyer has to."""
    while not _warmed_up():
        time.sleep(SECONDS_BETWEEN_LOOKS)


def _warmed_up() -> bool:
    from django.db import connection

    from fraud.services.scoring import warm_up
    from recommendations.services.serving.live import warm_up as warm_up_recommendations

    try:
        warm_up_recommendations()
        return warm_up()
    except Exception:  # a database that is away for a moment; the next look may find it
        logging.getLogger(__name__).exception("the models are not warm yet")
        return False
    finally:
        connection.close()


def post_fork(server: Any, worker: Any) -> None:
    """A worker dies with its master, as the master does with the supervisor."""
    die_with_parent(worker.ppid)
