"""How much stock to keep, from a forecast of the weeks ahead."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaincinv

from forecasts.ml.demand.sales_history import LEVELS, StockAdvice

CORRELATION = 0.3
"""Correlation of the forecast errors of two weeks: a product above its forecast tends to stay above it."""
Z90 = 1.2815515655446004


def reorder(
    quantiles: NDArray[np.floating[Any]],
    *,
    lead_time_weeks: float,
    service_level: float,
    on_hand: ArrayLike,
    review_weeks: float = 1.0,
    means: NDArray[np.floating[Any]] | None = None,
) -> StockAdvice:
    """The reorder point and what to order now, for each product.

    ``quantiles`` are (n, weeks, 5) at LEVELS, ``service_level`` the wanted chance (0.5..0.999) that stock
    lasts until the order arrives. The reorder point is that quantile of the demand in the lead time; an order
    fills up to the same quantile over lead time and ``review_weeks`` (the time until stock is looked at
    again). The sum over weeks is Gamma with the forecasts' mean and spread. Weeks beyond the forecast repeat
    its last one. Raises ValueError on a level or a time outside its range.
    """
    if not 0.5 <= service_level <= 0.999:
        raise ValueError(f"the service level must be between 0.5 and 0.999, not {service_level}")
    if not (0 < lead_time_weeks <= 52 and 0 <= review_weeks <= 52):
        raise ValueError("lead time must be above 0 and at most 52 weeks, the review time 0 to 52")
    stock = np.maximum(np.broadcast_to(np.asarray(on_hand, dtype=np.float64), len(quantiles)), 0.0)
    weekly = quantiles.astype(np.float64)
    mean = weekly.mean(axis=2) if means is None else means.astype(np.float64)
    points = _demand_quantile(weekly, mean, weeks=lead_time_weeks, level=service_level)
    upto = _demand_quantile(weekly, mean, weeks=lead_time_weeks + review_weeks, level=service_level)
    wanted = np.where(stock <= points, np.ceil(np.maximum(upto - stock, 0.0)), 0.0)
    expected = mean[:, _weeks_taken(weekly, lead_time_weeks)[0]] @ _weeks_taken(weekly, lead_time_weeks)[1]
    return StockAdvice(
        np.ceil(points).astype(np.float32), wanted.astype(np.float32), expected.astype(np.float32)
    )


def _weeks_taken(weekly: NDArray[np.float64], weeks: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The forecast column and the part of each week that lies within ``weeks``."""
    parts = np.minimum(weeks - np.arange(int(np.ceil(weeks))), 1.0)
    return np.minimum(np.arange(len(parts)), weekly.shape[1] - 1), parts


def _demand_quantile(
    weekly: NDArray[np.float64], mean: NDArray[np.float64], *, weeks: float, level: float
) -> NDArray[np.float64]:
    columns, parts = _weeks_taken(weekly, weeks)
    total = mean[:, columns] @ parts
    low, high = LEVELS.index(0.1), LEVELS.index(0.9)
    deviation = (weekly[:, columns, high] - weekly[:, columns, low]) / (2 * Z90) * np.sqrt(parts)
    independent = (deviation**2).sum(axis=1)
    together = deviation.sum(axis=1) ** 2
    variance = (1 - CORRELATION) * independent + CORRELATION * together
    variance = np.maximum(variance, total)  # counts vary at least as a Poisson does
    safe = np.maximum(total, 1e-9)
    shape = safe**2 / np.maximum(variance, 1e-12)
    # scipy.stats, which names this a Gamma quantile, takes a second to load
    quantile = gammaincinv(shape, level) * np.maximum(variance, 1e-12) / safe
    return np.where(total > 1e-9, np.nan_to_num(quantile), 0.0)
