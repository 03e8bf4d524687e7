"""What the shop owes in points, and how much of it is likely to expire unused, by the shop's own past."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Count, F, Q, Sum
from django.utils import timezone

from membership.models import LoyaltyProgram, PointsEntry, PointsLot
from membership.models.shop import the_shop

PAST_DAYS = 730
FEWEST_LOTS = 20
"""With fewer expired lots nothing is said of breakage."""
DAYS_LEFT = (30, 90, 180, 365, 3_650)
"""Lots are told apart by the days that they have left, up to each of these; a lot counts as one with the most
days of its span, so that breakage is rather too low than too high."""


@dataclass(frozen=True)
class Liability:
    """Points of all members at one moment. ``breakage`` is None where the past does not tell."""

    at: datetime
    available: int
    pending: int
    debt: int
    members: int
    point_value: Decimal
    currency: str
    breakage: int | None

    @property
    def outstanding(self) -> int:
        return self.available + self.pending

    @property
    def worth(self) -> Decimal:
        return self.outstanding * self.point_value

    @property
    def expected_worth(self) -> Decimal | None:
        """Of what is likely to be redeemed."""
        return None if self.breakage is None else (self.outstanding - self.breakage) * self.point_value


def liability(*, at: datetime | None = None) -> Liability:
    at = at or timezone.now()
    pending = Q(available_at__gt=at)
    sums = (
        PointsLot.objects.open()
        .alive_at(at)
        .aggregate(
            available=Sum("remaining", filter=~pending | Q(available_at=None)),
            pending=Sum("remaining", filter=pending),
            members=Count("member_id", distinct=True),
        )
    )
    owing = PointsEntry.objects.filter(lot=None).order_by().values("member_id").annotate(total=Sum("points"))
    debt = sum(-row["total"] for row in owing.filter(total__lt=0))
    shares = breakage_shares(at=at)
    return Liability(
        at=at,
        available=sums["available"] or 0,
        pending=sums["pending"] or 0,
        debt=debt,
        members=sums["members"],
        point_value=LoyaltyProgram.current().point_value,
        currency=the_shop().currency,
        breakage=_breakage(shares, at=at),
    )


def breakage_shares(*, at: datetime) -> dict[int, float]:
    """Days left -> of points that were there so many days before they expired, the share that did.

    Empty where fewer than ``FEWEST_LOTS`` lots have expired in the last two years; a span of days of which
    nothing is known is left out.
    """
    past = PointsLot.objects.filter(expires_at__gt=at - timedelta(days=PAST_DAYS), expires_at__lte=at)
    if past.count() < FEWEST_LOTS:
        return {}
    there = {
        f"there_{days}": Sum("points", filter=Q(occurred_at__lte=F("lot__expires_at") - timedelta(days=days)))
        for days in DAYS_LEFT
    }
    moved = PointsEntry.objects.filter(lot__in=past).exclude(kind=PointsEntry.Kind.EXPIRED)
    sums = moved.aggregate(**there)
    expired = PointsEntry.objects.filter(lot__in=past, kind=PointsEntry.Kind.EXPIRED)
    lost = -(expired.aggregate(total=Sum("points"))["total"] or 0)
    return {
        days: min(lost / sums[f"there_{days}"], 1.0) for days in DAYS_LEFT if (sums[f"there_{days}"] or 0) > 0
    }


def _breakage(shares: Mapping[int, float], *, at: datetime) -> int | None:
    """Points of today's lots that are likely to expire; lots without end never do."""
    if not shares:
        return None
    expected, earlier = 0.0, at
    share = shares[min(shares)]
    for days in DAYS_LEFT:
        until = at + timedelta(days=days)
        lots = PointsLot.objects.open().filter(expires_at__gt=earlier, expires_at__lte=until)
        share = shares.get(days, share)
        expected += share * (lots.aggregate(total=Sum("remaining"))["total"] or 0)
        earlier = until
    return round(expected)
