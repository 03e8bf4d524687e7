"""Background work for connected shops."""

from __future__ import annotations

from celery import shared_task


@shared_task(name="connectors.tasks.work_deliveries")
def work_deliveries(connection_id: int) -> int:
    """Work on what a shop sent; a second message for the same finds nothing."""
    from connectors.working import work_deliveries

    return work_deliveries(connection_id=connection_id)


@shared_task(name="connectors.tasks.work_waiting")
def work_waiting() -> int:
    """Take up deliveries whose message was lost, or whose time has come again."""
    from connectors.working import work_waiting

    return work_waiting()


@shared_task(name="connectors.tasks.run_back_fill")
def run_back_fill(job_id: int) -> None:
    """Read a shop through its API; a second message for the same job does nothing."""
    from connectors.fetching.back_fill import run_back_fill
    from connectors.models import BackFill

    job = BackFill.objects.select_related("connection").filter(pk=job_id).first()
    if job is not None:
        run_back_fill(job=job)


@shared_task(name="connectors.tasks.fetch_changes")
def fetch_changes() -> int:
    """Ask every connected shop what has changed, so that no lost message stays lost."""
    from connectors.fetching.back_fill import request_changes

    return request_changes()


@shared_task(name="connectors.tasks.forget_deliveries")
def forget_deliveries() -> int:
    """Delete the contents of messages that were worked on long ago."""
    from django.utils import timezone

    from connectors.working import forget_deliveries

    return forget_deliveries(now=timezone.now())
