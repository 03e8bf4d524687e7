"""Counts of members whose figures contradict each other: none, in forecasts that are read from one curve."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forecasts.ml.members.curves.coherence import SLACK
from forecasts.ml.members.outlook import LEVELS
from forecasts.ml.members.purchase_history import CHANCE_DAYS, MemberForecasts

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

NEAR = 1e-4
"""Figures are float32, and rounded in the database: differences this small say nothing."""

NO_CHANCE = 1e-6


def contradictions(forecasts: MemberForecasts) -> dict[str, int]:
    """Members for each kind of contradiction, 0 where there is none. The horizons must rise."""
    if list(forecasts.horizons) != sorted(set(forecasts.horizons)):
        raise ValueError(f"horizons must rise, not {forecasts.horizons}")
    flags = {**_of_chances(forecasts), **_of_orders(forecasts), **_of_ranges(forecasts)}
    return {kind: int(rows.sum()) for kind, rows in flags.items()}


def _of_chances(forecasts: MemberForecasts) -> dict[str, Flags]:
    chance, alive = forecasts.chances.astype(np.float64), forecasts.p_alive.astype(np.float64)
    within = 1.0 - forecasts.p_inactive.astype(np.float64)
    most = np.maximum(chance[:, -1], within[:, -1])
    waits = forecasts.next_order_days.astype(np.float64)
    shared = [(place, CHANCE_DAYS.index(days)) for place, days in _kept_days(forecasts)]
    differs = np.zeros(len(alive), dtype=bool)
    for place, column in shared:
        differs |= np.abs(within[:, place] - chance[:, column]) > NEAR
    missed = np.zeros(len(alive), dtype=bool)
    for place, level in enumerate(LEVELS):
        for column, days in enumerate(CHANCE_DAYS):
            missed |= (waits[:, place] < days - NEAR * days) & (chance[:, column] < level - NEAR)
            missed |= (waits[:, place] > days + NEAR * days) & (chance[:, column] > level + NEAR)
    return {
        "chance falls with the days": _falls(chance) | _falls(within),
        "likelier to order than to be alive": most > alive + NEAR,
        "two chances of one horizon": differs,
        "a day of the next order against a chance": missed,
        "days of the next order not in order": _falls(waits),
    }


def _of_orders(forecasts: MemberForecasts) -> dict[str, Flags]:
    mean = forecasts.expected_orders.astype(np.float64)
    within = 1.0 - forecasts.p_inactive.astype(np.float64)
    days = np.array(forecasts.horizons, dtype=np.float64)
    near = NEAR * (1.0 + mean)
    first, more = np.diff(within, axis=1), np.diff(mean, axis=1)
    pace = np.maximum(np.maximum.accumulate(mean / days, axis=1), forecasts.daily_rate[:, None])
    most = np.maximum(first, 0.0) + SLACK * pace[:, :-1] * np.diff(days)
    return {
        "orders without a chance of one": _any((within < NO_CHANCE) & (mean > 0.01)),
        "fewer orders than the chance of one": _any(mean < within - near),
        "more first orders than orders": _any(more < first - near[:, 1:]),
        "orders grow faster than the member orders": _any(more > most + near[:, 1:]),
        "spend or units fall with the days": _falls(forecasts.expected_spend)
        | _falls(forecasts.expected_units),
    }


def _of_ranges(forecasts: MemberForecasts) -> dict[str, Flags]:
    none = forecasts.p_inactive.astype(np.float64)
    counts = np.stack([forecasts.orders_low, forecasts.median_orders, forecasts.orders_high], axis=2)
    spends = np.stack([forecasts.spend_low, forecasts.median_spend, forecasts.spend_high], axis=2)
    levels = np.array(LEVELS)
    some, likely = counts >= 1, levels > none[:, :, None]
    clear = np.abs(levels - none[:, :, None]) > NEAR
    return {
        "a range of orders against a chance": ((some != likely) & clear).any(axis=(1, 2)),
        "money without an order": ((spends > 0) & ~some).any(axis=(1, 2)),
        "ranges not in order": (np.diff(counts, axis=2) < 0).any(axis=(1, 2))
        | (np.diff(spends, axis=2) < 0).any(axis=(1, 2)),
        "ranges fall with the days": (np.diff(counts, axis=1) < 0).any(axis=(1, 2))
        | (np.diff(spends, axis=1) < 0).any(axis=(1, 2)),
    }


def _kept_days(forecasts: MemberForecasts) -> list[tuple[int, int]]:
    return [(place, days) for place, days in enumerate(forecasts.horizons) if days in CHANCE_DAYS]


def _falls(rows: NDArray[np.floating]) -> Flags:
    own = rows.astype(np.float64)
    return np.asarray((np.diff(own, axis=1) < -NEAR * (1.0 + np.abs(own[:, 1:]))).any(axis=1))


def _any(members: Flags) -> Flags:
    """Rows (n, k) with at least one."""
    return np.asarray(members.any(axis=1))
