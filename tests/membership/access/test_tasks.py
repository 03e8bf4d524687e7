"""Idempotency keys are forgotten after a week."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from membership.access.tasks import forget_idempotency_keys
from membership.models import IdempotencyKey


@pytest.mark.django_db
def test_keys_older_than_a_week_are_deleted() -> None:
    for key, days in (("old", 8), ("new", 6)):
        row = IdempotencyKey.objects.create(owner="user:1", key=key, route="POST /", request_hash="0" * 64)
        IdempotencyKey.objects.filter(pk=row.pk).update(created_at=timezone.now() - timedelta(days=days))

    assert forget_idempotency_keys() == 1
    assert IdempotencyKey.objects.get().key == "new"
