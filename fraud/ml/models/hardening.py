"""Frauds as they would look with smaller amounts: the first thing that a thief who knows the model would try.

Adversarial training in the sense of Goodfellow et al. 2015, with the one change that is free to make. A fraud
whose amount is above the member's usual ones is learned from a second time with its amount reduced by a
random factor, and with the features that depend on the amount changed likewise. The genuine orders stay as
they are.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fraud.ml.orders.sequences import CONTEXT_FEATURES, TransactionSequences
from fraud.ml.orders.step_features import STEP_FEATURES, VELOCITY_WINDOWS
from fraud.ml.orders.training_data import LabelledSequences

SMALLEST_FACTOR: Final = 0.2
COPIES: Final = 1
_SHIFTED: Final = (
    "log_amount", "amount_vs_mean", "amount_vs_previous", "amount_vs_median", "amount_vs_high",
    "amount_vs_typical", "log_amount_per_line",
)  # fmt: skip


def with_smaller_amounts(data: LabelledSequences, *, rng: np.random.Generator) -> LabelledSequences:
    """``data`` and, after it, COPIES of each fraud that stands out, their amounts × a random factor."""
    standing_out = data.sequences.steps[data.sequences.window[:, -1], _step("amount_vs_high")] > 0
    chosen = np.repeat(np.flatnonzero((data.is_fraud == 1) & standing_out), COPIES)
    factor = rng.uniform(SMALLEST_FACTOR, 1, len(chosen))
    smaller = times_amount(data.sequences.select(chosen), factor)
    return LabelledSequences(
        data.sequences.followed_by(smaller),
        np.concatenate([data.is_fraud, data.is_fraud[chosen]]),
        np.concatenate([data.placed_at, data.placed_at[chosen]]),
    )


def times_amount(sequences: TransactionSequences, factor: NDArray[np.float64]) -> TransactionSequences:
    """The orders with their own amounts × ``factor`` (n,); what was before them stays.

    Close, not exact: of the spread and the rank of earlier amounts only summaries are at hand. Attacks that
    are reported (``adversarial``) recompute every feature instead.
    """
    small = sequences.compacted()
    own = small.steps[small.window[:, -1]].copy()
    amount = np.expm1(own[:, _step("log_amount")])
    change = np.log1p(amount * factor) - np.log1p(amount)
    versus = own[:, _step("amount_vs_median")].copy()
    for name in _SHIFTED:
        own[:, _step(name)] += change
    with np.errstate(invalid="ignore", divide="ignore"):
        scale = np.where(np.abs(versus) > 0.05, 1 + change / versus, 1)
        own[:, _step("amount_vs_spread")] *= scale
    own[:, _step("amount_rank")] = _rank(own)
    for name, _ in VELOCITY_WINDOWS:
        spent = np.expm1(own[:, _step(f"sum_{name}")])
        own[:, _step(f"sum_{name}")] = np.log1p(np.maximum(spent - amount * (1 - factor), 0))
    context = small.context.copy()
    for name in ("place_amount_vs_median", "place_amount_vs_high"):
        context[:, CONTEXT_FEATURES.index(name)] += change
    place = small.place.copy()
    place[:, -1, 1] += change  # log_amount
    window = small.window.copy()
    window[:, -1] = len(small.steps) + np.arange(len(window))
    return replace(
        small, steps=np.concatenate([small.steps, own]), window=window, context=context, place=place
    )


def _rank(own: NDArray[np.float32]) -> NDArray[np.float32]:
    """The share of smaller amounts, guessed from the distances to the median and the ninetieth percentile."""
    median, high = own[:, _step("amount_vs_median")], own[:, _step("amount_vs_high")]
    with np.errstate(invalid="ignore", divide="ignore"):
        between = 0.5 + 0.4 * median / np.maximum(median - high, 1e-3)
    old = own[:, _step("amount_rank")]
    return np.where(high >= 0, old, np.clip(between, 0, 0.9)).astype(np.float32)


def _step(name: str) -> int:
    return STEP_FEATURES.index(name)
