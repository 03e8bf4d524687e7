"""What segment rules may ask about fraud."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Count, F, Max
from django.utils.translation import gettext_lazy

from fraud.models import FraudAlert, FraudScore
from membership.rules.registry import FieldType, Rows, SegmentField

RECENT_DAYS = 90


def _highest_probability(as_of: datetime) -> Rows:
    recent = FraudScore.objects.filter(
        probability__isnull=False,
        order__placed_at__gt=as_of - timedelta(days=RECENT_DAYS),
        order__placed_at__lte=as_of,
    )
    by_member = recent.order_by().values(member_id=F("order__member_id"))
    return by_member.annotate(value=Max("probability"))


def _open_alerts(as_of: datetime) -> Rows:
    by_member = FraudAlert.objects.open().order_by().values(member_id=F("order__member_id"))
    return by_member.annotate(value=Count("pk"))


FIELDS = (
    SegmentField(
        "fraud_probability",
        gettext_lazy("highest probability of fraud, 90 days"),
        FieldType.DECIMAL,
        _highest_probability,
        unit="0–1",
        permission="fraud.view_fraudscore",
        scope="fraud:read",
        decimals=6,
    ),
    SegmentField(
        "open_alerts",
        gettext_lazy("open fraud alerts"),
        FieldType.INTEGER,
        _open_alerts,
        permission="fraud.view_fraudalert",
        scope="fraud:read",
        missing=0,
    ),
)
