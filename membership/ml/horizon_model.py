"""Boosted trees for one horizon: orders, spend, the chance of none and the wait, each with its spread.

Every target is learned against a *base*, a linear forecast: means as a factor on it, quantiles as multiples
of it. Trees cannot extrapolate; so a member who buys twice as much as anybody in training still gets twice
as much. Means minimise a Tweedie deviance, quantiles the pinball loss. Counts and days get a uniform in 0..1
before their quantiles are learned (Machado & Santos Silva, "Quantiles for counts", JASA 2005).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import lightgbm
import numpy as np
from numpy.typing import NDArray

from membership.ml.boosting import TreeConfig, boosted, raw
from membership.ml.outlook import LEVELS, Outlook
from membership.ml.purchase_training import ALL_FEATURES, Came, Seen

Array = NDArray[np.float64]

LINEAR = tuple(
    place
    for place, name in enumerate(ALL_FEATURES)
    if name.startswith(("orders_", "spend_", "fading_", "weeks_")) and "_by_" not in name
)
RIDGE = 100.0
ORDERS_POWER, SPEND_POWER = 1.3, 1.5


@dataclass(eq=False)
class LinearBase:
    """A weighted ridge regression on window sums and the classical mean, never below a small share of it."""

    centre: Array
    scale: Array
    slopes: Array
    level: float

    @classmethod
    def fit(cls, columns: Array, target: Array, *, weights: Array) -> LinearBase:
        """(n, f) columns; larger members are noisier, so ``weights`` fall with their size."""
        centre = np.average(columns, axis=0, weights=weights)
        scale = np.sqrt(np.average((columns - centre) ** 2, axis=0, weights=weights)) + 1e-9
        z = (columns - centre) / scale
        level = float(np.average(target, weights=weights))
        share = weights / weights.mean()
        left = (z * share[:, None]).T @ z + RIDGE * np.eye(z.shape[1])
        return cls(centre, scale, np.linalg.solve(left, z.T @ (share * (target - level))), level)

    def predict(self, columns: Array, *, least: Array) -> Array:
        """(n,), at least ``least``."""
        return np.maximum((columns - self.centre) / self.scale @ self.slopes + self.level, least)

    def flat(self) -> Array:
        """All numbers in one row."""
        return np.concatenate([self.centre, self.scale, self.slopes, [self.level]])

    @classmethod
    def of(cls, flat: Array) -> LinearBase:
        """What ``flat`` gave."""
        n = (len(flat) - 1) // 3
        return cls(flat[:n], flat[n : 2 * n], flat[2 * n : 3 * n], float(flat[-1]))


@dataclass(eq=False)
class HorizonModel:
    """``days`` is the horizon it was trained for; ``unit`` the typical spend, to scale small ones."""

    days: int
    unit: float = 1.0
    bases: dict[str, LinearBase] = field(default_factory=dict)
    trees: dict[str, lightgbm.Booster] = field(default_factory=dict)

    def fit(self, seen: Seen, came: Came, *, config: TreeConfig, rng: np.random.Generator) -> HorizonModel:
        """Learn all targets."""
        seeds = iter(rng.integers(0, 2**31 - 1, size=32).tolist())
        self.unit = float(max(np.median(came.spend[came.spend > 0]) if (came.spend > 0).any() else 1.0, 1e-6))
        weights = 1.0 / (seen.orders + 0.5)
        money = 1.0 / (seen.spend + 0.2 * self.unit)
        self.bases["orders"] = LinearBase.fit(_columns(seen, seen.orders), came.orders, weights=weights)
        self.bases["spend"] = LinearBase.fit(_columns(seen, seen.spend), came.spend, weights=money)
        orders, spend = self._base(seen)
        features = self._features(seen, orders, spend)

        def grow(
            name: str, target: Array, objective: str, start: Array | None = None, **extra: float
        ) -> None:
            self.trees[name] = boosted(
                features, target, objective=objective, config=config, seed=next(seeds), start=start, **extra
            )

        grow("orders", came.orders, "tweedie", np.log(orders), tweedie_variance_power=ORDERS_POWER)
        grow("spend", came.spend, "tweedie", np.log(spend), tweedie_variance_power=SPEND_POWER)
        grow("none", (came.orders == 0).astype(np.float64), "binary", _logit(seen.p_none))
        counts = (came.orders + rng.random(len(orders))) / (orders + 1.0)
        waits = came.wait_days + rng.random(len(orders))
        for level in LEVELS:
            grow(f"orders_{level}", counts, "quantile", alpha=level)
            grow(f"spend_{level}", came.spend / (spend + 0.2 * self.unit), "quantile", alpha=level)
            grow(f"wait_{level}", waits, "quantile", alpha=level)
        return self

    def predict(self, seen: Seen, *, p_alive: Array) -> Outlook:
        """One horizon, ``days``."""
        orders, spend = self._base(seen)
        features = self._features(seen, orders, spend)
        score = {name: raw(trees, features) for name, trees in self.trees.items()}
        return Outlook(
            orders=(orders * np.exp(score["orders"]))[:, None],
            orders_at=_stack(score, "orders")[:, None] * (orders + 1.0)[:, None, None],
            p_none=_sigmoid(score["none"] + _logit(seen.p_none))[:, None],
            spend=(spend * np.exp(score["spend"]))[:, None],
            spend_at=_stack(score, "spend")[:, None] * (spend + 0.2 * self.unit)[:, None, None],
            wait_at=_stack(score, "wait"),
            p_alive=p_alive,
        )

    def _base(self, seen: Seen) -> tuple[Array, Array]:
        orders = self.bases["orders"].predict(_columns(seen, seen.orders), least=0.2 * seen.orders + 1e-3)
        least = 0.2 * seen.spend + 1e-3 * self.unit
        return orders, self.bases["spend"].predict(_columns(seen, seen.spend), least=least)

    def _features(self, seen: Seen, orders: Array, spend: Array) -> NDArray[np.float32]:
        more = np.stack([orders, spend], axis=1).astype(np.float32)
        return np.concatenate([seen.features, more], axis=1)


def _columns(seen: Seen, classical: Array) -> Array:
    return np.concatenate([seen.features[:, LINEAR], classical[:, None]], axis=1).astype(np.float64)


def _stack(score: dict[str, Array], name: str) -> Array:
    return np.stack([score[f"{name}_{level}"] for level in LEVELS], axis=1)


def _logit(p: Array) -> Array:
    safe = np.clip(p, 1e-4, 1.0 - 1e-4)
    return np.log(safe) - np.log1p(-safe)


def _sigmoid(z: Array) -> Array:
    return 1.0 / (1.0 + np.exp(-z))
