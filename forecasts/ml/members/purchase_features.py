"""What a model sees of each member: recency, frequency, money, regularity, trend. Only what was known."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forecasts.ml.members.purchase_history import PurchaseHistory

Array = NDArray[np.float64]

WINDOWS = (7, 14, 28, 56, 84, 112, 182, 364)
HALF_LIVES = (14.0, 45.0, 120.0)
UNIT_DAYS = 365.0
UNKNOWN_DAYS = 3_650.0
"""Used for "never" in features that count days."""

FEATURES = (
    *(f"orders_{days}" for days in WINDOWS),
    *(f"spend_{days}" for days in (28, 56, 112, 364)),
    *(f"fading_orders_{days:.0f}" for days in HALF_LIVES),
    *(f"fading_spend_{days:.0f}" for days in HALF_LIVES[1:]),
    "orders_a_year",
    "orders_a_day_with_one",
    "silent_days",
    "age_days",
    "rate",
    "gap_mean",
    "gap_deviation",
    "gap_last",
    "gap_mean_last_3",
    "gap_mean_last_8",
    "gap_longest",
    "silence_by_gap",
    "silence_by_longest",
    "orders_56_by_before",
    "orders_112_by_before",
    "weeks_with_orders_8",
    "weeks_with_orders_26",
    "amount_mean",
    "amount_deviation",
    "amount_mean_last_3",
    "amount_last",
    "units_mean",
    "categories_mean",
    "weekend_share",
    "weekday_evenness",
)


def purchase_features(history: PurchaseHistory, *, since_day: int) -> NDArray[np.float32]:
    """One row a member, one column a name in FEATURES, (n_members, len(FEATURES)) float32, finite.

    ``since_day`` is the shop's first day: sums over a window that began before it are scaled up to the whole
    window, so that a figure means the same in a shop's first months as later.
    """
    facts = _Facts(history, span=float(max(history.as_of_day - since_day, 7)))
    columns = [*facts.windows(), *facts.fading(), *facts.rhythm(), *facts.baskets()]
    return np.nan_to_num(np.stack(columns, axis=1), posinf=UNKNOWN_DAYS).astype(np.float32)


class _Facts:
    """Sums over each member's orders, as columns (n_members,)."""

    def __init__(self, history: PurchaseHistory, *, span: float) -> None:
        self.history, self.span = history, span
        self.n = history.n_members
        self.rows = history.member_rows
        self.ago = (history.as_of_day - history.days).astype(np.float64)  # 1 = yesterday
        self.entries = history.counts().astype(np.float64)
        starts = np.cumsum(history.counts()) - history.counts()
        self.place = np.arange(history.n_orders) - starts[self.rows]  # 0 = oldest
        self.from_newest = history.counts()[self.rows] - 1 - self.place  # 0 = newest

    def windows(self) -> list[Array]:
        self.orders = {days: self._orders(0, days) for days in WINDOWS}
        spends = [
            self.total(self.history.amounts, self.ago <= days) * max(1.0, days / self.span)
            for days in (28, 56, 112, 364)
        ]
        return [*self.orders.values(), *spends]

    def fading(self) -> list[Array]:
        weights = {days: 0.5 ** (self.ago / days) / (1.0 - 0.5 ** (self.span / days)) for days in HALF_LIVES}
        orders = [self.total(self.history.numbers * weight) for weight in weights.values()]
        spends = [self.total(self.history.amounts * weights[days]) for days in HALF_LIVES[1:]]
        return [*orders, *spends]

    def rhythm(self) -> list[Array]:
        history, rows = self.history, self.rows
        orders = self.total(history.numbers)
        silent = np.full(self.n, UNKNOWN_DAYS)
        silent[rows] = self.ago  # the newest is written last
        age = np.full(self.n, UNKNOWN_DAYS)
        age[rows[::-1]] = self.ago[::-1]
        follows = rows[1:] == rows[:-1]
        gaps = np.zeros(history.n_orders)
        gaps[1:][follows] = np.diff(history.days)[follows]
        has_gap = self.place > 0
        mean = self._mean(gaps, has_gap, missing=UNKNOWN_DAYS)
        square = self._mean(gaps**2, has_gap, missing=0.0)
        known = self.entries > 1
        deviation = np.where(known, np.sqrt(np.maximum(square - np.where(known, mean, 0.0) ** 2, 0.0)), -1.0)
        longest = np.zeros(self.n)
        np.maximum.at(longest, rows, gaps)
        last = self._mean(gaps, has_gap & (self.from_newest == 0), missing=UNKNOWN_DAYS)
        last_3, last_8 = (
            self._mean(gaps, has_gap & (self.from_newest < k), missing=UNKNOWN_DAYS) for k in (3, 8)
        )
        before_56 = self._orders(56, 112) if self.span >= 112 else self.orders[56]
        before_112 = self._orders(112, 224) if self.span >= 224 else self.orders[112]
        return [
            orders * UNIT_DAYS / self.span,
            orders / np.maximum(self.entries, 1.0),
            silent,
            age,
            orders / np.maximum(age, 7.0),
            mean,
            deviation,
            last,
            last_3,
            last_8,
            longest,
            silent / mean,
            silent / np.maximum(longest, 1.0),
            (self.orders[56] + 1.0) / (before_56 + 1.0),
            (self.orders[112] + 1.0) / (before_112 + 1.0),
            self._weeks(8),
            self._weeks(26),
        ]

    def baskets(self) -> list[Array]:
        history, everything = self.history, np.ones(self.history.n_orders, dtype=bool)
        mean = self._mean(history.amounts, everything, missing=-1.0)
        square = self._mean(history.amounts**2, everything, missing=0.0)
        held = np.bincount(history.category_orders, minlength=history.n_orders).astype(np.float64)
        weekday = (history.days + 3) % 7  # 1970-01-01 was a Thursday; 0 = Monday
        by_day = np.stack([self.total((weekday == day).astype(np.float64)) for day in range(7)], axis=1)
        share = by_day / np.maximum(self.entries, 1.0)[:, None]
        return [
            mean,
            np.sqrt(np.maximum(square - mean**2, 0.0)),
            self._mean(history.amounts, self.from_newest < 3, missing=-1.0),
            self._mean(history.amounts, self.from_newest == 0, missing=-1.0),
            self._mean(history.units, everything, missing=-1.0),
            self._mean(held, everything, missing=-1.0),
            share[:, 5:].sum(axis=1),
            1.0 - (share**2).sum(axis=1),
        ]

    def total(self, values: Array, inside: NDArray[np.bool_] | None = None) -> Array:
        if inside is not None:
            return np.bincount(self.rows[inside], values[inside], minlength=self.n).astype(np.float64)
        return np.bincount(self.rows, values, minlength=self.n).astype(np.float64)

    def _orders(self, after: int, upto: int) -> Array:
        sums = self.total(self.history.numbers, (self.ago > after) & (self.ago <= upto))
        return sums * max(1.0, upto / self.span)

    def _mean(self, values: Array, inside: NDArray[np.bool_], *, missing: float) -> Array:
        number = self.total(np.ones(len(values)), inside)
        return np.where(number > 0, self.total(values, inside) / np.maximum(number, 1.0), missing)

    def _weeks(self, weeks: int) -> Array:
        """How many of the newest ``weeks`` seven-day spans had an order."""
        week = ((self.ago - 1) // 7).astype(np.int64)
        recent = week < weeks
        pairs = np.unique(self.rows[recent] * weeks + week[recent])
        active = np.bincount(pairs // weeks, minlength=self.n)
        return np.asarray(active * max(1.0, 7 * weeks / self.span), dtype=np.float64)
