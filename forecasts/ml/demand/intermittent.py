"""Intermittent demand, and demand with a short history: simple methods with known behaviour.

Croston, "Forecasting and stock control for intermittent demands" (1972), its bias corrected by Syntetos &
Boylan, "The accuracy of intermittent demand estimates" (2005); Teunter, Syntetos & Babai, "Intermittent
demand: linking forecasting to inventory obsolescence" (2011), whose forecast falls once a product
is no longer sold.
All are vectors over products: ``units`` is (n, n_weeks), the result mean units a week, (n,).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import special

Array = NDArray[np.float64]

ALPHA = 0.1
MOST_DISPERSION = 50.0


def croston(units: Array, *, alpha: float = ALPHA) -> Array:
    """Smoothed size of a sale over the smoothed weeks between sales; 0 for a product never sold."""
    size, between, _ = _smoothed(units, alpha)
    return np.divide(size, between, out=np.zeros(len(units)), where=between > 0)


def syntetos_boylan(units: Array, *, alpha: float = ALPHA) -> Array:
    """Croston's forecast times 1 - α/2, without its bias upwards."""
    return croston(units, alpha=alpha) * (1.0 - alpha / 2.0)


def teunter_syntetos_babai(units: Array, *, alpha: float = ALPHA, beta: float = ALPHA) -> Array:
    """The smoothed chance of a sale, which falls in every week without one, times its smoothed size."""
    n, weeks = units.shape
    chance = (units > 0).mean(axis=1) if weeks else np.zeros(n)
    sold = units > 0
    size = np.divide(units.sum(axis=1), sold.sum(axis=1), out=np.zeros(n), where=sold.any(axis=1))
    for week in range(weeks):
        now = sold[:, week]
        chance = chance + beta * (now - chance)
        size = np.where(now, size + alpha * (units[:, week] - size), size)
    return np.asarray(chance * size)


def exponential_smoothing(units: Array, *, alpha: float = 0.2) -> Array:
    """The level after smoothing from the mean of the first weeks; for short, regular histories."""
    n, weeks = units.shape
    if not weeks:
        return np.zeros(n)
    level = units[:, : min(weeks, 4)].mean(axis=1)
    for week in range(weeks):
        level = level + alpha * (units[:, week] - level)
    return np.asarray(level)


def spread_quantiles(mean: Array, units: Array, levels: tuple[float, ...]) -> Array:
    """Quantiles of a negative binomial with ``mean`` and the spread of the past ``units``, (n, levels)."""
    past = units.mean(axis=1) if units.shape[1] else np.zeros(len(units))
    variance = units.var(axis=1) if units.shape[1] else np.zeros(len(units))
    excess = np.divide(variance - past, past**2, out=np.zeros(len(units)), where=past > 0)
    shape = 1.0 / np.clip(excess, 0.02, MOST_DISPERSION)
    safe = np.maximum(mean, 1e-9)
    chance = shape / (shape + safe)
    columns = []
    for level in levels:
        low, high = np.full(len(mean), -1.0), np.ceil(safe * 40 + 40)
        while len(mean) and (high - low > 1).any():
            middle = np.floor((low + high) / 2)
            reached = special.betainc(shape, np.maximum(middle, 0.0) + 1.0, chance) * (middle >= 0) >= level
            low, high = np.where(reached, low, middle), np.where(reached, middle, high)
        columns.append(np.where(mean > 1e-9, high, 0.0))
    return np.stack(columns, axis=1)


def _smoothed(units: Array, alpha: float) -> tuple[Array, Array, Array]:
    n, weeks = units.shape
    size, between, waited = np.zeros(n), np.zeros(n), np.ones(n)
    for week in range(weeks):
        now = units[:, week] > 0
        first = now & (between == 0)
        again = now & ~first
        size = np.where(first, units[:, week], np.where(again, size + alpha * (units[:, week] - size), size))
        between = np.where(first, waited, np.where(again, between + alpha * (waited - between), between))
        waited = np.where(now, 1.0, waited + 1.0)
    return size, between, waited
