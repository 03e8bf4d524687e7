"""Judging demand forecasts on a file: the weeks before an origin are known, those after are forecast."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasts.ml.demand.demand import Demand, DemandConfig
from forecasts.ml.demand.sales_history import LEVELS, METHODS, ProductForecasts, SalesHistory
from forecasts.ml.members.purchase_history import SECONDS_PER_DAY
from learning.interaction_files import InputError, read_table, seconds_in
from learning.json_types import JsonObject
from learning.measuring import measured
from learning.metrics import forecasts as metrics
from learning.vocabulary import Vocabulary

Array = NDArray[np.float64]
OWN_COLUMNS = ("product", "week", "units", "amount", "category")
NUMBERED_WEEKS = 10_000
"""Whole numbers below this are weeks; dates and larger numbers (seconds) name a day of the week."""


@dataclass(frozen=True, eq=False)
class RecentMean:
    """The baseline: mean and quantiles of the newest weeks, for every week ahead."""

    weeks: int
    back: int = 8

    def fit(self, sales: SalesHistory, /, *, rng: np.random.Generator) -> RecentMean:
        """Nothing to learn."""
        sales.checked()
        return self

    def forecast(self, sales: SalesHistory, /) -> ProductForecasts:
        """The same for all weeks."""
        recent = sales.units[:, -self.back :].astype(np.float64)
        quantiles = np.quantile(recent, LEVELS, axis=1).T[:, None, :]
        return ProductForecasts(
            sales.products,
            sales.first_day + 7 * sales.n_weeks,
            np.repeat(quantiles, self.weeks, axis=1).astype(np.float32),
            np.repeat(recent.mean(axis=1)[:, None], self.weeks, axis=1).astype(np.float32),
            np.full(len(sales), METHODS.index("smoothing"), dtype=np.int8),
        )


MODELS: dict[str, Callable[[int], Any]] = {
    "recent_mean": lambda weeks: RecentMean(weeks),
    "recent_mean_13": lambda weeks: RecentMean(weeks, back=13),
    "demand": lambda weeks: Demand(DemandConfig(weeks_ahead=weeks)),
}


def read_sales(path: Path) -> SalesHistory:
    """All weeks of a file with columns ``product, week, units[, amount, category, promotions…]``.

    Rows of a product and week are summed; every other column is a promotion, a number from 0 to 1, and its
    largest row counts. A product and week without a row sold nothing. Raises InputError.
    """
    frame = read_table(path, required=("product", "week", "units"))
    names = [str(name) for name in frame.columns if name not in OWN_COLUMNS]
    numbers = {name: _numbers(frame, name, path) for name in ("units", "amount", *names) if name in frame}
    weeks = _weeks(frame["week"], path)
    first, n_weeks = int(weeks.min()), int(weeks.max() - weeks.min()) + 1
    if n_weeks > 1_500:
        raise InputError(f"{path.name} spans {n_weeks} weeks; more than 1,500 cannot be meant")
    products = frame["product"].to_numpy()
    sales = SalesHistory.from_rows(
        products,
        weeks - first,
        numbers["units"],
        first_day=7 * first,
        n_weeks=n_weeks,
        amounts=numbers.get("amount"),
    )
    rows = sales.products.rows_of(products)
    promotions = None
    if names:
        promotions = np.zeros((len(sales), n_weeks, len(names)), dtype=np.float32)
        for place, name in enumerate(names):
            np.maximum.at(promotions[:, :, place], (rows, weeks - first), numbers[name])
    codes = None
    if "category" in frame:
        codes = np.full(len(sales), -1, dtype=np.int64)
        codes[rows] = pd.factorize(frame["category"])[0]
    return replace(sales, promotions=promotions, promotion_names=tuple(names), category_codes=codes)


def origin_column(sales: SalesHistory, origin: int | None, *, weeks: int) -> int:
    """The column of the first week to forecast: ``origin`` (as in the file), or ``weeks`` before the end.

    Raises InputError when a side of it is empty.
    """
    column = sales.n_weeks - weeks if origin is None else origin - sales.first_day // 7
    if not 1 <= column <= sales.n_weeks - weeks:
        first = sales.first_day // 7
        raise InputError(
            f"the origin must lie between week {first + 1} and week {first + sales.n_weeks - weeks}, "
            f"so that {weeks} weeks follow it"
        )
    return column


def evaluate(
    sales: SalesHistory, column: int, *, model: str, weeks: int, planned: bool, top: int, seed: int
) -> JsonObject:
    """Fit ``model`` on the weeks before ``column``, and judge it on the ``top`` best sellers by then."""
    if model not in MODELS:
        raise InputError(f"there is no model {model!r}; known: {', '.join(MODELS)}")
    totals = sales.units[:, :column].sum(axis=1)
    rows = np.sort(np.argsort(-totals, kind="stable")[:top])
    past = sales.before(column)
    if past.promotions is not None:
        past = replace(past, promotions=past.promotions[:, : column + weeks if planned else column])
    with measured() as cost:
        fitted = MODELS[model](weeks).fit(past, rng=np.random.default_rng(seed))
    forecasts = only(fitted.forecast(past), rows)
    truth = sales.units[rows, column : column + weeks].astype(np.float64)
    return {
        "model": model,
        "fold": 0,
        "fit_seconds": round(cost.wall_seconds, 3),
        "cpu_seconds": round(cost.cpu_seconds, 3),
        "peak_rss_mb": round(cost.peak_rss_mb, 1),
        **figures(truth, forecasts, past=past.units[rows].astype(np.float64)),
        "planned": planned and past.promotions is not None,
        "products": len(rows),
        "seed": seed,
    }


def only(forecasts: ProductForecasts, rows: NDArray[np.int64]) -> ProductForecasts:
    """The forecasts of the products in ``rows``."""
    return ProductForecasts(
        Vocabulary(forecasts.products.ids[rows]),
        forecasts.first_day,
        forecasts.quantiles[rows],
        forecasts.means[rows],
        forecasts.methods[rows],
    )


def figures(truth: Array, forecasts: ProductForecasts, *, past: Array) -> dict[str, float]:
    """Errors of median, mean and interval over all products and weeks."""
    median = forecasts.quantiles[:, :, LEVELS.index(0.5)].astype(np.float64)
    low, high = forecasts.quantiles[:, :, 0].ravel(), forecasts.quantiles[:, :, -1].ravel()
    means = forecasts.means.astype(np.float64)
    losses = [
        metrics.pinball(truth.ravel(), forecasts.quantiles[:, :, place].ravel(), level=level)
        for place, level in enumerate(LEVELS)
    ]
    return {
        "wape": metrics.weighted_absolute_percentage_error(truth.ravel(), median.ravel()),
        "rmsse": metrics.scaled_error(truth, means, past=past),
        "bias_percent": metrics.bias_percent(truth.ravel(), means.ravel()),
        "pinball": float(np.mean(losses)),
        "interval80_coverage": metrics.coverage(truth.ravel(), low, high),
    }


def _numbers(frame: pd.DataFrame, name: str, path: Path) -> Array:
    values = pd.to_numeric(frame[name], errors="coerce").to_numpy(dtype=np.float64)
    if not np.isfinite(values).all():
        row = int((~np.isfinite(values)).argmax()) + 1
        raise InputError(f"{path.name}, row {row}: {name} must be a number")
    return values


def _weeks(column: pd.Series, path: Path) -> NDArray[np.int64]:
    numbers = seconds_in(column, path)
    if (np.abs(numbers) < NUMBERED_WEEKS).all():
        return numbers
    days = numbers // SECONDS_PER_DAY
    return (days + 3) // 7  # weeks begin on Monday; 1970-01-01 was a Thursday
