"""Sequences as the numbers that the two-sequence LSTM reads: scaled, with flags for what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fraud.ml.orders.place_history import PLACE_FEATURES
from fraud.ml.orders.sequences import TransactionSequences
from fraud.ml.orders.step_features import STEP_FEATURES
from fraud.ml.orders.training_data import StepScaler
from learning.estimator import Array

BINS = 6


@dataclass(frozen=True)
class PiecewiseBins:
    """How far a fact is through each bin of its range, 0 to 1: what lets a small head draw sharp lines.

    Piecewise linear encoding (Gorishniy, Rubachev & Babenko 2022), bins between quantiles. A missing fact is
    0 in all of them.
    """

    column: NDArray[np.int64]  # (n,) of the facts
    low: NDArray[np.float32]
    high: NDArray[np.float32]

    @classmethod
    def fit(cls, facts: NDArray[np.float32]) -> Self:
        """``facts`` (m, n_facts), NaN for missing; constant ones get no bins."""
        columns, lows, highs = [], [], []
        for column in range(facts.shape[1]):
            known = facts[:, column][~np.isnan(facts[:, column])]
            if not len(known):
                continue
            edges = np.unique(np.quantile(known, np.linspace(0, 1, BINS + 1)).astype(np.float32))
            columns += [column] * (len(edges) - 1)
            lows += edges[:-1].tolist()
            highs += edges[1:].tolist()
        return cls(np.array(columns, np.int64), np.array(lows, np.float32), np.array(highs, np.float32))

    @property
    def n(self) -> int:
        return len(self.column)

    def transform(self, facts: NDArray[np.float32]) -> NDArray[np.float32]:
        """(m, n)."""
        through = facts[:, self.column]
        through -= self.low
        through /= self.high - self.low
        np.fmax(through, 0, out=through)  # NaN becomes 0
        np.minimum(through, 1, out=through)
        return through


def _facts(sequences: TransactionSequences) -> NDArray[np.float32]:
    """(n, n_step_features + n_context), as they are."""
    return np.concatenate([sequences.steps[sequences.window[:, -1]], sequences.context], axis=1)


@dataclass(frozen=True)
class Scalers:
    """Means and spreads of training orders: of the member's steps, the place's steps and the context."""

    steps: StepScaler
    context: StepScaler
    place_mean: NDArray[np.float32]
    place_spread: NDArray[np.float32]
    bins: PiecewiseBins

    @classmethod
    def fit(cls, sequences: TransactionSequences, *, even: TransactionSequences) -> Self:
        """``even``: as many frauds as genuine orders, so that bins are narrow where the two kinds differ."""
        place = sequences.place.reshape(-1, len(PLACE_FEATURES))
        place = place[place[:, 0] > 0]
        mean, spread = place.mean(axis=0), np.maximum(place.std(axis=0), 1e-3)
        mean[0], spread[0] = 0, 1  # 1 says: here is an order
        own = sequences.steps[sequences.window[:, -1]]
        return cls(
            StepScaler.fit(own),
            StepScaler.fit(sequences.context),
            mean.astype(np.float32),
            spread.astype(np.float32),
            PiecewiseBins.fit(_facts(even)),
        )

    @property
    def n_steps(self) -> int:
        return len(STEP_FEATURES) + len(self.steps.flagged) + 1  # and one that says: here is an order

    @property
    def n_facts(self) -> int:
        return self.n_steps + len(self.context.mean) + len(self.context.flagged) + self.bins.n

    def inputs(self, sequences: TransactionSequences) -> Inputs:
        """Only the steps that the windows show, each scaled once."""
        if len(sequences) == 1:
            used, window = _seen_by_one(sequences.window)
        else:
            used, window = _seen(sequences.window, n_steps=len(sequences.steps))
        scaled = self.steps.transform(sequences.steps[used])
        steps = np.zeros((len(scaled) + 1, self.n_steps), np.float32)
        steps[:-1, :-1] = scaled
        steps[:-1, -1] = 1
        there = sequences.place[:, :, :1] > 0
        place = np.where(there, (sequences.place - self.place_mean) / self.place_spread, np.float32(0))
        own, context = steps[window[:, -1]], self.context.transform(sequences.context)
        facts = np.concatenate([own, context, self.bins.transform(_facts(sequences))], axis=1)
        return Inputs(steps, window, sequences.labels, place, facts)

    def arrays(self) -> dict[str, Array]:
        return {
            **self.steps.arrays(),
            **{f"context.{key}": value for key, value in self.context.arrays().items()},
            "place.mean": self.place_mean,
            "place.spread": self.place_spread,
            "bins.column": self.bins.column,
            "bins.low": self.bins.low,
            "bins.high": self.bins.high,
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Array]) -> Self:
        """Raises KeyError."""
        prefix = "context."
        context = {key.removeprefix(prefix): value for key, value in arrays.items() if key.startswith(prefix)}
        return cls(
            StepScaler.from_arrays(arrays),
            StepScaler.from_arrays(context),
            arrays["place.mean"],
            arrays["place.spread"],
            PiecewiseBins(arrays["bins.column"], arrays["bins.low"], arrays["bins.high"]),
        )


@dataclass(frozen=True)
class Inputs:
    """What ``lstm_inference.forward`` takes, and batches for the torch module."""

    steps: NDArray[np.float32]  # (n_steps + 1, n_step_inputs); the last row, all zeros, stands for "no order"
    window: NDArray[np.int64]  # (n, length)
    labels: NDArray[np.float32]  # (n, length, n_labels)
    place: NDArray[np.float32]  # (n, length, n_place)
    facts: NDArray[np.float32]  # (n, n_facts)

    def batch(self, rows: NDArray[np.integer] | slice) -> tuple[Tensor, Tensor, Tensor]:
        member = np.concatenate([self.steps[self.window[rows]], self.labels[rows]], axis=2)
        return (
            torch.from_numpy(member),
            torch.from_numpy(self.place[rows]),
            torch.from_numpy(self.facts[rows]),
        )


def _seen(window: NDArray[np.int64], *, n_steps: int) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """(rows of steps that windows show, the windows on those alone; "no order" is one past the last)."""
    shown = np.zeros(n_steps + 1, bool)
    shown[window] = True  # -1 marks the one past the last
    used = np.flatnonzero(shown[:-1])
    place = np.full(n_steps + 1, len(used), np.int64)
    place[used] = np.arange(len(used))
    return used, place[window]


def _seen_by_one(window: NDArray[np.int64]) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    length = window.shape[1]
    there = window[0] >= 0
    used = window[0][there]
    return used, np.where(there, np.arange(length) - (length - len(used)), len(used))[None]
