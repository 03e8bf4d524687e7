"""Boosted trees for one horizon: orders, spend, the chance of none and the wait, each with its spread.

Means are those of smooth forecasts, linear and log-linear: trees on top of them made means no better on any
earlier window. Quantiles are learned by trees as multiples of that base, by the pinball loss. Trees cannot
extrapolate; so a member who buys twice as much as anybody in training still gets twice as much. Counts and
days get a uniform in 0..1 before (Machado & Santos Silva, "Quantiles for counts", JASA 2005). The chance of
no order is halfway, in log odds, between a logistic regression and trees.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecasts.ml.boosting import BinnedFeatures, TreeConfig, raw
from forecasts.ml.members.curves.member_curves import TAIL_DAYS
from forecasts.ml.members.outlook import LEVELS, Outlook
from forecasts.ml.members.purchase_training import ALL_FEATURES, CLASSICAL_FEATURES, Known, Outcome
from forecasts.ml.members.smooth_base import Linear, LogLinear
from learning.boosting import lightgbm

Array = NDArray[np.float64]

LINEAR = tuple(
    place
    for place, name in enumerate(ALL_FEATURES)
    if name.startswith(("orders_", "spend_", "fading_", "weeks_")) and "_by_" not in name
)
LOGGED = tuple(place for place, name in enumerate(ALL_FEATURES) if name != "age_days")
"""What the log-linear forecasts see: not the age, which in a young shop only tells the date."""
LINEAR_RIDGE, ODDS_RIDGE = 100.0, 1_000.0
LOG_RIDGE = {"orders": 1_000.0, "spend": 300.0, "wait": 300.0}
LOG_SHARE = {"orders": 0.7, "spend": 0.5}
"""The part of the log-linear forecast in a mean; the rest is the linear one's."""
NONE_TREES = 3
"""Sets of trees whose log odds of no order are averaged: members near one half are many."""


@dataclass(frozen=True, eq=False)
class _Base:
    orders: Array  # (n,)
    spend: Array  # (n,) in units of the typical spend
    wait: Array  # (n,) days
    odds: Array  # (n,) log odds of no order

    def columns(self) -> NDArray[np.float32]:
        return np.stack([self.orders, self.spend, self.wait, self.odds], axis=1).astype(np.float32)


@dataclass(eq=False)
class HorizonModel:
    """``days`` is the horizon it was trained for; ``unit`` the typical spend in it."""

    days: int
    unit: float = 1.0
    linear: dict[str, Linear] = field(default_factory=dict)
    logs: dict[str, LogLinear] = field(default_factory=dict)
    trees: dict[str, lightgbm.Booster] = field(default_factory=dict)

    def fit(
        self, known: Known, outcome: Outcome, *, config: TreeConfig, rng: np.random.Generator
    ) -> HorizonModel:
        """Learn all targets."""
        self.unit = float(
            max(np.median(outcome.spend[outcome.spend > 0]) if (outcome.spend > 0).any() else 1.0, 1e-6)
        )
        self._fit_bases(known, outcome)
        self._fit_trees(known, outcome, config=config, rng=rng)
        return self

    def _fit_bases(self, known: Known, outcome: Outcome) -> None:
        spend = outcome.spend / self.unit
        for name, classical, target, least in (
            ("orders", known.orders, outcome.orders, 0.5),
            ("spend", known.spend / self.unit, spend, 0.2),
        ):
            weights = 1.0 / (classical + least)
            columns = _linear_columns(known, classical)
            self.linear[name] = Linear.fit(columns, target, weights=weights, ridge=LINEAR_RIDGE)
        logs = _log_columns(known)
        for name, target in (("orders", outcome.orders), ("spend", spend), ("wait", outcome.wait_days + 0.5)):
            self.logs[name] = LogLinear.fit(logs, target, kind="poisson", ridge=LOG_RIDGE[name])
        none = (outcome.orders == 0).astype(np.float64)
        self.logs["none"] = LogLinear.fit(logs, none, kind="logistic", ridge=ODDS_RIDGE)

    def _fit_trees(
        self, known: Known, outcome: Outcome, *, config: TreeConfig, rng: np.random.Generator
    ) -> None:
        seeds = iter(rng.integers(0, 2**31 - 1, size=32).tolist())
        base = self._base(known)
        features = np.concatenate([known.features, base.columns()], axis=1)
        spend = outcome.spend / self.unit

        binned = BinnedFeatures(features, config=config)

        def fit_trees(name: str, target: Array, objective: str, **extra: Any) -> None:
            self.trees[name] = binned.fit_trees(target, objective=objective, seed=next(seeds), **extra)

        for place in range(NONE_TREES):
            fit_trees(f"none_{place}", (outcome.orders == 0).astype(np.float64), "binary")
        counts = (outcome.orders + rng.random(len(spend))) / (base.orders + 1.0)
        waits = (outcome.wait_days + rng.random(len(spend))) / (base.wait + 1.0)
        for level in LEVELS:
            fit_trees(f"orders_{level}", counts, "quantile", alpha=level)
            fit_trees(f"spend_{level}", spend / (base.spend + 0.2), "quantile", alpha=level)
            fit_trees(f"wait_{level}", waits, "quantile", alpha=level)

    def predict(self, known: Known, *, p_alive: Array) -> Outlook:
        """One horizon, ``days``; what lies beyond it is left at 0."""
        base = self._base(known)
        features = np.concatenate([known.features, base.columns()], axis=1)
        score = {name: raw(trees, features) for name, trees in self.trees.items()}
        chances = [odds for name, odds in score.items() if name.startswith("none")]
        odds = 0.5 * (base.odds + np.mean(chances, axis=0))
        return Outlook(
            orders=base.orders[:, None],
            orders_at=_stack(score, "orders")[:, None] * (base.orders + 1.0)[:, None, None],
            p_none=1.0 / (1.0 + np.exp(-odds))[:, None],
            spend=self.unit * base.spend[:, None],
            spend_at=self.unit * _stack(score, "spend")[:, None] * (base.spend + 0.2)[:, None, None],
            wait_at=_stack(score, "wait") * (base.wait + 1.0)[:, None],
            p_alive=p_alive,
            rate=np.zeros(len(p_alive)),
            later=np.zeros((len(p_alive), 1 + len(TAIL_DAYS))),
        )

    def _base(self, known: Known) -> _Base:
        logs = _log_columns(known)
        means = {}
        for name, classical in (("orders", known.orders), ("spend", known.spend / self.unit)):
            columns = _linear_columns(known, classical)
            straight = self.linear[name].predict(columns, least=0.2 * classical + 1e-3)
            share = LOG_SHARE[name]
            means[name] = (1 - share) * straight + share * np.exp(self.logs[name].predict(logs))
        wait = np.minimum(np.exp(self.logs["wait"].predict(logs)), self.days)
        return _Base(means["orders"], means["spend"], wait, self.logs["none"].predict(logs))


def _linear_columns(known: Known, classical: Array) -> Array:
    return np.concatenate([known.features[:, LINEAR], classical[:, None]], axis=1).astype(np.float64)


def _log_columns(known: Known) -> Array:
    """Logarithms of all that is positive by nature; what is one already stays."""
    own = known.features[:, LOGGED].astype(np.float64)
    n = len(CLASSICAL_FEATURES)
    logs = np.log1p(np.maximum(own[:, :-n], 0.0))
    safe = np.clip(known.p_none, 1e-4, 1.0 - 1e-4)
    odds = np.log(safe) - np.log1p(-safe)
    return np.concatenate([logs, own[:, -n:], odds[:, None]], axis=1)


def _stack(score: dict[str, Array], name: str) -> Array:
    return np.stack([score[f"{name}_{level}"] for level in LEVELS], axis=1)
