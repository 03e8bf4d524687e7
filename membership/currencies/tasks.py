"""Background work on exchange rates."""

from __future__ import annotations

from celery import shared_task


@shared_task(name="membership.tasks.apply_exchange_rates")
def apply_exchange_rates() -> int:
    """Bring rates that are new or changed onto the orders they concern; the number of orders."""
    from membership.currencies.filling import apply_pending_rates

    return apply_pending_rates()
