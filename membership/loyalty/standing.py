"""What a member has in points at one moment: for the member's page and the API."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Sum
from django.utils import timezone

from membership.loyalty.calendar import last_day
from membership.loyalty.ledger import debt_of, pending_of
from membership.models import Member, PointsLot


@dataclass(frozen=True)
class NextExpiry:
    """Points that expire first, and the last day on which they count (ISO)."""

    points: int
    last_day: str


@dataclass(frozen=True)
class Standing:
    balance: int
    pending: int
    debt: int
    next_expiry: NextExpiry | None


def standing_of(*, member: Member, at: datetime | None = None) -> Standing:
    at = at or timezone.now()
    return Standing(
        balance=member.points_balance(at=at),
        pending=pending_of(member_id=member.pk, at=at),
        debt=debt_of(member_id=member.pk),
        next_expiry=_next_expiry(member, at=at),
    )


def _next_expiry(member: Member, *, at: datetime) -> NextExpiry | None:
    lots = PointsLot.objects.open().filter(member=member, expires_at__gt=at)
    first = lots.order_by("expires_at").values_list("expires_at", flat=True).first()
    if first is None:
        return None
    points = lots.filter(expires_at=first).aggregate(total=Sum("remaining"))["total"] or 0
    return NextExpiry(points=points, last_day=last_day(first))
