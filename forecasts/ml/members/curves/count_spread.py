"""The negative binomial with a given mean and a given chance of nothing, and its quantiles."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import special

Array = NDArray[np.float64]

SHAPES = (1e-3, 1e4)
STEPS = 40


def shape_of(mean: Array, p_none: Array) -> Array:
    """The k of a negative binomial with ``mean`` and P(0) = (k / (k + mean))^k = ``p_none``, (n,).

    P(0) rises from e^-mean (Poisson, large k) to 1 as k falls to 0, so bisection finds it; outside that
    range the nearest end is taken.
    """
    low, high = np.full(len(mean), np.log(SHAPES[0])), np.full(len(mean), np.log(SHAPES[1]))
    for _ in range(STEPS):
        middle = (low + high) / 2
        k = np.exp(middle)
        too_many = np.exp(-k * np.log1p(mean / k)) > p_none  # more zeros than wanted: k must grow
        low, high = np.where(too_many, middle, low), np.where(too_many, high, middle)
    return np.asarray(np.exp((low + high) / 2))


def count_quantiles(mean: Array, p_none: Array, levels: tuple[float, ...]) -> Array:
    """Quantiles of the count plus a uniform in 0..1, (n, levels)."""
    safe = np.maximum(mean, 1e-9)
    shape = shape_of(safe, p_none)
    counts = np.zeros((len(mean), len(levels)))
    for column, level in enumerate(levels):
        low, high = np.full(len(mean), -1.0), np.ceil(safe * 20 + 20)
        while len(mean) and (high - low > 1).any():
            middle = np.floor((low + high) / 2)
            enough = _at_most(middle, shape, safe) >= level
            low, high = np.where(enough, low, middle), np.where(enough, middle, high)
        below, upto = _at_most(high - 1, shape, safe), _at_most(high, shape, safe)
        counts[:, column] = high + np.clip((level - below) / np.maximum(upto - below, 1e-12), 0.0, 1.0 - 1e-6)
    return counts


def _at_most(k: Array, shape: Array, mean: Array) -> Array:
    chance = special.betainc(shape, np.maximum(k, 0.0) + 1.0, shape / (shape + mean))
    return np.where(k < 0, 0.0, chance)
