"""Background work on API access."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from django.utils import timezone


@shared_task(name="membership.tasks.forget_idempotency_keys")
def forget_idempotency_keys() -> int:
    """Delete idempotency keys older than a week: no client repeats a request that late."""
    from membership.models import IdempotencyKey

    deleted, _ = IdempotencyKey.objects.filter(created_at__lt=timezone.now() - timedelta(days=7)).delete()
    return deleted
