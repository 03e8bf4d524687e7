"""Past days from which the future is known: what was seen then, and what came."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from forecasts.ml.members.classical import Classical, ClassicalConfig
from forecasts.ml.members.purchase_features import FEATURES, purchase_features
from forecasts.ml.members.purchase_history import PurchaseHistory
from learning.estimator import ModelFitError

Array = NDArray[np.float64]

LEAST = 1e-4
"""Expected orders never count as less."""
CLASSICAL_FEATURES = ("classical_log_orders", "classical_p_none", "classical_p_alive")
ALL_FEATURES = (*FEATURES, *CLASSICAL_FEATURES)


@dataclass(frozen=True, eq=False)
class Seen:
    """What a model sees of n members on one morning or several."""

    features: NDArray[np.float32]  # (n, len(ALL_FEATURES))
    orders: Array  # (n,) Pareto/NBD's mean, at least LEAST
    p_none: Array  # (n,) Pareto/NBD's
    spend: Array  # (n,) Pareto/NBD's mean times Gamma-Gamma's amount


@dataclass(frozen=True, eq=False)
class Came:
    """What the horizon then brought, (n,) each."""

    orders: Array
    spend: Array
    wait_days: Array  # whole days to the first order; the horizon itself if none came


def seen_on(history: PurchaseHistory, classical: Classical, *, days: int, since_day: int) -> Seen:
    """What is seen on the morning of ``history.as_of_day`` for the next ``days``."""
    outlook = classical.outlook(history, (days,), quantiles="none")
    orders = np.maximum(outlook.orders[:, 0], LEAST)
    none = np.clip(outlook.p_none[:, 0], 0.0, 1.0)
    extra = np.stack([np.log(orders), none, outlook.p_alive], axis=1).astype(np.float32)
    features = np.concatenate([purchase_features(history, since_day=since_day), extra], axis=1)
    return Seen(features, orders, none, np.maximum(outlook.spend[:, 0], LEAST))


def came_after(history: PurchaseHistory, day: int, days: int) -> Came:
    """What ``history`` holds of the ``days`` from ``day`` on, for all its members."""
    inside = (history.days >= day) & (history.days < day + days)
    rows = history.member_rows[inside]
    spend = np.bincount(rows, history.amounts[inside], minlength=len(history)).astype(np.float64)
    wait = np.full(len(history), float(days))
    wait[rows[::-1]] = history.days[inside][::-1] - day
    return Came(history.orders_between(day, day + days).astype(np.float64), spend, wait)


def origins(history: PurchaseHistory, *, days: int, step: int, most: int, share: float) -> list[int]:
    """Mornings, newest first, whose next ``days`` are known and before which at least as much was seen.

    ``share`` of ``days`` is enough to have been seen when there is no more. [] when not even that.
    """
    first = int(history.days.min())
    newest = history.as_of_day - days
    mornings = [newest - step * place for place in range(most)]
    return [day for day in mornings if day - first >= max(7, share * days)]


def lessons(
    history: PurchaseHistory, mornings: list[int], *, days: int, rng: np.random.Generator, max_members: int
) -> tuple[Seen, Came]:
    """What was seen of members who had bought before, and what came, one morning after another."""
    if not mornings:
        raise ModelFitError(f"the history is too short to learn what happens within {days} days")
    since = int(history.days.min())
    sample = history
    if len(history) > max_members:
        sample = history.select(np.sort(rng.choice(len(history), size=max_members, replace=False)))
    seen, came = [], []
    classical: Classical | None = None
    for day in mornings:
        past = sample.before(day)
        known = np.flatnonzero(past.counts())
        if not len(known):
            continue
        past = past.select(known)
        classical = Classical(ClassicalConfig(max_members=4_000)).fit(past, rng=rng, near=classical)
        seen.append(seen_on(past, classical, days=days, since_day=since))
        came.append(_take(came_after(sample, day, days), known))
    if not seen:
        raise ModelFitError("nobody had bought on the mornings to learn from")
    return _all(Seen, seen), _all(Came, came)


Part = TypeVar("Part", Seen, Came)


def _take(came: Came, rows: NDArray[np.int64]) -> Came:
    return Came(*(getattr(came, item.name)[rows] for item in fields(Came)))


def _all(kind: type[Part], parts: list[Part]) -> Part:
    return kind(*(np.concatenate([getattr(part, item.name) for part in parts]) for item in fields(kind)))
