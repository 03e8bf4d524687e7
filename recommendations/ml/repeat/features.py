"""The features of a member and a product: habit, what is due, trend, season, and what others buy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from recommendations.ml.repeat.kinds import KIND_NAMES, log_of_kinds
from recommendations.ml.repeat.log import YEAR_DAYS, Habits, PurchaseLog
from recommendations.ml.repeat.user_neighbours import SIGNALS

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]
HORIZON_DAYS = 28.0
HABIT_HALF_LIVES = (15.0, 45.0, 120.0, 365.0)

PRODUCT_NAMES = (
    "buyers", "sold_4d", "sold_10d", "sold_28d", "sold_120d", "trend_14_120", "trend_5_28", "known_days",
    "idle_days", "last_year_next", "last_year_rise", "last_year_share", "repeat_rate", "usual_gap",
    "newly_7d", "newly_28d", "newly_trend", "newly_share", "again_rate", "kind_gap", "kind_share",
    "kind_trend",
)  # fmt: skip
MEMBER_NAMES = (
    "orders", "order_idle_days", "order_gap", "recent_order_gap", "order_size", "last_size",
    "distinct", "repeat_share", "recent_repeat_share", "order_due",
)  # fmt: skip
HABIT_NAMES = (
    "count", *(f"faded_{days:.0f}d" for days in HABIT_HALF_LIVES), "faded_orders", "last_year", "last_days",
    "last_orders", "first_days", "own_gap", "previous_gap", "due_own", "due_usual", "due_shrunk",
    "due_orders", "order_rate", "own_rank", "own_share",
)  # fmt: skip
SIGNAL_NAMES = (*SIGNALS, *(f"{name}_relative" for name in SIGNALS), "together_trend", "similar_trend")
NAMES = (*PRODUCT_NAMES, *MEMBER_NAMES, *HABIT_NAMES, *KIND_NAMES, *SIGNAL_NAMES)


def product_table(log: PurchaseLog, kinds: Rows) -> Floats:
    """(n_products, len(PRODUCT_NAMES)) float32; counts are logarithms, unknown is NaN."""
    product, age, n = log.product_rows, log.age_days, log.n_products

    def sold(days: float, rows: Rows = product, ages: Floats = age) -> NDArray[np.float64]:
        return np.bincount(rows, weights=np.exp2(-ages / days), minlength=n).astype(float)

    def inside(first: float, last: float) -> NDArray[np.float64]:
        return np.bincount(product[(age > last) & (age <= first)], minlength=n).astype(float)

    habits = log.habits
    buyers = np.bincount(habits.product_rows, minlength=n)
    again = np.bincount(habits.product_rows[habits.counts > 1], minlength=n)
    rate = (again.sum() + 1) / (buyers.sum() + 1)
    newly = {days: sold(days, habits.product_rows, habits.first_days) for days in (7.0, 28.0, 120.0)}
    next_year_ago = inside(YEAR_DAYS, YEAR_DAYS - HORIZON_DAYS)
    last_year_now = inside(YEAR_DAYS + HORIZON_DAYS, YEAR_DAYS)
    whole_year = inside(YEAR_DAYS, 0.0) + 1
    full = bool(len(log)) and float(age.max()) > YEAR_DAYS + HORIZON_DAYS / 2
    first = np.full(n, np.nan, dtype=np.float32)
    last = np.full(n, np.nan, dtype=np.float32)
    if len(log):
        np.fmax.at(first, product, age)
        np.fmin.at(last, product, age)
    late, long_run = sold(14.0), sold(120.0)
    nothing = np.full(n, np.nan)
    columns = (
        np.log1p(buyers),
        np.log1p(sold(4.0)),
        np.log1p(sold(10.0)),
        np.log1p(sold(28.0)),
        np.log1p(long_run),
        np.log((late * 120 / 14 + 2) / (long_run + 2)),
        np.log((sold(5.0) * 28 / 5 + 2) / (sold(28.0) + 2)),
        first,
        last,
        np.log1p(next_year_ago) if full else nothing,
        np.log((next_year_ago + 3) / (last_year_now + 3)) if full else nothing,
        next_year_ago / whole_year if full else nothing,
        (again + 10 * rate) / (buyers + 10),
        usual_gaps(log),
        np.log1p(newly[7.0]),
        np.log1p(newly[28.0]),
        np.log((newly[7.0] * 4 + 1) / (newly[28.0] + 1)),
        (newly[28.0] + 1) / (sold(28.0) + 1),
        again_rates(log),
        *_of_kinds(log, kinds, late),
    )
    return np.stack(columns, axis=1).astype(np.float32)


def usual_gaps(log: PurchaseLog) -> Floats:
    """Usual days between a member's purchases of a product, geometric mean, shrunk; (n_products,)."""
    key = log.product_rows * log.n_members + log.member_rows
    order = np.argsort(key, kind="stable")
    same = np.flatnonzero(np.diff(key[order]) == 0)
    gaps = log.age_days[order[same]] - log.age_days[order[same + 1]]
    logs = np.log(np.maximum(gaps, 0.5))
    mean = float(logs.mean()) if len(logs) else np.log(HORIZON_DAYS)
    count = np.bincount(log.product_rows[order[same]], minlength=log.n_products)
    total = np.bincount(log.product_rows[order[same]], weights=logs, minlength=log.n_products)
    return np.exp((total + 5 * mean) / (count + 5)).astype(np.float32)


def _of_kinds(log: PurchaseLog, kinds: Rows, late: NDArray[np.float64]) -> list[Floats]:
    """Of each product's kind: usual days between purchases, the product's share of late, and the trend."""
    known, kind = kinds >= 0, kinds.clip(min=0)
    whole = log_of_kinds(log, kinds)
    sold = [
        np.bincount(whole.product_rows, weights=np.exp2(-whole.age_days / days), minlength=whole.n_products)
        for days in (14.0, 120.0)
    ]
    trend = np.log((sold[0] * 120 / 14 + 2) / (sold[1] + 2))
    columns = (usual_gaps(whole)[kind], late / (sold[0][kind] + 1), trend[kind])
    return [np.where(known, column, np.nan).astype(np.float32) for column in columns]


def again_rates(log: PurchaseLog) -> Floats:
    """How often a product comes back in the member's very next order, shrunk to the shop's; (n_products,)."""
    key = log.product_rows * log.n_members + log.member_rows
    order = np.argsort(key, kind="stable")
    step = log.order_rows[order]
    back = order[np.flatnonzero((np.diff(key[order]) == 0) & (np.diff(step) == 1))]
    repeated = log.product_rows[log.orders_since > 0]
    rate = len(back) / max(len(repeated), 1)
    returned = np.bincount(log.product_rows[back], minlength=log.n_products)
    return ((returned + 20 * rate) / (np.bincount(repeated, minlength=log.n_products) + 20)).astype(
        np.float32
    )


def member_table(log: PurchaseLog) -> Floats:
    """(n_members, len(MEMBER_NAMES)) float32."""
    orders = log.orders.by_member()
    habits = log.habits
    n = log.n_members
    lines = np.bincount(log.member_rows, minlength=n)
    distinct = np.bincount(habits.member_rows, minlength=n)
    repeated = habits.last_days[habits.pair_of_line] < np.inf
    repeated &= log.age_days < habits.first_days[habits.pair_of_line]
    recent = log.orders_since < 5
    share = np.bincount(log.member_rows[repeated], minlength=n) / np.maximum(lines, 1)
    repeats = np.bincount(log.member_rows[repeated & recent], minlength=n)
    late = repeats / np.maximum(np.bincount(log.member_rows[recent], minlength=n), 1)
    due = orders[:, 1] / np.maximum(orders[:, 2], 0.5)
    return np.column_stack((orders, distinct, share, late, due)).astype(np.float32)


@dataclass(frozen=True, eq=False)
class HabitTable:
    """The features of every pair that was bought, and where to find them."""

    habits: Habits
    table: Floats
    """(n pairs, len(HABIT_NAMES))."""

    @classmethod
    def of(cls, log: PurchaseLog, gaps: Floats) -> Self:
        """``gaps`` (n_products,) are the usual days between purchases."""
        habits = log.habits
        faded = [habits.summed(np.exp2(-log.age_days / np.float32(days))) for days in HABIT_HALF_LIVES]
        in_orders = habits.summed(np.float32(0.9) ** log.orders_since)
        several = habits.counts > 1
        steps = np.maximum(habits.counts - 1, 1)
        span = habits.first_days - habits.last_days
        own = np.where(several, span / steps, np.nan)
        usual = gaps[habits.product_rows]
        shrunk = (span + 2 * usual) / (habits.counts - 1 + 2)
        in_between = np.where(several, (habits.first_orders - habits.last_orders) / steps, np.nan)
        rank, share = _places(habits, faded[2])
        columns = (
            habits.counts,
            *faded,
            in_orders,
            habits.summed(
                (np.abs(log.age_days - YEAR_DAYS + HORIZON_DAYS / 2) < HORIZON_DAYS).astype(np.float32)
            ),
            habits.last_days,
            habits.last_orders,
            habits.first_days,
            own,
            habits.previous_days - habits.last_days,
            habits.last_days / np.maximum(own, 0.5),
            habits.last_days / usual,
            habits.last_days / shrunk,
            habits.last_orders / np.maximum(in_between, 1.0),
            habits.counts / (habits.first_orders + 1),
            rank,
            share,
        )
        return cls(habits, np.stack(columns, axis=1).astype(np.float32))

    def of_pairs(self, member_rows: Rows, product_rows: Rows) -> Floats:
        """(n, len(HABIT_NAMES)); a pair never bought has count 0 and NaN elsewhere."""
        places = self.habits.find(member_rows, product_rows)
        columns = np.full((len(places), self.table.shape[1]), np.nan, dtype=np.float32)
        known = places >= 0
        columns[known] = self.table[places[known]]
        columns[~known, 0] = 0
        return columns


def _places(habits: Habits, strength: Floats) -> tuple[Floats, Floats]:
    """Each pair's rank among its member's by ``strength``, 1 = strongest, and its share of their sum."""
    order = np.lexsort((-strength, habits.member_rows))
    rank = np.empty(len(order), dtype=np.float32)
    rank[order] = np.arange(len(order)) - habits.indptr[habits.member_rows[order]] + 1
    total = np.bincount(habits.member_rows, weights=strength, minlength=habits.shape[0])
    return rank, (strength / np.maximum(total[habits.member_rows], 1e-9)).astype(np.float32)
