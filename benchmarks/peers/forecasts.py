"""What forecasts are compared with: BG/NBD, LightGBM on RFM, the last time; Croston and its like."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch  # noqa: F401  # brings the OpenMP library that lightgbm needs
from numpy.typing import NDArray
from scipy import optimize, special

import lightgbm  # isort: skip

from forecasts.ml.demand import intermittent
from forecasts.ml.members.classical import rhythm
from forecasts.ml.members.purchase_history import PurchaseHistory
from forecasts.ml.members.purchase_training import outcome_after

Array = NDArray[np.float64]
LEVELS = (0.1, 0.5, 0.9)


@dataclass
class Guess:
    """One peer's figures for each member; None where it has none."""

    mean: Array
    median: Array | None = None
    p_none: Array | None = None
    spend: Array | None = None
    waits: Array | None = None  # (n, 3)


def bg_nbd(history: PurchaseHistory, days: int) -> Guess:
    """Fader, Hardie & Lee, "Counting your customers the easy way", Marketing Science 2005."""
    x, recency, age = rhythm(history)

    def parts(logs: Array) -> Array:
        r, alpha, a, b = np.exp(logs)
        first = special.gammaln(r + x) - special.gammaln(r) + r * logs[1]
        first += special.betaln(a, b + x) - special.betaln(a, b)
        alive = -(r + x) * np.log(alpha + age)
        left = np.where(
            x > 0, np.log(a) - np.log(b + np.maximum(x, 1) - 1) - (r + x) * np.log(alpha + recency), -np.inf
        )
        both: Array = first + np.logaddexp(alive, left)
        return both

    fitted = optimize.minimize(
        lambda logs: -parts(logs).mean(),
        np.zeros(4),
        method="Nelder-Mead",
        options={"maxiter": 4_000, "maxfev": 4_000, "xatol": 1e-5, "fatol": 1e-9},
    )
    r, alpha, a, b = np.exp(fitted.x)
    weeks = days / 7.0
    z = weeks / (alpha + age + weeks)
    ratio = ((alpha + age) / (alpha + age + weeks)) ** (r + x)
    hyper = special.hyp2f1(r + x, b + x, a + b + x - 1, z)
    top = (a + b + x - 1) / (a - 1) * (1 - ratio * hyper)
    odds = np.where(
        x > 0, a / (b + np.maximum(x, 1) - 1) * ((alpha + age) / (alpha + recency)) ** (r + x), 0.0
    )
    return Guess(mean=top / (1 + odds))


def same_again(history: PurchaseHistory, days: int) -> Guess:
    """What the ``days`` before brought, and the last gap."""
    since = history.as_of_day - days
    orders = history.orders_between(since, history.as_of_day).astype(np.float64)
    recent = history.days >= since
    spend = np.bincount(history.member_rows[recent], history.amounts[recent], minlength=len(history)).astype(
        np.float64
    )
    return Guess(mean=orders, median=orders, p_none=1.0 / (1.0 + orders), spend=spend)


def lightgbm_on_rfm(history: PurchaseHistory, days: int, *, seed: int) -> Guess:
    """Plain settings, trained on the newest stretch whose following days are known, one model a target."""
    span = history.as_of_day - int(history.days.min())
    stretch = min(days, span // 2)
    past = history.before(history.as_of_day - stretch)
    known = np.flatnonzero(past.counts())
    outcome = outcome_after(history.select(known), past.as_of_day, stretch)
    training, wanted = _rfm(past.select(known)), _rfm(history)
    grown = days / stretch

    def learn(target: Array, objective: str, **extra: float) -> Array:
        settings = {
            "objective": objective,
            "learning_rate": 0.05,
            "num_leaves": 15,
            "verbosity": -1,
            "seed": seed,
        }
        model = lightgbm.train({**settings, **extra}, lightgbm.Dataset(training, target), num_boost_round=150)
        return np.asarray(model.predict(wanted), dtype=np.float64)

    waits = np.stack([learn(outcome.wait_days, "quantile", alpha=level) for level in LEVELS], axis=1)
    return Guess(
        mean=np.maximum(learn(outcome.orders, "poisson") * grown, 1e-4),
        median=np.rint(np.maximum(learn(outcome.orders, "quantile", alpha=0.5) * grown, 0)),
        p_none=learn((outcome.orders == 0).astype(np.float64), "binary"),
        spend=learn(outcome.spend, "quantile", alpha=0.5) * grown,
        waits=waits,
    )


def _rfm(history: PurchaseHistory) -> Array:
    x, recency, age = rhythm(history)
    amount = np.bincount(history.member_rows, history.amounts, minlength=len(history))
    windows = [history.orders_between(history.as_of_day - back, history.as_of_day) for back in (28, 56, 112)]
    return np.stack([x, age - recency, age, amount / np.maximum(history.counts(), 1), *windows], axis=1)


def weekly_peers(units: Array) -> dict[str, Array]:
    """Mean units a week of each product by the plain methods, (n,), from its weeks so far (n, weeks)."""
    return {
        "as last week": units[:, -1],
        "exponential smoothing": intermittent.exponential_smoothing(units, alpha=0.2),
        "Croston": intermittent.croston(units),
        "SBA": intermittent.syntetos_boylan(units),
        "TSB": intermittent.teunter_syntetos_babai(units),
    }
