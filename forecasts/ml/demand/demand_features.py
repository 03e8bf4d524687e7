"""What is known of a product when its coming weeks are forecast: units, prices, promotions, category."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasts.ml.demand.sales_history import SalesHistory

Array = NDArray[np.float64]

LAGS = 4
WINDOWS = (4, 8, 13, 26)
SMOOTHING = (0.15, 0.4)
LEVEL_WEEKS = 13
PRIOR_WEEKS = 2.0
YEAR_WEEKS = 52


@dataclass(frozen=True, eq=False)
class DemandRows:
    """One row a product and lead, products first: row p * leads + h is product p, h weeks after the next."""

    features: NDArray[np.float32]  # (n * leads, f)
    level: Array  # (n * leads,) what forecasts are multiples of: the typical week, above 0
    units: Array  # (n * leads,) what was sold; 0 where it is not known yet


def demand_rows(
    sales: SalesHistory, week: int, *, leads: int, planned: bool, rows: NDArray[np.int64] | None = None
) -> DemandRows:
    """Rows for the ``leads`` weeks from column ``week`` on, with what is known at the end of the week before.

    Of the products in ``rows`` (default: all); categories and the shop count every product. With ``planned``
    the promotions of the target week itself are known, else only those before ``week``.
    """
    chosen = np.arange(len(sales)) if rows is None else rows
    moved = _category(sales, week, chosen)
    sales = sales.select(chosen)
    units = sales.units[:, :week].astype(np.float64)
    own = _own(units)
    level = own[:, 0]
    columns = [np.log1p(level)[:, None], own / level[:, None], _prices(sales, week), moved]
    static = np.repeat(np.concatenate(columns, axis=1), leads, axis=0)
    moving = [np.tile(np.arange(leads, dtype=np.float64), len(sales))[:, None]]
    moving.append(_last_year(units, leads=leads)[:, None] / np.repeat(level, leads)[:, None])
    if sales.promotions is not None:
        moving.append(_promotions(sales, week, units, level, leads=leads, planned=planned))
    features = np.concatenate([static, *moving], axis=1)
    known = np.zeros((len(sales), leads))
    there = sales.units[:, week : week + leads]
    known[:, : there.shape[1]] = there
    return DemandRows(features.astype(np.float32), np.repeat(level, leads), known.ravel())


def typical_week(units: Array) -> Array:
    """Mean units of the newest ``LEVEL_WEEKS``, pulled to the mean of all weeks, and above 0, (n,)."""
    recent = units[:, -LEVEL_WEEKS:]
    everything = units.mean(axis=1) if units.shape[1] else np.zeros(len(units))
    total = recent.sum(axis=1) + PRIOR_WEEKS * everything
    return np.asarray(total / (recent.shape[1] + PRIOR_WEEKS) + 0.1)


def _own(units: Array) -> Array:
    """Level, lags, means, spreads, smoothed levels and gaps of each product, (n, f)."""
    weeks = units.shape[1]
    columns = [typical_week(units)]
    padded = np.concatenate([np.repeat(units[:, :1], max(0, 26 - weeks), axis=1), units], axis=1)
    columns += [padded[:, -1 - lag] for lag in range(LAGS)]
    columns += [padded[:, -window:].mean(axis=1) for window in WINDOWS]
    columns += [padded[:, -window:].std(axis=1) for window in (8, 26)]
    columns += [padded[:, -13:].max(axis=1), np.median(padded[:, -13:], axis=1), padded[:, -26:].min(axis=1)]
    for alpha in SMOOTHING:
        weights = alpha * (1 - alpha) ** np.arange(26)[::-1]
        columns.append(padded[:, -26:] @ (weights / weights.sum()))
    columns.append((padded[:, -13:] == 0).mean(axis=1) * columns[0])  # a share, whatever the level
    idle = np.where((padded > 0).any(axis=1), np.argmax(padded[:, ::-1] > 0, axis=1), padded.shape[1])
    columns.append(np.minimum(idle, 26) * columns[0])
    return np.stack(columns, axis=1)


def _prices(sales: SalesHistory, week: int) -> Array:
    """The newest price and the one before against the usual, (n, 2); 1 where prices are not known."""
    if sales.prices is None or week == 0:
        return np.ones((len(sales), 2))
    prices = sales.prices[:, max(0, week - 26) : week].astype(np.float64)
    sold = prices > 0
    usual = np.where(sold.any(axis=1), prices.sum(axis=1) / np.maximum(sold.sum(axis=1), 1), 1.0)
    columns = []
    for back in (1, 2):
        price = prices[:, -back] if prices.shape[1] >= back else np.zeros(len(prices))
        columns.append(np.where(price > 0, price / np.maximum(usual, 1e-9), 1.0))
    return np.stack(columns, axis=1)


def _category(sales: SalesHistory, week: int, rows: NDArray[np.int64]) -> Array:
    """How the category of each row and the whole shop moved lately: newest 2 and 4 weeks over 13, (n, 4)."""
    totals = sales.category_totals[:, max(0, week - 13) : week]
    own = totals[
        np.zeros(len(rows), dtype=np.int64)
        if sales.category_codes is None
        else sales.category_codes[rows] + 1
    ]
    shop = totals.sum(axis=0)
    columns = []
    for series in (own, np.broadcast_to(shop, (len(rows), len(shop)))):
        usual = series.mean(axis=1) + 1.0
        columns += [(series[:, -weeks:].mean(axis=1) + 1.0) / usual for weeks in (2, 4)]
    return np.stack(columns, axis=1)


def _last_year(units: Array, *, leads: int) -> Array:
    """Units of the same weeks a year before, (n * leads,); -1 where the shop is younger."""
    table = np.full((len(units), leads), -1.0)
    if units.shape[1] >= YEAR_WEEKS:
        there = units[:, units.shape[1] - YEAR_WEEKS :][:, :leads]
        table[:, : there.shape[1]] = there
    return table.ravel()


def _promotions(
    sales: SalesHistory, week: int, units: Array, level: Array, *, leads: int, planned: bool
) -> Array:
    """Promotions of the newest week, how sales went with and without, and those of the target weeks."""
    everything = np.zeros((len(sales), 0, 0)) if sales.promotions is None else sales.promotions
    promotions = everything.astype(np.float64)
    past = promotions[:, max(0, week - 26) : week]
    recent = units[:, max(0, week - 26) : week][:, -past.shape[1] :]
    some = past.max(axis=2) > 0
    without, with_some = _mean_where(recent, ~some, level), _mean_where(recent, some, level)
    columns = [without / level, with_some / level, some.mean(axis=1), some[:, -1:].mean(axis=1)]
    slopes = [_mean_where(recent, past[:, :, kind] > 0, level) / level for kind in range(past.shape[2])]
    static = np.repeat(np.stack([*columns, *slopes], axis=1), leads, axis=0)
    if not planned:
        return static
    ahead = np.zeros((len(sales), leads, promotions.shape[2]))
    there = promotions[:, week : week + leads]
    ahead[:, : there.shape[1]] = there
    weights = 1.0 / (1.0 + 10.0 * np.abs(past.sum(axis=2)[:, None, :] - ahead.sum(axis=2)[:, :, None]))
    weights *= 0.95 ** np.arange(past.shape[1])[::-1]
    alike = (weights * recent[:, None, :]).sum(axis=2) + 0.3 * level[
        :, None
    ]  # weeks promoted like the target
    alike /= (weights.sum(axis=2) + 0.3) * level[:, None]
    newest = promotions[:, max(0, week - 1) : max(week, 1)].mean(axis=1)
    change = ahead - newest[:, None, :]
    before = np.concatenate([newest[:, None, :], ahead[:, :-1]], axis=1)
    parts = [ahead, change, before, alike[:, :, None], ahead.sum(axis=2, keepdims=True)]
    return np.concatenate([static, np.concatenate(parts, axis=2).reshape(len(sales) * leads, -1)], axis=1)


def _mean_where(units: Array, mask: NDArray[np.bool_], level: Array) -> Array:
    """Mean units of the weeks in ``mask``, pulled to the level, (n,)."""
    return np.asarray(((units * mask).sum(axis=1) + PRIOR_WEEKS * level) / (mask.sum(axis=1) + PRIOR_WEEKS))
