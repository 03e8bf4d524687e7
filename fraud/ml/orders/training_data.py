"""What fraud models learn from, and how they pick from it. Pure functions and small dataclasses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from fraud.ml.orders.place_history import PLACE_FEATURES
from fraud.ml.orders.sequences import FEATURES, LABEL_FEATURES, TransactionSequences
from fraud.ml.orders.step_features import STEP_FEATURES
from learning.estimator import Array, ArtefactError, ModelFitError
from learning.json_types import JsonMapping
from learning.step_texts import gettext_noop

ALL_FEATURES: Final = FEATURES + tuple(f"place_step_{name}" for name in PLACE_FEATURES)
CLIP: Final = 8.0  # standard deviations beyond which values are cut


@dataclass(frozen=True)
class LabelledSequences:
    """Orders whose label is known: sequences, ``is_fraud`` (n,) of 0/1, ``placed_at`` (n,) int64 seconds."""

    sequences: TransactionSequences
    is_fraud: NDArray[np.float32]
    placed_at: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.is_fraud)

    def select(self, rows: NDArray[np.integer]) -> LabelledSequences:
        return LabelledSequences(self.sequences.select(rows), self.is_fraud[rows], self.placed_at[rows])

    def checked(self) -> LabelledSequences:
        """Itself, or a ModelFitError that says why no model can be trained on it."""
        if not len(self):
            raise ModelFitError(gettext_noop("there are no labelled orders to learn from"))
        if not np.isin(self.is_fraud, (0, 1)).all():
            raise ModelFitError("labels must be 0 or 1: leave orders without a label out")
        if self.is_fraud.min() == self.is_fraud.max():
            message = gettext_noop("the labelled orders are all genuine or all fraud: both are needed")
            raise ModelFitError(message)
        used = self.sequences.steps[self.sequences.window[:, -1]]
        if np.isinf(used).any():
            raise ModelFitError("a feature is infinite: amounts and times must be finite")
        if np.isnan(used[:, 0]).any():
            raise ModelFitError("an order has no amount: every order needs one")
        return self


def without_labels(current: NDArray[np.float32]) -> NDArray[np.float32]:
    """(n_step_features + n_context,) of (n_features,): what explanations may set to neutral values."""
    return np.delete(current, slice(len(STEP_FEATURES), len(STEP_FEATURES) + len(LABEL_FEATURES)))


def newest_slice(data: LabelledSequences, *, share: float) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """(older rows, newest ``share`` of the rows) by time; both hold frauds and genuine orders if they can."""
    order = np.argsort(data.placed_at, kind="stable")
    cut = int(len(order) * (1 - share))
    older, newest = order[:cut], order[cut:]
    for part in (older, newest):
        if not 0 < data.is_fraud[part].sum() < len(part):
            return (
                order,
                order,
            )  # too few frauds to keep any aside: a tiny shop learns and stops on all it has
    return older, newest


def sample_genuine(
    is_fraud: NDArray[np.float32], *, per_fraud: int, rng: np.random.Generator
) -> tuple[NDArray[np.intp], float]:
    """(all frauds and up to ``per_fraud`` genuine orders for each, shuffled; the share of genuine taken)."""
    frauds, genuine = np.flatnonzero(is_fraud == 1), np.flatnonzero(is_fraud == 0)
    n_taken = min(len(genuine), per_fraud * len(frauds))
    rows = np.concatenate([frauds, rng.choice(genuine, n_taken, replace=False)])
    rng.shuffle(rows)
    return rows, n_taken / len(genuine)


def sample_size(is_fraud: NDArray[np.float32], *, per_fraud: int) -> int:
    """How many rows ``sample_genuine`` takes."""
    n_frauds, n_genuine = int((is_fraud == 1).sum()), int((is_fraud == 0).sum())
    return n_frauds + min(n_genuine, per_fraud * n_frauds)


def undo_sampling(logits: NDArray[np.float64], *, genuine_share: float) -> NDArray[np.float64]:
    """Logits as if trained on every genuine order (King & Zeng 2001, prior correction)."""
    return np.asarray(logits + np.log(genuine_share))


@dataclass(frozen=True)
class StepScaler:
    """Means and spreads of training orders only; what is missing becomes the mean and is flagged.

    ``flagged`` lists the columns that were ever missing in training: each gets a 0/1 column of its own.
    """

    mean: NDArray[np.float32]
    spread: NDArray[np.float32]
    flagged: NDArray[np.int64]

    @classmethod
    def fit(cls, steps: NDArray[np.float32]) -> Self:
        """``steps``: (n, n_features) of training orders, NaN for missing."""
        missing = np.isnan(steps)
        filled = np.where(missing, 0, steps).astype(np.float64)
        n = np.maximum((~missing).sum(axis=0), 1)
        mean = filled.sum(axis=0) / n
        variance = (np.where(missing, 0, filled - mean) ** 2).sum(axis=0) / n
        spread = np.where(variance > 1e-8, np.sqrt(variance), 1)
        flagged = np.flatnonzero(missing.any(axis=0))
        return cls(mean.astype(np.float32), spread.astype(np.float32), flagged)

    def transform(self, steps: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n, n_features + n_flagged), no NaN, within ±CLIP."""
        missing = np.isnan(steps)
        scaled = np.where(missing, 0, (steps - self.mean) / self.spread)
        np.maximum(scaled, -CLIP, out=scaled)  # np.clip takes several times longer for one order
        np.minimum(scaled, CLIP, out=scaled)
        return np.concatenate([scaled, missing[:, self.flagged]], axis=1, dtype=np.float32)

    def arrays(self) -> dict[str, Array]:
        return {"scaler.mean": self.mean, "scaler.spread": self.spread, "scaler.flagged": self.flagged}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Array]) -> Self:
        return cls(arrays["scaler.mean"], arrays["scaler.spread"], arrays["scaler.flagged"])


@dataclass(frozen=True)
class PlattCalibration:
    """Probability = sigmoid(slope × logit + offset), fitted on orders newer than the model saw (Platt 1999).

    Two numbers are all that a slice with a few dozen frauds can carry; a positive slope keeps the ranking.
    """

    slope: float = 1.0
    offset: float = 0.0

    @classmethod
    def fit(cls, logits: NDArray[np.float64], is_fraud: NDArray[np.float32]) -> Self:
        """Newton steps on the log loss, with Platt's softened targets; falls back to the identity."""
        n_bad = float(is_fraud.sum())
        high, low = (n_bad + 1) / (n_bad + 2), 1 / (len(is_fraud) - n_bad + 2)
        target = np.where(is_fraud == 1, high, low)
        weights = np.array([1.0, 0.0])
        design = np.stack([logits, np.ones_like(logits)], axis=1)
        for _ in range(50):
            probability = sigmoid(design @ weights)
            gradient = design.T @ (probability - target) + 1e-3 * (weights - [1, 0])
            curvature = (design * (probability * (1 - probability))[:, None]).T @ design + 1e-3 * np.eye(2)
            step = np.linalg.solve(curvature, gradient)
            weights -= np.clip(step, -1, 1)
            if np.abs(step).max() < 1e-6:
                break
        if not np.isfinite(weights).all() or weights[0] <= 0.05:
            return cls()
        return cls(float(weights[0]), float(weights[1]))

    def probability(self, logits: NDArray[np.float64]) -> NDArray[np.float32]:
        return sigmoid(self.slope * logits + self.offset).astype(np.float32)


def sigmoid(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(0.5 * (1 + np.tanh(0.5 * logits)))  # never overflows


def check_features(parameters: JsonMapping) -> None:
    """Refuse a model that was trained on other features than this code computes."""
    if tuple(parameters.get("features", ())) != ALL_FEATURES:
        raise ArtefactError("the model was trained on other features than this version computes: retrain it")
