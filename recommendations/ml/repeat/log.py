"""A shop's purchases up to a moment, with counts by product, member and pair of both.

Everything is counted from what lies before ``as_of``, so that the same code makes a ranker's training rows
(at earlier moments) and the rows to score (now).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from learning.interactions import SECONDS_PER_DAY, Interactions

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]
YEAR_DAYS = 364.0
"""52 weeks: the same weekdays a year ago."""


@dataclass(frozen=True, eq=False)
class PurchaseLog:
    """Each product of each order once, sorted by member, then time."""

    n_members: int
    n_products: int
    member_rows: Rows
    product_rows: Rows
    timestamps: Rows
    as_of: int
    """Unix second; every purchase is older."""

    @classmethod
    def of(cls, interactions: Interactions, *, as_of: int | None = None, least_value: float = 0.0) -> Self:
        """All lines before ``as_of`` (the end of the newest day). Lines of one moment are one order.

        Entries below ``least_value``, such as views of a product, are no purchases.
        """
        newest = int(interactions.timestamps.max(initial=0))
        moment = (newest // SECONDS_PER_DAY + 1) * SECONDS_PER_DAY if as_of is None else as_of
        keep = (interactions.timestamps < moment) & (interactions.values >= least_value)
        parts = (
            interactions.member_rows[keep],
            interactions.timestamps[keep],
            interactions.product_rows[keep],
        )
        order = np.lexsort(parts[::-1])
        member, stamp, product = (part[order] for part in parts)
        fresh = _differs(member) | _differs(stamp) | _differs(product)
        return cls(
            interactions.n_members,
            interactions.n_products,
            member[fresh],
            product[fresh],
            stamp[fresh],
            moment,
        )

    def before(self, as_of: int) -> PurchaseLog:
        """The same log as it was at an earlier moment."""
        keep = self.timestamps < as_of
        parts = (self.member_rows[keep], self.product_rows[keep], self.timestamps[keep])
        return PurchaseLog(self.n_members, self.n_products, *parts, as_of)

    def __len__(self) -> int:
        return len(self.member_rows)

    @cached_property
    def age_days(self) -> Floats:
        """(n,) float32, > 0."""
        return ((self.as_of - self.timestamps) / SECONDS_PER_DAY).astype(np.float32)

    @cached_property
    def order_rows(self) -> Rows:
        """(n,) which order, counted over all members; grows with member and time."""
        return np.cumsum(_differs(self.member_rows) | _differs(self.timestamps)) - 1

    @cached_property
    def orders(self) -> OrderTable:
        starts = np.flatnonzero(np.diff(self.order_rows, prepend=-1))
        sizes = np.diff(starts, append=len(self))
        return OrderTable(self.n_members, self.member_rows[starts], self.age_days[starts], sizes)

    @cached_property
    def orders_since(self) -> Rows:
        """(n,) how many later orders the member has placed; 0 in the newest one."""
        last = np.zeros(self.n_members, dtype=np.int64)
        last[self.member_rows] = self.order_rows  # sorted: the newest stays
        return last[self.member_rows] - self.order_rows

    @cached_property
    def habits(self) -> Habits:
        """Each (member, product) pair once."""
        return Habits.of(self)

    def first_orders(self, *, start: int, end: int) -> NDArray[np.bool_]:
        """Which lines belong to each member's first order with start <= time < end, (n,) bool."""
        inside = (self.timestamps >= start) & (self.timestamps < end)
        first = np.full(self.n_members, np.iinfo(np.int64).max)
        np.minimum.at(first, self.member_rows[inside], self.timestamps[inside])
        return np.asarray(inside & (self.timestamps == first[self.member_rows]))

    def faded(self, half_life_days: float) -> sparse.csr_matrix:
        """(n_members, n_products) purchases, each halved every ``half_life_days``."""
        return self.matrix(np.exp2(-self.age_days / np.float32(half_life_days)))

    def matrix(self, weights: Floats | None = None) -> sparse.csr_matrix:
        """(n_members, n_products) float32: the weights (1 each) summed per pair, columns sorted."""
        data = np.ones(len(self), dtype=np.float32) if weights is None else weights
        shape = (self.n_members, self.n_products)
        matrix = sparse.csr_matrix((data, (self.member_rows, self.product_rows)), shape=shape)
        matrix.sort_indices()
        return matrix


@dataclass(frozen=True, eq=False)
class OrderTable:
    """All orders, sorted by member, oldest first."""

    n_members: int
    member_rows: Rows
    age_days: Floats
    sizes: Rows

    def by_member(self) -> Floats:
        """(n_members, 6): orders, days since the last, mean and recent gap, recent and last size."""
        table = np.full((self.n_members, 6), np.nan, dtype=np.float32)
        count = np.bincount(self.member_rows, minlength=self.n_members)
        known = np.flatnonzero(count)
        ends = np.cumsum(count)[known] - 1
        starts = ends - count[known] + 1
        table[:, 0] = count
        table[known, 1] = self.age_days[ends]
        several = count[known] > 1
        gaps = np.maximum(count[known] - 1, 1)
        span = self.age_days[starts] - self.age_days[ends]
        table[known, 2] = np.where(several, span / gaps, np.nan)
        few = np.maximum(ends - 4, starts)
        table[known, 3] = np.where(
            several, (self.age_days[few] - self.age_days[ends]) / np.maximum(ends - few, 1), np.nan
        )
        total = np.concatenate(([0], np.cumsum(self.sizes)))
        table[known, 4] = (total[ends + 1] - total[few]) / (ends + 1 - few)
        table[known, 5] = self.sizes[ends]
        return table


@dataclass(frozen=True, eq=False)
class Habits:
    """Every (member, product) pair that was bought, sorted by member, then product; n pairs."""

    shape: tuple[int, int]
    member_rows: Rows
    product_rows: Rows
    indptr: Rows
    """(n_members + 1,): where each member's pairs begin."""
    counts: Floats
    last_days: Floats
    first_days: Floats
    """Age of the newest and the oldest purchase."""
    last_orders: Floats
    """Orders of the member since the newest purchase."""
    first_orders: Floats
    previous_days: Floats
    """Age of the purchase before the newest; NaN for pairs bought once."""
    pair_of_line: Rows
    """(n lines of the log,): the pair of each."""

    @classmethod
    def of(cls, log: PurchaseLog) -> Self:
        keys = log.member_rows * log.n_products + log.product_rows
        order = np.argsort(keys, kind="stable")  # within a pair the log's order stays: oldest first
        new = _differs(keys[order])
        starts = np.flatnonzero(new)
        ends = np.append(starts, len(order))[1:] - 1
        pair_of_line = np.empty(len(order), dtype=np.int64)
        pair_of_line[order] = np.cumsum(new) - 1
        newest, oldest = order[ends], order[starts]
        member = log.member_rows[newest]
        several = ends > starts
        previous = log.age_days[order[np.maximum(ends - 1, starts)]]
        since = log.orders_since.astype(np.float32)
        return cls(
            (log.n_members, log.n_products),
            member,
            log.product_rows[newest],
            np.concatenate(([0], np.cumsum(np.bincount(member, minlength=log.n_members)))),
            (ends - starts + 1).astype(np.float32),
            log.age_days[newest],
            log.age_days[oldest],
            since[newest],
            since[oldest],
            np.where(several, previous, np.nan).astype(np.float32),
            pair_of_line,
        )

    def __len__(self) -> int:
        return len(self.member_rows)

    def summed(self, weights: Floats) -> Floats:
        """Per pair the sum of its lines' ``weights``, (n,)."""
        return np.bincount(self.pair_of_line, weights=weights, minlength=len(self)).astype(np.float32)

    def find(self, member_rows: Rows, product_rows: Rows) -> Rows:
        """The place of each asked pair here, -1 where it was never bought."""
        if len(self) == 0:
            return np.full(len(member_rows), -1)
        stored = self.member_rows * self.shape[1] + self.product_rows
        wanted = member_rows * self.shape[1] + product_rows
        places = np.searchsorted(stored, wanted).clip(max=len(stored) - 1)
        return np.where(stored[places] == wanted, places, -1)


def _differs(values: Rows) -> NDArray[np.bool_]:
    """Whether each value differs from the one before it; the first does."""
    return np.asarray(np.diff(values, prepend=values[:1] - 1) != 0)


def purchase_value(interactions: Interactions) -> float:
    """The least value of a purchase: half an ordinary line, unless hardly anything is worth that much."""
    strong = float((interactions.values >= 0.5).mean())
    return 0.5 if strong > 0.1 else 0.0
