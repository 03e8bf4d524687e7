"""Judging member forecasts on a file: forecasts made on a past day beside what then happened."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasts.ml.members.boosted_purchases import BoostedConfig, BoostedPurchases
from forecasts.ml.members.classical import Classical
from forecasts.ml.members.forecast_blend import BlendConfig, MemberBlend
from forecasts.ml.members.purchase_history import SECONDS_PER_DAY, SOON_DAYS, MemberForecasts, PurchaseHistory
from forecasts.ml.members.purchase_training import Outcome, outcome_after
from learning.interaction_files import InputError, read_table, seconds_in
from learning.json_types import JsonObject
from learning.measuring import Cost, measured
from learning.metrics import forecasts as metrics
from learning.metrics.detection import auc_roc, brier

Array = NDArray[np.float64]
Model = Classical | BoostedPurchases | MemberBlend

MODELS: dict[str, Callable[[int], Model]] = {
    "pareto_nbd": lambda days: Classical(),
    "boosted": lambda days: BoostedPurchases(BoostedConfig(horizons=learned_for(days))),
    "blend": lambda days: MemberBlend(BlendConfig(boosted=BoostedConfig(horizons=learned_for(days)))),
}
"""By name, made for a horizon."""


def learned_for(days: int) -> tuple[int, ...]:
    """The horizons that a model learns which is judged at ``days``: the shortest as well, as it is served."""
    return (SOON_DAYS, days) if days > SOON_DAYS else (days,)


@dataclass(frozen=True, eq=False)
class Trial:
    """One fold: the members who had bought before its origin, and what they did in it."""

    fold: int
    days: int
    history: PurchaseHistory
    outcome: Outcome


def read_orders(path: Path, *, merge_days: bool) -> PurchaseHistory:
    """All orders of a file with columns ``member, placed_at, amount``. Raises InputError."""
    frame = read_table(path, required=("member", "placed_at", "amount"))
    amounts = pd.to_numeric(frame["amount"], errors="coerce").to_numpy(dtype=np.float64)
    if not np.isfinite(amounts).all():
        row = int((~np.isfinite(amounts)).argmax()) + 1
        raise InputError(f"{path.name}, row {row}: amount must be a number")
    seconds = seconds_in(frame["placed_at"], path)
    after = int(seconds.max()) // SECONDS_PER_DAY + 1
    members = frame["member"].to_numpy()
    return PurchaseHistory.from_orders(members, seconds, amounts, as_of_day=after, merge_days=merge_days)


def trials(orders: PurchaseHistory, *, origin_day: int, days: int, folds: int = 1) -> Iterator[Trial]:
    """Fold k's origin lies k horizons after ``origin_day``. Raises InputError without a past or a future."""
    for fold in range(folds):
        origin = origin_day + fold * days
        if origin + days > orders.as_of_day:
            begins, last = np.datetime64(origin, "D"), np.datetime64(orders.as_of_day - 1, "D")
            raise InputError(f"fold {fold}: the {days} days from {begins} end after the last order, {last}")
        past = orders.before(origin)
        known = np.flatnonzero(past.counts())
        if not len(known):
            raise InputError(f"fold {fold}: there are no orders before {np.datetime64(origin, 'D')}")
        yield Trial(fold, days, past.select(known), outcome_after(orders.select(known), origin, days))


def evaluate(trial: Trial, *, model: str, seed: int) -> tuple[JsonObject, MemberForecasts]:
    """Fit ``model`` on the trial's past; its figures and forecasts. Raises InputError, ModelFitError."""
    if model not in MODELS:
        raise InputError(f"there is no model {model!r}; known: {', '.join(MODELS)}")
    with measured() as cost:
        fitted = MODELS[model](trial.days).fit(trial.history, rng=np.random.default_rng(seed))
    forecasts = fitted.forecast(trial.history, horizons=(trial.days,))
    return figures(trial, forecasts, model=model, seed=seed, cost=cost), forecasts


def figures(
    trial: Trial, forecasts: MemberForecasts, *, model: str, seed: int, cost: Cost | None = None
) -> JsonObject:
    """One row of the result. Waits are whole days from the origin; the horizon itself if there is none."""
    outcome, days, cost = trial.outcome, trial.days, cost or Cost()
    spread = np.random.default_rng(seed).random(len(outcome.orders))
    mean, median = forecasts.expected_orders[:, 0], forecasts.median_orders[:, 0]
    waits = np.minimum(np.floor(forecasts.next_order_days), days)
    none = forecasts.p_inactive[:, 0]
    inactive = outcome.orders == 0
    low, high = forecasts.orders_interval[:, 0, 0], forecasts.orders_interval[:, 0, 1]
    losses = [
        metrics.pinball(outcome.wait_days, waits[:, k], level=level)
        for k, level in enumerate((0.1, 0.5, 0.9))
    ]
    return {
        "model": model,
        "fold": trial.fold,
        "fit_seconds": round(cost.wall_seconds, 3),
        "cpu_seconds": round(cost.cpu_seconds, 3),
        "peak_rss_mb": round(cost.peak_rss_mb, 1),
        "orders_rmse": metrics.root_mean_squared_error(outcome.orders, mean),
        "orders_median_mae": metrics.mean_absolute_error(outcome.orders, median),
        "orders_bias_percent": metrics.bias_percent(outcome.orders, mean),
        "orders_poisson_deviance": metrics.poisson_deviance(outcome.orders, mean),
        "spend_mae": metrics.mean_absolute_error(outcome.spend, forecasts.median_spend[:, 0]),
        "gap_mae": metrics.mean_absolute_error(outcome.wait_days, waits[:, 1]),
        "inactive_auc": auc_roc(inactive, none),
        "inactive_brier": brier(inactive, none),
        "interval80_coverage": metrics.coverage(outcome.orders, low, high, spread=spread),
        "orders_mae": metrics.mean_absolute_error(outcome.orders, mean),
        "orders_correlation": metrics.correlation(outcome.orders, mean),
        "spend_bias_percent": metrics.bias_percent(outcome.spend, forecasts.expected_spend[:, 0]),
        "spend80_coverage": _spend_coverage(outcome, forecasts, spread=spread),
        "gap_pinball": float(np.mean(losses)),
        "gap80_coverage": _wait_coverage(outcome, forecasts, days=days, spread=spread),
        "members": len(outcome.orders),
        "seed": seed,
    }


def predictions(forecasts: MemberForecasts, *, model: str) -> pd.DataFrame:
    """A line a member, in the columns that others score."""
    waits = np.floor(forecasts.next_order_days)
    return pd.DataFrame(
        {
            "member": forecasts.members.ids,
            "model": model,
            "expected_orders": forecasts.expected_orders[:, 0],
            "median_orders": forecasts.median_orders[:, 0],
            "expected_spend": forecasts.expected_spend[:, 0],
            "median_spend": forecasts.median_spend[:, 0],
            "p_inactive": forecasts.p_inactive[:, 0],
            "next_gap_q10": waits[:, 0],
            "next_gap_q50": waits[:, 1],
            "next_gap_q90": waits[:, 2],
        }
    )


def _spend_coverage(outcome: Outcome, forecasts: MemberForecasts, *, spread: Array) -> float:
    """Where nothing was spent, a random place within P(no order) decides: inside above a tenth."""
    low, high = forecasts.spend_low[:, 0], forecasts.spend_high[:, 0]
    paid = (low <= outcome.spend) & (outcome.spend <= high)
    unpaid = (spread * forecasts.p_inactive[:, 0] >= 0.1) & (spread * forecasts.p_inactive[:, 0] <= 0.9)
    return float(np.where(outcome.spend > 0, paid, unpaid).mean())


def _wait_coverage(outcome: Outcome, forecasts: MemberForecasts, *, days: int, spread: Array) -> float:
    """Members without an order in the horizon get a random place among the longer waits."""
    low, high = forecasts.next_order_days[:, 0], forecasts.next_order_days[:, 2]
    waited = outcome.wait_days + spread
    covered = (low <= waited) & (waited <= high)
    place = 1.0 - spread * forecasts.p_inactive[:, 0]
    return float(np.where(outcome.orders > 0, covered, (place >= 0.1) & (place <= 0.9)).mean())


def without(trial: Trial, rows: NDArray[np.int64]) -> Trial:
    """The same trial over the members in ``rows`` only."""
    outcome = Outcome(trial.outcome.orders[rows], trial.outcome.spend[rows], trial.outcome.wait_days[rows])
    return replace(trial, history=trial.history.select(rows), outcome=outcome)
