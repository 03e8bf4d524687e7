"""Whose forecasts are out of date because an order was changed, as by a refund or a cancellation."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import F
from django.utils import timezone

from forecasts.features import forecast_members
from membership.models import OrderChange


def with_changed_orders(*, days: int, at_most: int) -> list[int]:
    """Ids of members an order of whose was changed within ``days``, and after their forecast was made."""
    recent = OrderChange.objects.filter(changed_at__gte=timezone.now() - timedelta(days=days))
    later = recent.filter(
        order__member__in=forecast_members(), changed_at__gt=F("order__member__forecast__scored_at")
    )
    return list(later.order_by("order__member").values_list("order__member", flat=True).distinct()[:at_most])
