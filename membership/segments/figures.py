"""Members' figures (sums of their orders) as arrays for clusters and look-alikes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from membership.members.profiling import profiling_refusals
from membership.models import Member, MemberFeatures

if TYPE_CHECKING:
    from membership.segments.ml.clusters import FigureTable

NAMES = ("recency_days", "orders_365d", "spend_365d", "basket", "gap_days", "known_days", "recent_share")
"""Days since the last order; orders, spend a year; spend an order; median days between orders; days since
the first order; the share of the year's orders that the last 90 days hold."""
NO_GAP_DAYS = 365.0  # for those with a single order: no second one within the year


def figure_table(*, as_of: datetime) -> FigureTable:
    """The figures of every active member with an order in the last 365 days who may be profiled."""
    import numpy as np

    from membership.segments.ml.clusters import FigureTable

    rows = list(_rows(as_of))
    values = np.array([row[1:] for row in rows], dtype=np.float64).reshape(len(rows), len(NAMES))
    return FigureTable(np.array([row[0] for row in rows], dtype=np.int64), values, NAMES)


def _rows(as_of: datetime) -> Iterator[tuple[float, ...]]:
    figures = MemberFeatures.objects.filter(
        member__status=Member.Status.ACTIVE, orders_365d__gt=0, last_order_at__lte=as_of
    )
    figures = figures.exclude(member__in=profiling_refusals()).order_by("member_id")
    columns = (
        "member_id", "last_order_at", "first_order_at", "orders_365d", "orders_90d", "spend_365d",
        "gap_days_median",
    )  # fmt: skip
    for member_id, last, first, orders, lately, spend, gap in figures.values_list(*columns).iterator():
        yield (
            member_id,
            _days(as_of, last),
            orders,
            float(spend),
            float(spend) / orders,
            NO_GAP_DAYS if gap is None else max(gap, 0.0),
            _days(as_of, first or last),
            lately / orders,
        )


def _days(as_of: datetime, moment: datetime) -> float:
    return max((as_of - moment).total_seconds() / 86_400, 0.0)
