"""Units sold each week, as arrays; and the forecast of each product.

A week is seven days from ``first_day`` on the shop's own clock; week w of a history is its column w.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from learning.estimator import ModelFitError
from learning.vocabulary import Vocabulary

WEEKS_AHEAD = 8
LEVELS = (0.1, 0.25, 0.5, 0.75, 0.9)
METHODS = ("boosted", "intermittent", "smoothing", "no_sales")
"""How a product's forecast was made; ``ProductForecasts.methods`` holds places in it."""


@dataclass(frozen=True, eq=False)
class SalesHistory:
    """Units of each product in each whole week up to now, and what was or is planned beside it."""

    products: Vocabulary
    first_day: int
    """Day number (days since 1970-01-01) of the first day of the first week."""
    units: NDArray[np.float32]  # (n_products, n_weeks), >= 0
    prices: NDArray[np.float32] | None = None
    """Mean price paid, (n_products, n_weeks); 0 where nothing was sold."""
    category_codes: NDArray[np.int64] | None = None  # (n_products,), -1 for none
    promotions: NDArray[np.float32] | None = None
    """(n_products, n_weeks + weeks planned ahead, n_promotions), each 0..1: the share of stores, or on/off.
    Known for the weeks sold and, when planned, for the weeks ahead."""
    promotion_names: tuple[str, ...] = ()
    promotions_known: NDArray[np.bool_] | None = None
    """(n_products, as many weeks as ``promotions``): whether that week's plan is made; None: all are."""

    @classmethod
    def from_rows(
        cls,
        product_ids: ArrayLike,
        weeks: ArrayLike,
        units: ArrayLike,
        *,
        first_day: int,
        n_weeks: int,
        amounts: ArrayLike | None = None,
        products: ArrayLike | None = None,
    ) -> SalesHistory:
        """Sum rows of sales into weeks 0..n_weeks-1; rows outside are left out, returns (units <= 0) too.

        ``amounts`` are what was paid for a row in all, from which prices come. Raises ValueError on NaN.
        """
        ids, week = np.asarray(product_ids), np.asarray(weeks, dtype=np.int64)
        sold = np.asarray(units, dtype=np.float64)
        money = np.zeros(len(sold)) if amounts is None else np.asarray(amounts, dtype=np.float64)
        if not (np.isfinite(sold).all() and np.isfinite(money).all()):
            raise ValueError("units and amounts must be finite numbers")
        vocabulary = Vocabulary.from_ids(ids if products is None else products)
        rows = vocabulary.rows_of(ids)
        kept = (rows >= 0) & (week >= 0) & (week < n_weeks) & (sold > 0)
        shape = (len(vocabulary), n_weeks)
        cell = rows[kept] * n_weeks + week[kept]
        total = np.bincount(cell, weights=sold[kept], minlength=shape[0] * n_weeks).reshape(shape)
        prices = None
        if amounts is not None:
            paid = np.bincount(cell, weights=np.maximum(money[kept], 0), minlength=shape[0] * n_weeks)
            prices = np.divide(paid.reshape(shape), total, out=np.zeros(shape), where=total > 0)
            prices = prices.astype(np.float32)
        return cls(vocabulary, first_day, total.astype(np.float32), prices)

    def __len__(self) -> int:
        return len(self.products)

    @property
    def n_weeks(self) -> int:
        return int(self.units.shape[1])

    @cached_property
    def category_totals(self) -> NDArray[np.float64]:
        """Units of each category, row code + 1; row 0 is those of none, (n_categories + 1, n_weeks)."""
        codes = np.full(len(self), -1) if self.category_codes is None else self.category_codes
        totals = np.zeros((int(codes.max(initial=-1)) + 2, self.n_weeks))
        np.add.at(totals, codes + 1, self.units.astype(np.float64))
        return totals

    def before(self, week: int) -> SalesHistory:
        """The weeks before ``week``; promotions stay, they are planned."""
        prices = None if self.prices is None else self.prices[:, :week]
        return replace(self, units=self.units[:, :week], prices=prices)

    def select(self, rows: NDArray[np.int64]) -> SalesHistory:
        """The history of the products in these rows."""
        return replace(
            self,
            products=Vocabulary(self.products.ids[rows]),
            units=self.units[rows],
            prices=None if self.prices is None else self.prices[rows],
            category_codes=None if self.category_codes is None else self.category_codes[rows],
            promotions=None if self.promotions is None else self.promotions[rows],
            promotions_known=None if self.promotions_known is None else self.promotions_known[rows],
        )

    def planned(self, weeks: int) -> NDArray[np.bool_]:
        """Whether the promotions of each product are known in each of the ``weeks`` ahead, (n, weeks)."""
        mask = np.zeros((len(self), weeks), dtype=bool)
        if self.promotions is not None:
            given = min(max(self.promotions.shape[1] - self.n_weeks, 0), weeks)
            known = self.promotions_known
            mask[:, :given] = True if known is None else known[:, self.n_weeks : self.n_weeks + given]
        return mask

    def with_promotions(self, number: int) -> SalesHistory:
        """Itself with as many kinds of promotions as a model has learned; none are as good as none planned.

        Raises ValueError when there are others.
        """
        have = 0 if self.promotions is None else self.promotions.shape[2]
        if have == number:
            return self
        if number == 0:
            return replace(self, promotions=None, promotions_known=None, promotion_names=())
        if have:
            raise ValueError(f"the model has learned {number} kinds of promotions; there are {have}")
        nothing = np.zeros((len(self), self.n_weeks, number), dtype=np.float32)
        return replace(self, promotions=nothing, promotions_known=None)

    def checked(self) -> SalesHistory:
        """Itself. Raises ModelFitError when a model cannot learn from it."""
        if self.n_weeks == 0 or not len(self):
            raise ModelFitError("there are no weeks of sales to learn from")
        for array in (self.units, self.prices, self.promotions):
            if array is not None and not np.isfinite(array).all():
                raise ModelFitError("units, prices and promotions must be finite numbers")
        if (self.units < 0).any():
            raise ModelFitError("units must not be negative: leave returns out")
        if not (self.units > 0).any():
            raise ModelFitError("nothing was sold in any week")
        return self


@dataclass(frozen=True, eq=False)
class ProductForecasts:
    """Units of each product in each of the weeks ahead; week 1 begins on ``first_day``. Never NaN."""

    products: Vocabulary
    first_day: int
    quantiles: NDArray[np.float32]  # (n, weeks, len(LEVELS)), rising along the last axis, >= 0
    means: NDArray[np.float32]  # (n, weeks)
    methods: NDArray[np.int8]  # (n,) places in METHODS
    levels: tuple[float, ...] = field(default=LEVELS)

    @property
    def n_weeks(self) -> int:
        return int(self.means.shape[1])


@dataclass(frozen=True, eq=False)
class StockAdvice:
    """Order when stock falls to ``reorder_points``; ``order_units`` is what to order now, 0 for nothing."""

    reorder_points: NDArray[np.float32]  # (n,)
    order_units: NDArray[np.float32]  # (n,) whole units
    expected_demand: NDArray[np.float32]  # (n,) mean units during the lead time
