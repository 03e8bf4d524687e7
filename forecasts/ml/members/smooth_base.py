"""Smooth forecasts that the trees build on: a linear one for sizes, log-linear ones for rates and odds.

Trees predict steps, while buying rates differ by factors. On few members a ridge regression on logarithms
of the trees' inputs is as good as they are, and better at odds (measured; docs/explanation/forecasts.md).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from learning.estimator import ModelFitError

Array = NDArray[np.float64]

OUTER = 0.0005
"""Inputs are kept within these quantiles of the training data: a log-linear forecast has no limit."""
HIGHEST = 25.0


@dataclass(eq=False)
class Linear:
    """A weighted ridge regression, never below a given least."""

    centre: Array
    scale: Array
    slopes: Array
    level: float

    @classmethod
    def fit(cls, columns: Array, target: Array, *, weights: Array, ridge: float) -> Linear:
        """(n, f) columns; larger members are noisier, so ``weights`` fall with their size."""
        centre = np.average(columns, axis=0, weights=weights)
        scale = np.sqrt(np.average((columns - centre) ** 2, axis=0, weights=weights)) + 1e-9
        z = (columns - centre) / scale
        level = float(np.average(target, weights=weights))
        share = weights / weights.mean()
        left = (z * share[:, None]).T @ z + ridge * np.eye(z.shape[1])
        return cls(centre, scale, np.linalg.solve(left, z.T @ (share * (target - level))), level)

    def predict(self, columns: Array, *, least: Array) -> Array:
        """(n,), at least ``least``."""
        return np.maximum((columns - self.centre) / self.scale @ self.slopes + self.level, least)

    def flat(self) -> Array:
        """All numbers in one row."""
        return np.concatenate([self.centre, self.scale, self.slopes, [self.level]])

    @classmethod
    def of(cls, flat: Array) -> Linear:
        """What ``flat`` gave."""
        n = len(flat) // 3
        return cls(flat[:n], flat[n : 2 * n], flat[2 * n : 3 * n], float(flat[-1]))


@dataclass(eq=False)
class LogLinear:
    """A ridge regression of a log mean (Poisson) or of log odds (logistic) on columns (n, f)."""

    low: Array
    high: Array
    centre: Array
    scale: Array
    slopes: Array
    level: float

    @classmethod
    def fit(cls, columns: Array, target: Array, *, kind: str, ridge: float) -> LogLinear:
        """``kind`` is "poisson" for a ``target`` >= 0 of any unit near 1..100, or "logistic" for 0 and 1."""
        low, high = np.quantile(columns, [OUTER, 1.0 - OUTER], axis=0)
        held = np.clip(columns, low, high)
        centre, scale = held.mean(axis=0), held.std(axis=0)
        scale = np.where(scale > 1e-3, scale, np.inf)  # a nearly constant column is not used
        z = (held - centre) / scale
        start = float(np.clip(target.mean(), 1e-6, None if kind == "poisson" else 1 - 1e-6))
        level = np.log(start) - (np.log1p(-start) if kind == "logistic" else 0.0)

        def loss(at: Array) -> tuple[float, Array]:
            eta = np.clip(at[0] + z @ at[1:], -HIGHEST, HIGHEST)
            mean = np.exp(eta) if kind == "poisson" else 1.0 / (1.0 + np.exp(-eta))
            volume = mean if kind == "poisson" else np.logaddexp(0.0, eta)
            value = float((volume - target * eta).sum() + 0.5 * ridge * at[1:] @ at[1:])
            rest = mean - target
            gradient = np.concatenate([[rest.sum()], z.T @ rest + ridge * at[1:]])
            return value / len(target), gradient / len(target)

        begin = np.concatenate([[level], np.zeros(z.shape[1])])
        fitted = optimize.minimize(loss, begin, jac=True, method="L-BFGS-B", options={"maxiter": 300})
        if not np.isfinite(fitted.fun):
            raise ModelFitError("the log-linear forecast did not stay finite")
        return cls(low, high, centre, scale, np.asarray(fitted.x[1:]), float(fitted.x[0]))

    def predict(self, columns: Array) -> Array:
        """The log mean or log odds, (n,)."""
        z = (np.clip(columns, self.low, self.high) - self.centre) / self.scale
        return np.clip(z @ self.slopes + self.level, -HIGHEST, HIGHEST)

    def flat(self) -> Array:
        """All numbers in one row."""
        return np.concatenate([self.low, self.high, self.centre, self.scale, self.slopes, [self.level]])

    @classmethod
    def of(cls, flat: Array) -> LogLinear:
        """What ``flat`` gave."""
        n = len(flat) // 5
        low, high, centre, scale, slopes = (flat[place * n : (place + 1) * n] for place in range(5))
        return cls(low, high, centre, scale, slopes, float(flat[-1]))
