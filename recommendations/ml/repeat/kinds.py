"""Kinds of products: members often buy one kind, and now and then another product of it.

From a member's habit of a kind it follows when yoghurt is due, though never the same flavour twice; a
product's share of the kind's sales tells which one sells now.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recommendations.ml.repeat.log import Habits, PurchaseLog

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]
HALF_LIFE_DAYS = np.float32(45.0)
NO_KIND = -1

KIND_NAMES = (
    "kind_count", "kind_faded", "kind_faded_orders", "kind_last_days", "kind_last_orders", "kind_due_own",
    "kind_due_usual", "kind_due_orders", "kind_order_rate", "share_of_kind", "count_share_of_kind",
    "kind_variety", "kind_since_own", "kind_expected",
)  # fmt: skip


def kinds_of(attributes: sparse.csr_matrix | None, n_products: int) -> Rows:
    """(n_products,) 0, 1, ...: products with the very same attributes are one kind; NO_KIND without any."""
    if attributes is None or attributes.nnz == 0:
        return np.full(n_products, NO_KIND, dtype=np.int64)
    starts, columns = attributes.indptr, attributes.sorted_indices().indices
    codes: dict[bytes, int] = {}
    kinds = np.full(n_products, NO_KIND, dtype=np.int64)
    for row in np.flatnonzero(np.diff(starts)):
        kinds[row] = codes.setdefault(columns[starts[row] : starts[row + 1]].tobytes(), len(codes))
    return kinds


def log_of_kinds(log: PurchaseLog, kinds: Rows) -> PurchaseLog:
    """Each kind of each order once, products without a kind left out."""
    kind, n_kinds = kinds[log.product_rows], int(kinds.max(initial=0)) + 1
    inside = np.flatnonzero(kind >= 0)
    # orders grow with member and time, and so do the keys
    _keys, first = np.unique(log.order_rows[inside] * n_kinds + kind[inside], return_index=True)
    at = inside[first]
    return PurchaseLog(log.n_members, n_kinds, log.member_rows[at], kind[at], log.timestamps[at], log.as_of)


@dataclass(frozen=True, eq=False)
class KindTable:
    """Features of every (member, kind) pair that was bought."""

    kinds: Rows
    """(n_products,)."""
    shares: Floats
    """(n_products,) of the kind's sales of late."""
    habits: Habits
    """Of (member, kind) pairs."""
    table: Floats
    """(n pairs, the first nine of KIND_NAMES)."""
    products: Habits
    faded: Floats
    """Per pair of ``products``; ``totals`` (n pairs of habits, 3): their sum, count and number of a kind."""
    totals: Floats

    @classmethod
    def of(cls, log: PurchaseLog, kinds: Rows, gaps: Floats, shares: Floats) -> Self:
        """``gaps`` (n_products,) are the usual days between purchases of each product's kind."""
        whole = log_of_kinds(log, kinds)
        habits, own = whole.habits, log.habits
        usual = np.full(whole.n_products, np.nan, dtype=np.float32)
        usual[kinds[kinds >= 0]] = gaps[kinds >= 0]
        faded = own.summed(np.exp2(-log.age_days / HALF_LIFE_DAYS))
        place = habits.find(own.member_rows, kinds[own.product_rows])
        known = place >= 0
        totals = [
            np.bincount(place[known], weights=part[known], minlength=len(habits))
            for part in (faded, own.counts, np.ones(len(own)))
        ]
        table = _rhythm(whole, habits, usual[habits.product_rows])
        return cls(kinds, shares, habits, table, own, faded, np.stack(totals, axis=1).astype(np.float32))

    def of_pairs(self, member_rows: Rows, product_rows: Rows) -> Floats:
        """(n, len(KIND_NAMES)); a kind never bought has counts of 0, NaN elsewhere."""
        kind = self.kinds[product_rows]
        columns = np.full((len(kind), len(KIND_NAMES)), np.nan, dtype=np.float32)
        if len(self.habits) == 0:
            return columns
        place = np.where(kind >= 0, self.habits.find(member_rows, kind), -1)
        own = self.products.find(member_rows, product_rows)
        at, mine = place.clip(min=0), own.clip(min=0)
        columns[:, :9] = self.table[at]
        bought = own >= 0
        total = np.maximum(self.totals[at], np.float32(1e-9))
        columns[:, 9] = np.where(bought, self.faded[mine], 0) / total[:, 0]
        columns[:, 10] = np.where(bought, self.products.counts[mine], 0) / total[:, 1]
        columns[:, 11] = total[:, 2] / total[:, 1]
        columns[:, 12] = np.where(bought, self.products.last_days[mine] - self.table[at, 3], np.nan)
        columns[place < 0] = np.nan
        columns[(place < 0) & (kind >= 0), :3] = 0
        columns[:, 13] = columns[:, 1] * self.shares[product_rows]
        return columns


def _rhythm(log: PurchaseLog, habits: Habits, usual: Floats) -> Floats:
    """The first nine of KIND_NAMES, per pair."""
    several, steps = habits.counts > 1, np.maximum(habits.counts - 1, 1)
    span = habits.first_days - habits.last_days
    own = np.where(several, span / steps, np.nan)
    in_between = np.where(several, (habits.first_orders - habits.last_orders) / steps, np.nan)
    columns = (
        habits.counts,
        habits.summed(np.exp2(-log.age_days / HALF_LIFE_DAYS)),
        habits.summed(np.float32(0.9) ** log.orders_since),
        habits.last_days,
        habits.last_orders,
        habits.last_days / np.maximum(own, 0.5),
        habits.last_days / ((span + 2 * usual) / (habits.counts + 1)),
        habits.last_orders / np.maximum(in_between, 1.0),
        habits.counts / (habits.first_orders + 1),
    )
    return np.stack(columns, axis=1).astype(np.float32)
