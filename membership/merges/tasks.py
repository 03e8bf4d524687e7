"""Background work on merges."""

from __future__ import annotations

from celery import shared_task


@shared_task(name="membership.tasks.move_late_rows")
def move_late_rows() -> int:
    """Have orders, events and other rows that came for a merged member follow; how many."""
    from membership.merges.late import move_late_rows as move

    return move()


@shared_task(name="membership.tasks.forget_old_merges")
def forget_old_merges() -> int:
    """Forget the former values of members whose merge can no longer be undone; how many merges."""
    from membership.merges.forgetting import forget_old_merges as forget

    return forget()
