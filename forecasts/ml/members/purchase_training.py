"""Rows to learn from: what was known on a past day, and what happened after it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from forecasts.ml.members.classical import Classical, ClassicalConfig
from forecasts.ml.members.purchase_features import FEATURES, purchase_features
from forecasts.ml.members.purchase_history import PurchaseHistory
from learning.estimator import ModelFitError
from learning.step_texts import StepText, gettext_noop

Array = NDArray[np.float64]

LEAST = 1e-4
"""Expected orders never count as less."""
CLASSICAL_FEATURES = ("classical_log_orders", "classical_p_none", "classical_p_alive")
ALL_FEATURES = (*FEATURES, *CLASSICAL_FEATURES)


@dataclass(frozen=True, eq=False)
class Known:
    """What is known of n members on one past day or several."""

    features: NDArray[np.float32]  # (n, len(ALL_FEATURES))
    orders: Array  # (n,) Pareto/NBD's mean, at least LEAST
    p_none: Array  # (n,) Pareto/NBD's
    spend: Array  # (n,) Pareto/NBD's mean times Gamma-Gamma's amount


@dataclass(frozen=True, eq=False)
class Outcome:
    """What happened within the horizon, (n,) each."""

    orders: Array
    spend: Array
    wait_days: Array  # whole days to the first order; the horizon itself if there is none


def known_on(history: PurchaseHistory, classical: Classical, *, days: int, since_day: int) -> Known:
    """What is known at the start of ``history.as_of_day`` about the next ``days``."""
    outlook = classical.outlook(history, (days,), quantiles="none")
    orders = np.maximum(outlook.orders[:, 0], LEAST)
    none = np.clip(outlook.p_none[:, 0], 0.0, 1.0)
    extra = np.stack([np.log(orders), none, outlook.p_alive], axis=1).astype(np.float32)
    features = np.concatenate([purchase_features(history, since_day=since_day), extra], axis=1)
    return Known(features, orders, none, np.maximum(outlook.spend[:, 0], LEAST))


def outcome_after(history: PurchaseHistory, day: int, days: int) -> Outcome:
    """What ``history`` holds of the ``days`` from ``day`` on, for all its members."""
    inside = (history.days >= day) & (history.days < day + days)
    rows = history.member_rows[inside]
    spend = np.bincount(rows, history.amounts[inside], minlength=len(history)).astype(np.float64)
    wait = np.full(len(history), float(days))
    wait[rows[::-1]] = history.days[inside][::-1] - day
    return Outcome(history.orders_between(day, day + days).astype(np.float64), spend, wait)


def origins(history: PurchaseHistory, *, days: int, step: int, most: int, share: float) -> list[int]:
    """Days, newest first, whose next ``days`` are known and before which there is at least as much history.

    Where there is less, ``share`` of ``days`` is enough. [] when there is not even that.
    """
    first = int(history.days.min())
    newest = history.as_of_day - days
    start_days = [newest - step * place for place in range(most)]
    return [day for day in start_days if day - first >= max(7, share * days)]


def training_rows(
    history: PurchaseHistory, start_days: list[int], *, days: int, rng: np.random.Generator, max_members: int
) -> tuple[Known, Outcome]:
    """What was known of members who had ordered before each of the days, and what happened after it."""
    if not start_days:
        message = gettext_noop("the history is too short to learn what happens within %(days)d days")
        raise ModelFitError(StepText(message, days=days))
    since = int(history.days.min())
    sample = history
    if len(history) > max_members:
        sample = history.select(np.sort(rng.choice(len(history), size=max_members, replace=False)))
    known_rows, outcomes = [], []
    classical: Classical | None = None
    for day in start_days:
        past = sample.before(day)
        known = np.flatnonzero(past.counts())
        if not len(known):
            continue
        past = past.select(known)
        classical = Classical(ClassicalConfig(max_members=4_000)).fit(past, rng=rng, near=classical)
        known_rows.append(known_on(past, classical, days=days, since_day=since))
        outcomes.append(_take(outcome_after(sample, day, days), known))
    if not known_rows:
        raise ModelFitError(gettext_noop("nobody had bought before the days to learn from"))
    return all_of(Known, known_rows), all_of(Outcome, outcomes)


Part = TypeVar("Part", Known, Outcome)


def _take(outcome: Outcome, rows: NDArray[np.int64]) -> Outcome:
    return Outcome(*(getattr(outcome, item.name)[rows] for item in fields(Outcome)))


def all_of(kind: type[Part], parts: list[Part]) -> Part:
    """The rows of all parts, one after the other."""
    return kind(*(np.concatenate([getattr(part, item.name) for part in parts]) for item in fields(kind)))
