"""How far forecasts are from actual values, and whether their intervals hold. Pure functions.

Everywhere ``actual`` and ``forecast`` are (n,), one row a member or one a product and week. Medians are
judged by absolute errors, means by squared ones: no single number can be best at both.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def mean_absolute_error(actual: ArrayLike, forecast: ArrayLike) -> float:
    """The mean distance; least for a forecast of the median. NaN without rows."""
    truth, guess = _checked(actual, forecast)
    return float(np.abs(truth - guess).mean()) if truth.size else float("nan")


def root_mean_squared_error(actual: ArrayLike, forecast: ArrayLike) -> float:
    """The root of the mean squared distance; least for a forecast of the mean. NaN without rows."""
    truth, guess = _checked(actual, forecast)
    return float(np.sqrt(((truth - guess) ** 2).mean())) if truth.size else float("nan")


def bias_percent(actual: ArrayLike, forecast: ArrayLike) -> float:
    """By how many per cent the forecasts' sum lies above the actual sum. NaN when the actual sum is 0."""
    truth, guess = _checked(actual, forecast)
    return float(100.0 * (guess.sum() / truth.sum() - 1.0)) if truth.sum() > 0 else float("nan")


def correlation(actual: ArrayLike, forecast: ArrayLike) -> float:
    """Pearson's correlation. NaN when either side is constant."""
    truth, guess = _checked(actual, forecast)
    if truth.size < 2 or truth.std() == 0 or guess.std() == 0:
        return float("nan")
    return float(np.corrcoef(truth, guess)[0, 1])


def poisson_deviance(actual: ArrayLike, forecast: ArrayLike) -> float:
    """The mean Poisson deviance of means: 0 is perfect, infinite a mean of 0 for more than 0."""
    truth, guess = _checked(actual, forecast)
    if not truth.size:
        return float("nan")
    with np.errstate(divide="ignore"):
        ratio = np.log(np.where(truth > 0, truth, 1.0)) - np.log(np.where(truth > 0, guess, 1.0))
    return float(2.0 * (truth * ratio - truth + guess).mean())


def pinball(actual: ArrayLike, quantile: ArrayLike, *, level: float) -> float:
    """The mean loss of forecasts of the ``level`` quantile; least for the true one. NaN without rows."""
    truth, guess = _checked(actual, quantile)
    missed = truth - guess
    return float(np.maximum(level * missed, (level - 1.0) * missed).mean()) if truth.size else float("nan")


def coverage(actual: ArrayLike, low: ArrayLike, high: ArrayLike, *, spread: ArrayLike = 0.0) -> float:
    """The share of rows within their interval. NaN without rows.

    Whole numbers need ``spread``, a uniform in 0..1 for each row, and an interval for the number plus a
    uniform: this is the randomised probability integral transform, without which a discrete forecast cannot
    cover exactly its share (Czado, Gneiting & Held, "Predictive model assessment for count data", 2009).
    """
    truth, lowest = _checked(actual, low)
    _, highest = _checked(actual, high)
    moved = truth + np.asarray(spread, dtype=np.float64)
    inside = (lowest <= moved) & (moved <= highest)
    return float(inside.mean()) if truth.size else float("nan")


def weighted_absolute_percentage_error(actual: ArrayLike, forecast: ArrayLike) -> float:
    """Sum of distances over the sum of actual values (WAPE). NaN when the actual sum is 0."""
    truth, guess = _checked(actual, forecast)
    return float(np.abs(truth - guess).sum() / truth.sum()) if truth.sum() > 0 else float("nan")


def scaled_error(actual: ArrayLike, forecast: ArrayLike, *, past: ArrayLike) -> float:
    """Mean over series of the RMSSE: RMSE over the RMSE of "as last week" within the series' ``past``.

    ``actual`` and ``forecast`` are (n, weeks), ``past`` (n, weeks before). Series that never changed are left
    out (Makridakis et al., "The M5 accuracy competition", 2022). NaN when none is left.
    """
    truth, guess = np.asarray(actual, dtype=np.float64), np.asarray(forecast, dtype=np.float64)
    scale = (np.diff(np.asarray(past, dtype=np.float64), axis=1) ** 2).mean(axis=1)
    moved = scale > 0
    if not moved.any():
        return float("nan")
    squared = ((truth - guess) ** 2).mean(axis=1)[moved]
    return float(np.sqrt(squared / scale[moved]).mean())


def paired_bootstrap(
    first: ArrayLike, second: ArrayLike, *, rng: np.random.Generator, draws: int = 1_000
) -> tuple[float, float, float]:
    """(mean of first - second, its 2.5 % and 97.5 % quantile) over rows drawn with replacement.

    Both are losses of the same rows, lower better: an interval below 0 says that the first is better.
    """
    one, other = _checked(first, second)
    difference = one - other
    if not difference.size:
        return float("nan"), float("nan"), float("nan")
    means = [difference[rng.integers(0, difference.size, difference.size)].mean() for _ in range(draws)]
    low, high = np.quantile(means, [0.025, 0.975])
    return float(difference.mean()), float(low), float(high)


def _checked(actual: ArrayLike, forecast: ArrayLike) -> tuple[Array, Array]:
    truth, guess = np.asarray(actual, dtype=np.float64), np.asarray(forecast, dtype=np.float64)
    if truth.shape != guess.shape or truth.ndim != 1:
        raise ValueError(
            f"actual values and forecasts must be rows of the same length: {truth.shape}, {guess.shape}"
        )
    if not (np.isfinite(truth).all() and np.isfinite(guess).all()):
        raise ValueError("forecasts and actual values must be finite numbers")
    return truth, guess
