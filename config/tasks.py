"""Background work that needs more than one app."""

from __future__ import annotations

from celery import shared_task
from django.conf import settings


@shared_task(name="config.tasks.replay_demo")
def replay_demo() -> int:
    """Let a little of the demo's held-back time happen; the number of orders placed."""
    from config import replay

    return replay.replay_demo(minutes=settings.DEMO_REPLAY_MINUTES_PER_TICK)
