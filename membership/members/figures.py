"""Members' figures (sums of their orders), from rows to arrays and back. Only here the ORM meets pandas."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.db.models import (
    Aggregate,
    Count,
    DateTimeField,
    F,
    FilteredRelation,
    Max,
    Min,
    Q,
    Value,
    Window,
)
from django.db.models.functions import Lag, Round
from django.utils import timezone

from membership.models import Member, MemberFeatures, Order
from membership.rules.dates import window_start
from membership.rules.sums import exact_sum
from registry.tables.bulk import quoted_names, upsert_rows, upsert_select
from registry.tables.one_of import OneOf
from registry.tables.unix_seconds import UnixSecond

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WINDOWS_DAYS = (7, 30, 60, 90, 365)
MEMBERS_AT_ONCE = 20_000
"""Members whose figures one transaction writes: an order that marks one of them waits that long at most."""


@dataclass(frozen=True)
class RfmTable:
    """One row a member who has ordered: days since the last order; orders and spend in 365 days."""

    member_ids: NDArray[np.int64]
    recency_days: NDArray[np.float64]
    frequency: NDArray[np.float64]
    monetary: NDArray[np.float64]


def refresh_features(*, as_of: datetime, member_ids: Sequence[int] | None = None) -> int:
    """Recompute the figures of ``member_ids`` (all reachable members, unless told); the number written.

    Only orders placed at or before ``as_of`` count. Marks stay: who refreshes segments too takes them off
    when both are done (``membership.segments.refreshing``).
    """
    if member_ids is None:
        member_ids = list(Member.objects.reachable().order_by("pk").values_list("pk", flat=True))
    written = 0
    for some in _slices(member_ids):
        with transaction.atomic():
            _compile_nothing()
            written += _write_sums(as_of=as_of, member_ids=some)
            _write_median_gaps(as_of=as_of, member_ids=some)
    return written


def _slices(member_ids: Sequence[int]) -> Iterator[list[int]]:
    remaining = iter(member_ids)
    while some := list(islice(remaining, MEMBERS_AT_ONCE)):
        yield some


def _compile_nothing() -> None:
    """PostgreSQL would spend longer on compiling a slice's statements than on running them."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL jit = off")


def _write_sums(*, as_of: datetime, member_ids: Sequence[int]) -> int:
    """Counts, sums, first and last order: the database adds up and writes in one statement."""
    a_return = Q(orders__status=Order.Status.REFUNDED, orders__shop_total__lt=0)  # which belongs to no order
    counted = (Q(orders__status__in=Order.COUNTED) | a_return) & Q(orders__placed_at__lte=as_of)
    bought = Q(counted__status__in=Order.COUNTED)
    figures: dict[str, Aggregate | Round] = {
        "first_order_at": Min("counted__placed_at", filter=bought),
        "last_order_at": Max("counted__placed_at", filter=bought),
        "orders_total": Count("counted__placed_at", filter=bought),
        "spend_total": exact_sum("counted__shop_total"),
    }
    for days in WINDOWS_DAYS:
        recent = Q(counted__placed_at__gte=window_start(days=days, as_of=as_of))
        figures[f"orders_{days}d"] = Count("counted__placed_at", filter=bought & recent)
        figures[f"spend_{days}d"] = exact_sum("counted__shop_total", of=recent)
    # in the order of ids, in which marks are made too: two writers that wait for each other cannot deadlock
    members = Member.objects.filter(OneOf("pk", member_ids)).order_by("pk")
    members = members.annotate(counted=FilteredRelation("orders", condition=counted))
    moment = Value(as_of, output_field=DateTimeField())
    return upsert_select(
        model=MemberFeatures,
        columns=("member_id", "as_of", *figures),
        query=members.values("pk").annotate(moment=moment, **figures).values_list("pk", "moment", *figures),
        conflict=("member_id",),
        update=("as_of", *figures),
    )


def _write_median_gaps(*, as_of: datetime, member_ids: Sequence[int]) -> None:
    """Median days between a member's successive orders; NULL for members with fewer than two.

    Ranked by windows, because SQLite has no median; Django cannot aggregate over windows, so it is SQL.
    """
    orders = Order.objects.counted().filter(OneOf("member_id", member_ids), placed_at__lte=as_of).order_by()
    second = UnixSecond("placed_at")
    before = Window(Lag(second), partition_by=F("member_id"), order_by=F("placed_at").asc())
    gaps, parameters = orders.values_list("member_id").annotate(gap=second - before).query.sql_with_params()
    table, gap = quoted_names(MemberFeatures, ["gap_days_median"])
    # only names of ours, and a query that Django wrote, become part of the text
    ranked = (
        "SELECT member_id, gap, ROW_NUMBER() OVER (PARTITION BY member_id ORDER BY gap) AS place,"  # noqa: S608
        f" COUNT(*) OVER (PARTITION BY member_id) AS n FROM ({gaps}) AS gaps WHERE gap IS NOT NULL"
    )
    medians = (
        f"SELECT member_id, AVG(gap) / 86400.0 AS days FROM ({ranked}) AS ranked"  # noqa: S608
        " WHERE place IN ((n + 1) / 2, (n + 2) / 2) GROUP BY member_id"
    )
    MemberFeatures.objects.filter(OneOf("member_id", member_ids), orders_total__lt=2).update(
        gap_days_median=None
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET {gap} = medians.days FROM ({medians}) AS medians"  # noqa: S608
            f" WHERE {table}.member_id = medians.member_id",
            parameters,
        )


def figures_as_of() -> datetime | None:
    """The moment from which the oldest figures of reachable members are; None while there are none."""
    figures = MemberFeatures.objects.filter(member__in=Member.objects.reachable())
    oldest: datetime | None = figures.aggregate(oldest=Min("as_of"))["oldest"]
    return oldest


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


def mark_dirty(*, member_ids: Iterable[int], at: datetime | None = None) -> None:
    """Note that these members' figures are out of date. Call in the transaction that changed them.

    An import marks its members in each of its chunks: a mark that is there already is not written again.
    """
    at = at or timezone.now()
    upsert_rows(
        model=MemberFeatures,
        columns=("member_id", "dirty_at"),
        rows=((member_id, at) for member_id in sorted(set(member_ids))),
        conflict=("member_id",),
        update=("dirty_at",),
        only_changes=True,
    )
