"""What time does to points: they expire, become available and pay debt; unused coupons give theirs back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import groupby

from django.db.models import Q, QuerySet, Sum
from django.utils import timezone

from membership.loyalty.ledger import movements
from membership.loyalty.redeeming import return_unused
from membership.models import Coupon, LoyaltyProgram, PointsEntry, PointsLot, PointsNotice
from membership.models.exchange_rates import day_in_shop
from registry.tables.bulk import upsert_rows

MEMBERS_A_BATCH = 1_000


def settle_points(*, at: datetime | None = None, at_most: int = MEMBERS_A_BATCH) -> int:
    """Post what has lapsed and pay debts, of at most so many members; the number of members done.

    Balances are right without it: what has lapsed does not count from then on. This writes the entries.
    """
    at = at or timezone.now()
    members = set(_with_lapsed_lots(at)[:at_most])
    members |= set(_debtors_with_points(at)[: at_most - len(members)])
    for member_id in sorted(members):
        with movements(member=member_id, at=at):
            pass
    return len(members)


def _with_lapsed_lots(at: datetime) -> list[int]:
    lapsed = PointsLot.objects.open().filter(expires_at__lte=at).order_by("member_id")
    return list(lapsed.values_list("member_id", flat=True).distinct()[:MEMBERS_A_BATCH])


def _debtors_with_points(at: datetime) -> list[int]:
    owing = PointsEntry.objects.filter(lot=None).order_by().values("member_id").annotate(total=Sum("points"))
    lots = PointsLot.objects.open().filter(Q(available_at=None) | Q(available_at__lte=at))
    due = lots.filter(member_id__in=owing.filter(total__lt=0).values("member_id")).order_by("member_id")
    return list(due.values_list("member_id", flat=True).distinct()[:MEMBERS_A_BATCH])


def withdraw_expired_coupons(*, at: datetime | None = None, at_most: int = MEMBERS_A_BATCH) -> int:
    """Coupons bought with points that were never used give the points back; how many."""
    at = at or timezone.now()
    expired = Coupon.objects.filter(
        source=Coupon.Source.POINTS, used_at=None, withdrawn_at=None, expires_at__lte=at
    )
    coupons = list(expired.order_by("id")[:at_most])
    for coupon in coupons:
        return_unused(coupon=coupon, at=at)
    return len(coupons)


def note_expiries(*, at: datetime | None = None) -> int:
    """One notice for each member and day on which points expire soon; the number of notices that stand."""
    at = at or timezone.now()
    until = at + timedelta(days=LoyaltyProgram.current().notice_days)
    PointsNotice.objects.filter(noticed_at__lt=at - timedelta(days=400)).delete()
    stale = PointsNotice.objects.filter(expires_on__gte=day_in_shop(at))
    lots = PointsLot.objects.open().filter(expires_at__gt=at, expires_at__lte=until)
    stale.exclude(member_id__in=lots.values("member_id")).delete()  # spent meanwhile
    return upsert_rows(
        model=PointsNotice,
        columns=("member_id", "expires_on", "points", "noticed_at"),
        rows=[(member_id, day, points, at) for member_id, day, points in _expiring(lots)],
        conflict=("member_id", "expires_on"),
        update=("points",),
    )


def _expiring(lots: QuerySet[PointsLot]) -> Iterator[tuple[int, date, int]]:
    """(member, last day on which they count, points)"""
    rows = lots.order_by("member_id", "expires_at").values_list("member_id", "expires_at", "remaining")
    by_day = (
        (member_id, day_in_shop(expires_at - timedelta(microseconds=1)), remaining)
        for member_id, expires_at, remaining in rows.iterator()
        if expires_at is not None
    )
    for (member_id, day), some in groupby(by_day, key=lambda row: row[:2]):
        yield member_id, day, sum(row[2] for row in some)
