"""Rows to arrays and back: what members' orders add up to. The one place the ORM meets pandas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Max, Min, Q, Sum
from django.utils import timezone

from membership.models import Member, MemberFeatures, Order
from registry.bulk import upsert_rows

if TYPE_CHECKING:
    import numpy as np

WINDOWS_DAYS = (30, 90, 365)
_BATCH = 2_000  # ids in one IN (...) list


@dataclass(frozen=True)
class RfmTable:
    """One row a member who has ordered: days since the last order; orders and spend in 365 days."""

    member_ids: np.ndarray[Any, Any]
    recency_days: np.ndarray[Any, Any]
    frequency: np.ndarray[Any, Any]
    monetary: np.ndarray[Any, Any]


def refresh_features(*, as_of: datetime, member_ids: Sequence[int] | None = None) -> int:
    """Recompute the figures of ``member_ids`` (all reachable members, unless told); the number written.

    Only orders placed at or before ``as_of`` count. Marks made after the read stay: no change is lost.
    """
    if member_ids is None:
        member_ids = list(Member.objects.reachable().order_by("pk").values_list("pk", flat=True))
    written = 0
    for start in range(0, len(member_ids), _BATCH):
        written += _refresh_batch(as_of=as_of, member_ids=member_ids[start : start + _BATCH])
    return written


def _refresh_batch(*, as_of: datetime, member_ids: Sequence[int]) -> int:
    read_at = timezone.now()
    sums = {row["member_id"]: row for row in _order_sums(as_of=as_of, member_ids=member_ids)}
    gaps = _median_gap_days(as_of=as_of, member_ids=member_ids)
    names = [f"{figure}_{days}d" for days in WINDOWS_DAYS for figure in ("orders", "spend")]
    columns = ["member_id", "as_of", "first_order_at", "last_order_at", "gap_days_median", *names]
    rows = []
    for member_id in member_ids:
        found = sums.get(member_id, {})
        amounts = [found.get(name) or (Decimal(0) if name.startswith("spend") else 0) for name in names]
        rows.append((member_id, as_of, found.get("first"), found.get("last"), gaps.get(member_id), *amounts))
    written = upsert_rows(
        model=MemberFeatures, columns=columns, rows=rows, conflict=("member_id",), update=columns[1:]
    )
    MemberFeatures.objects.filter(member_id__in=member_ids, dirty_at__lte=read_at).update(dirty_at=None)
    return written


def _order_sums(*, as_of: datetime, member_ids: Sequence[int]) -> Any:
    orders = Order.objects.counted().filter(placed_at__lte=as_of, member_id__in=member_ids)
    figures: dict[str, Any] = {"first": Min("placed_at"), "last": Max("placed_at")}
    for days in WINDOWS_DAYS:
        recent = Q(placed_at__gt=as_of - timedelta(days=days))
        figures[f"orders_{days}d"] = Count("pk", filter=recent)
        figures[f"spend_{days}d"] = Sum("total", filter=recent)
    return orders.values("member_id").order_by().annotate(**figures)


def _median_gap_days(*, as_of: datetime, member_ids: Sequence[int]) -> dict[int, float]:
    """Median days between a member's successive orders; members with one order are left out."""
    import pandas as pd

    orders = Order.objects.counted().filter(placed_at__lte=as_of, member_id__in=member_ids)
    frame = pd.DataFrame(
        orders.order_by().values_list("member_id", "placed_at"), columns=["member", "placed_at"]
    )
    if frame.empty:
        return {}
    frame = frame.sort_values(["member", "placed_at"])
    gaps = frame.groupby("member")["placed_at"].diff().dt.total_seconds() / 86_400
    medians = gaps.groupby(frame["member"]).median().dropna()
    return {int(member): float(days) for member, days in medians.items()}


def rfm_table(*, as_of: datetime) -> RfmTable:
    """Recency, frequency and monetary value of every active member with an order in the last 365 days."""
    import numpy as np

    ordered = MemberFeatures.objects.filter(
        member__status=Member.Status.ACTIVE, last_order_at__lte=as_of, orders_365d__gt=0
    ).order_by("member_id")
    figures = ordered.values_list("member_id", "last_order_at", "orders_365d", "spend_365d")
    rows = [(member_id, last, count, spend) for member_id, last, count, spend in figures if last]
    return RfmTable(
        member_ids=np.array([row[0] for row in rows], dtype=np.int64),
        recency_days=np.array([(as_of - row[1]).total_seconds() / 86_400 for row in rows], dtype=np.float64),
        frequency=np.array([row[2] for row in rows], dtype=np.float64),
        monetary=np.array([float(row[3]) for row in rows], dtype=np.float64),
    )


def mark_dirty(*, member_ids: Sequence[int], at: datetime | None = None) -> None:
    """Note that these members' figures are out of date. Call in the transaction that changed them."""
    at = at or timezone.now()
    upsert_rows(
        model=MemberFeatures,
        columns=("member_id", "dirty_at", *_ZEROES),
        rows=((member_id, at, *_ZEROES.values()) for member_id in sorted(set(member_ids))),
        conflict=("member_id",),
        update=("dirty_at",),
    )


_ZEROES: dict[str, Any] = {
    f"{figure}_{days}d": (Decimal(0) if figure == "spend" else 0)
    for days in WINDOWS_DAYS
    for figure in ("orders", "spend")
}
