"""What a model is worth to a shop: money lost at a threshold, calibration, and members with short histories.

Pure functions over arrays: ``is_fraud`` (n,) of 0/1, ``probability`` (n,) 0..1, ``amount`` (n,) in currency.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from learning.json_types import JsonObject
from learning.metrics.detection import average_precision

HISTORY_GROUPS: Final = ((0, 0), (1, 3), (4, 15), (16, 63), (64, None))
"""Earlier orders of the member, from and to."""
CALIBRATION_BINS: Final = 15
Numbers = NDArray[np.floating] | NDArray[np.integer]


def cost_of_decisions(
    is_fraud: Numbers,
    reviewed: NDArray[np.bool_],
    amount: Numbers,
    *,
    review_cost: float,
) -> float:
    """Every review costs ``review_cost``, every fraud that is not reviewed its amount."""
    missed = (is_fraud == 1) & ~reviewed
    return float(review_cost * reviewed.sum() + amount[missed].sum())


def worth_a_review(probability: Numbers, amount: Numbers, *, review_cost: float) -> NDArray[np.bool_]:
    """Where the expected loss is larger than the cost of a review."""
    return np.asarray(probability.astype(np.float64) * amount > review_cost)


def cost_figures(
    is_fraud: Numbers,
    probability: Numbers,
    amount: Numbers,
    *,
    review_cost: float,
) -> dict[str, float]:
    """With reviews by expected loss, with reviews above one half, and without a model."""
    rules = {
        "expected_cost": worth_a_review(probability, amount, review_cost=review_cost),
        "cost_at_half": probability > 0.5,
        "cost_without_model": np.zeros(len(is_fraud), bool),
    }
    return {
        name: round(cost_of_decisions(is_fraud, reviewed, amount, review_cost=review_cost), 2)
        for name, reviewed in rules.items()
    }


def calibration_error(is_fraud: Numbers, probability: Numbers) -> float:
    """Mean distance of probability and truth over bins of equally many orders; NaN without orders.

    Expected calibration error (Naeini et al. 2015) with equal-mass bins, since nearly all orders score low.
    """
    if not len(is_fraud):
        return float("nan")
    order = np.argsort(probability, kind="stable")
    bins = [rows for rows in np.array_split(order, CALIBRATION_BINS) if len(rows)]
    apart = [abs(float(probability[rows].mean()) - float(is_fraud[rows].mean())) for rows in bins]
    return float(np.average(apart, weights=[len(rows) for rows in bins]))


def by_history(is_fraud: Numbers, probability: Numbers, n_earlier: NDArray[np.integer]) -> list[JsonObject]:
    """Figures of orders whose member had few or many earlier orders: what is lost at a cold start.

    ``n_earlier`` (n,): earlier orders of the member, as far as features look back.
    """
    rows: list[JsonObject] = []
    for low, high in HISTORY_GROUPS:
        inside = (n_earlier >= low) & (n_earlier <= (np.inf if high is None else high))
        frauds = int(is_fraud[inside].sum())
        reached = average_precision(is_fraud[inside], probability[inside]) if frauds else None
        rows.append(
            {
                "earlier_orders": f"{low}" if low == high else f"{low}-{'' if high is None else high}",
                "orders": int(inside.sum()),
                "frauds": frauds,
                "average_precision": reached,
            }
        )
    return rows
