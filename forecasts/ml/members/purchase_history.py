"""Members' purchases (day, amount, units, categories) as arrays; and the forecast of each member.

A day is a whole number, days since 1970-01-01 on the shop's own clock. A member's rows of one day make one
entry, and one order unless they were asked to be told apart. Everything in a history happened before the day
``as_of_day``; forecasts speak about that day and on.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from learning.estimator import ModelFitError
from learning.vocabulary import Vocabulary

SECONDS_PER_DAY = 86_400
HORIZONS = (30, 90, 365)
"""Days ahead that the product shows."""
SOON_DAYS = 7
"""The shortest horizon, with a model and a calibration of its own."""
CHANCE_DAYS = (1, 2, 3, 5, 7, 10, 14, 21, 30, 45, 60, 90, 120, 180, 270, 365)
"""Days ahead at which a forecast holds the chance of an order: the member's curve, as it is kept."""
LATEST_DAY = 3_650
"""Days to the next order are capped here: a member who is hardly expected back gets this number."""
N_CATEGORIES = 3
N_REASONS = 3

REASONS = (
    "silence_versus_usual",  # days since the last order / the member's usual gap
    "days_silent",  # days since the last order
    "orders_last_90_days",
    "orders_versus_before",  # orders of the last 90 days / of the 90 days before, both plus one
    "single_order",  # days since the only order
    "order_count",
    "irregular_gaps",  # standard deviation of the gaps / their mean
    "basket_shrinking",  # mean amount of the last three orders / of all
    "never_bought",
)
"""Codes of reasons for a high or low churn risk; ``reason_values`` holds the figure behind each."""


@dataclass(frozen=True, eq=False)
class PurchaseHistory:
    """All orders of all members that are asked about, sorted by (member row, day).

    Members without an order may be in ``members``; their forecast is that of somebody never seen.
    """

    members: Vocabulary
    as_of_day: int
    member_rows: NDArray[np.int64]  # (n_orders,)
    days: NDArray[np.int64]  # (n_orders,), < as_of_day, strictly rising within a member
    amounts: NDArray[np.float64]  # (n_orders,), >= 0, shop currency
    units: NDArray[np.float64]  # (n_orders,), >= 0
    numbers: NDArray[np.float64]  # (n_orders,), >= 1, whole: orders of that member on that day
    categories: Vocabulary = field(default_factory=lambda: Vocabulary(np.zeros(0, dtype=np.int64)))
    category_orders: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    category_codes: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    """(m,) each, sorted: entry ``category_orders[j]`` had something of category row ``category_codes[j]``."""
    n_future: int = 0
    """Rows that ``from_orders`` left out because they lie on or after ``as_of_day``."""
    n_refunds: int = 0
    """Member-days that ``from_orders`` left out because more was given back than bought."""

    @classmethod
    def from_orders(
        cls,
        member_ids: ArrayLike,
        seconds: ArrayLike,
        amounts: ArrayLike,
        *,
        as_of_day: int,
        units: ArrayLike | None = None,
        categories: ArrayLike | None = None,
        members: ArrayLike | None = None,
        merge_days: bool = True,
    ) -> PurchaseHistory:
        """The history before ``as_of_day`` of rows that are orders or order lines, in any order.

        ``seconds`` are Unix seconds shifted to the shop's clock. A member's rows of one day become one order:
        amounts and units are summed, categories collected (negative or empty-text ones are none). A day whose
        amounts sum below zero is a refund and no order; one of exactly zero is an order. ``members`` names
        who is asked about (default: who occurs). Without ``merge_days`` rows of one second are one order and
        those of different seconds are several; they stay one entry a day, and ``numbers`` counts them.
        Raises ValueError on NaN, infinity or unequal lengths.
        """
        rows = _Rows.checked(member_ids, seconds, amounts, units, categories)
        vocabulary = Vocabulary.from_ids(rows.ids if members is None else members)
        return _merged(rows, vocabulary, as_of_day=int(as_of_day), merge_days=merge_days)

    def __len__(self) -> int:
        return len(self.members)

    @property
    def n_members(self) -> int:
        return len(self.members)

    @property
    def n_orders(self) -> int:
        return len(self.days)

    def counts(self) -> NDArray[np.int64]:
        """Days with an order of each member, (n_members,)."""
        return np.bincount(self.member_rows, minlength=self.n_members).astype(np.int64)

    def before(self, day: int) -> PurchaseHistory:
        """What was known at the start of ``day`` (<= as_of_day); the members stay."""
        return replace(self._where(self.days < day), as_of_day=min(day, self.as_of_day))

    def select(self, rows: NDArray[np.int64]) -> PurchaseHistory:
        """The history of the members in these rows (rising), and of nobody else."""
        new_row = np.full(self.n_members, -1, dtype=np.int64)
        new_row[rows] = np.arange(len(rows))
        part = self._where(new_row[self.member_rows] >= 0)
        return replace(
            part, members=Vocabulary(self.members.ids[rows]), member_rows=new_row[part.member_rows]
        )

    def between(self, start: int, stop: int) -> PurchaseHistory:
        """The members in rows start <= row < stop, quickly."""
        first, last = np.searchsorted(self.member_rows, [start, stop])
        held = slice(*np.searchsorted(self.category_orders, [first, last]))
        return replace(
            self,
            members=Vocabulary(self.members.ids[start:stop]),
            member_rows=self.member_rows[first:last] - start,
            days=self.days[first:last],
            amounts=self.amounts[first:last],
            units=self.units[first:last],
            numbers=self.numbers[first:last],
            category_orders=self.category_orders[held] - first,
            category_codes=self.category_codes[held],
        )

    def orders_between(self, first_day: int, end_day: int) -> NDArray[np.int64]:
        """Orders of each member on days first_day <= day < end_day, (n_members,)."""
        inside = (self.days >= first_day) & (self.days < end_day)
        counts = np.bincount(self.member_rows[inside], self.numbers[inside], minlength=self.n_members)
        return np.rint(counts).astype(np.int64)

    def checked(self) -> PurchaseHistory:
        """Itself. Raises ModelFitError when a model cannot learn from it: no order, or figures not finite."""
        if self.n_orders == 0:
            raise ModelFitError("there are no orders before the day the forecast is made for")
        if not (np.isfinite(self.amounts).all() and np.isfinite(self.units).all()):
            raise ModelFitError("amounts and units of orders must be finite numbers")
        if (self.amounts < 0).any() or (self.units < 0).any():
            raise ModelFitError("amounts and units of orders must not be negative")
        return self

    def _where(self, kept: NDArray[np.bool_]) -> PurchaseHistory:
        new_order = np.cumsum(kept) - 1
        has = kept[self.category_orders]
        return replace(
            self,
            member_rows=self.member_rows[kept],
            days=self.days[kept],
            amounts=self.amounts[kept],
            units=self.units[kept],
            numbers=self.numbers[kept],
            category_orders=new_order[self.category_orders[has]],
            category_codes=self.category_codes[has],
        )


@dataclass(frozen=True, eq=False)
class MemberForecasts:
    """What is expected of each member from ``as_of_day`` on. Never NaN or infinite.

    Arrays of shape (n, h) have a column for each horizon; n is the members' row in ``members``.
    """

    members: Vocabulary
    as_of_day: int
    horizons: tuple[int, ...]
    expected_orders: NDArray[np.float32]  # (n, h) mean number of days with an order
    median_orders: NDArray[np.float32]  # (n, h) whole numbers
    orders_low: NDArray[np.float32]  # (n, h) 10 % quantile
    orders_high: NDArray[np.float32]  # (n, h) 90 % quantile
    orders_interval: NDArray[np.float32]  # (n, h, 2) 10 and 90 % quantile of the count plus a uniform in 0..1
    expected_units: NDArray[np.float32]  # (n, h)
    basket_size: NDArray[np.float32]  # (n,) expected units in one order
    expected_spend: NDArray[np.float32]  # (n, h) shop currency; at 365 days the year's customer value
    median_spend: NDArray[np.float32]  # (n, h)
    spend_low: NDArray[np.float32]  # (n, h)
    spend_high: NDArray[np.float32]  # (n, h)
    p_inactive: NDArray[np.float32]  # (n, h) probability of no order in the horizon: the churn risk
    next_order_days: NDArray[np.float32]  # (n, 3) 10, 50, 90 % quantile, days from as_of_day, 0..LATEST_DAY
    p_alive: NDArray[np.float32]  # (n,) probability that the member has not left for good
    chances: NDArray[np.float32]  # (n, CHANCE_DAYS) probability of an order within so many days, rising
    daily_rate: NDArray[np.float32]  # (n,) orders a day while the member has not left
    categories: Vocabulary
    top_categories: NDArray[np.int64]  # (n, 3) rows of ``categories``, likeliest first, -1 for none
    top_category_shares: NDArray[np.float32]  # (n, 3) chance that the next order holds it, 0..1
    reasons: NDArray[np.int8]  # (n, 3) places in REASONS, strongest first, -1 for none
    reason_values: NDArray[np.float32]  # (n, 3)

    def horizon(self, days: int) -> int:
        """The column of a horizon. Raises ValueError when it was not asked for."""
        if days not in self.horizons:
            raise ValueError(f"no forecast for {days} days was made; there are {self.horizons}")
        return self.horizons.index(days)


@dataclass(frozen=True)
class _Rows:
    ids: NDArray[np.generic]
    seconds: NDArray[np.int64]
    days: NDArray[np.int64]
    amounts: NDArray[np.float64]
    units: NDArray[np.float64]
    categories: NDArray[np.generic] | None

    @classmethod
    def checked(
        cls,
        member_ids: ArrayLike,
        seconds: ArrayLike,
        amounts: ArrayLike,
        units: ArrayLike | None,
        categories: ArrayLike | None,
    ) -> _Rows:
        ids = np.asarray(member_ids)
        money = np.asarray(amounts, dtype=np.float64)
        moments = np.asarray(seconds, dtype=np.float64)
        pieces = np.ones(len(ids)) if units is None else np.asarray(units, dtype=np.float64)
        named = None if categories is None else np.asarray(categories)
        lengths = {len(ids), len(money), len(moments), len(pieces), len(ids) if named is None else len(named)}
        if len(lengths) != 1:
            raise ValueError(f"the columns of orders must be of the same length, not {sorted(lengths)}")
        for label, column in (("seconds", moments), ("amounts", money), ("units", pieces)):
            if not np.isfinite(column).all():
                row = int((~np.isfinite(column)).argmax()) + 1
                raise ValueError(f"row {row}: {label} must be a finite number")
        days = np.floor_divide(moments, SECONDS_PER_DAY).astype(np.int64)
        return cls(ids, np.floor(moments).astype(np.int64), days, money, pieces, named)


def _merged(rows: _Rows, members: Vocabulary, *, as_of_day: int, merge_days: bool) -> PurchaseHistory:
    member_rows = members.rows_of(rows.ids)
    past = rows.days < as_of_day
    kept = np.flatnonzero(past & (member_rows >= 0))
    kept = kept[np.lexsort((rows.seconds[kept], member_rows[kept]))]
    member, day = member_rows[kept], rows.days[kept]
    starts = np.ones(len(kept), dtype=bool)
    starts[1:] = (member[1:] != member[:-1]) | (day[1:] != day[:-1])
    order = np.cumsum(starts) - 1
    n_orders = int(starts.sum())
    separate = starts.copy()
    if not merge_days:
        separate[1:] |= rows.seconds[kept][1:] != rows.seconds[kept][:-1]
    codes, pairs = Vocabulary(np.zeros(0, dtype=np.int64)), np.zeros((0, 2), dtype=np.int64)
    if rows.categories is not None:
        names = rows.categories[kept]
        named = names.astype(np.float64) >= 0 if names.dtype.kind in "iuf" else names.astype(np.str_) != ""
        codes, code_rows = Vocabulary.encode(names[named])
        # one number a pair: rows of two would be sorted several times slower
        n_codes = max(len(codes), 1)
        pairs = np.stack(np.divmod(np.unique(order[named] * n_codes + code_rows), n_codes), axis=1)
    merged = PurchaseHistory(
        members=members,
        as_of_day=as_of_day,
        member_rows=member[starts],
        days=day[starts],
        amounts=_sums(order, rows.amounts[kept], n_orders),
        # a line that was sent back takes its units with it; a day never counts less than none
        units=np.maximum(_sums(order, rows.units[kept], n_orders), 0.0),
        numbers=_sums(order, separate.astype(np.float64), n_orders),
        categories=codes,
        category_orders=pairs[:, 0],
        category_codes=pairs[:, 1],
        n_future=int((~past).sum()),
    )
    bought = merged.amounts >= -1e-9  # sums of cents
    only_orders = merged._where(bought)
    return replace(only_orders, amounts=np.maximum(only_orders.amounts, 0.0), n_refunds=int((~bought).sum()))


def _sums(groups: NDArray[np.int64], values: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    return np.bincount(groups, weights=values, minlength=n).astype(np.float64)
