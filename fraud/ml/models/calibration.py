"""From a model's logit to a probability that can be multiplied with money."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from fraud.ml.orders.training_data import PlattCalibration, sigmoid
from learning.estimator import Array

FEWEST_FRAUDS: Final = 60
"""Fewer cannot carry an isotonic curve; Platt's two numbers are fitted to them instead."""
RAW_SHARE: Final = 1e-3
"""How much of the raw ranking is mixed in, so that orders on one step of the curve keep theirs."""


@dataclass(frozen=True)
class MonotoneCalibration:
    """Probability = a rising curve of the logit, fitted on orders newer than the model saw.

    Isotonic regression (Zadrozny & Elkan 2002): level on each of its steps, straight between them. (Drawn
    through the middles of the steps it would rise already within the lowest one, which holds nearly all
    genuine orders, and make frauds of half of them.) ``knots`` (2, k) float64 are logits and probabilities,
    none where Platt scaling is used.
    """

    platt: PlattCalibration
    knots: NDArray[np.float64]

    @classmethod
    def fit(cls, logits: NDArray[np.float64], is_fraud: NDArray[np.float32]) -> Self:
        from sklearn.isotonic import IsotonicRegression  # 40 MB that processes which only score do without

        platt = PlattCalibration.fit(logits, is_fraud)
        if is_fraud.sum() < FEWEST_FRAUDS:
            return cls(platt, np.zeros((2, 0)))
        order = np.argsort(logits, kind="stable")
        x = np.round(logits[order], 9)  # knots closer than that would make infinite slopes
        y = IsotonicRegression(y_min=0, y_max=1).fit_transform(x, is_fraud[order].astype(np.float64))
        starts = np.concatenate([[0], np.flatnonzero(np.diff(y)) + 1])
        ends = np.append(starts[1:], len(y)) - 1
        sizes = ends - starts + 1
        # as if half an order of either kind more had been seen on each step: none is certain
        level = np.maximum.accumulate((y[starts] * sizes + 0.5 * is_fraud.mean()) / (sizes + 0.5))
        edges, first = np.unique(np.concatenate([x[starts], x[ends]]), return_index=True)
        return cls(platt, np.stack([edges, np.concatenate([level, level])[first]]))

    def probability(self, logits: NDArray[np.float64]) -> NDArray[np.float32]:
        """(n,) float32 in 0..1, in the order of the logits."""
        if not self.knots.shape[1]:
            return self.platt.probability(logits)
        curve = np.interp(logits, self.knots[0], self.knots[1])
        mixed = (1 - RAW_SHARE) * curve + RAW_SHARE * _rising(logits)
        return np.asarray(mixed, np.float32)

    def parameters(self) -> dict[str, float]:
        return {"slope": self.platt.slope, "offset": self.platt.offset}

    def arrays(self) -> dict[str, Array]:
        return {"calibration.knots": self.knots}

    @classmethod
    def from_artefact(cls, parameters: Mapping[str, float], arrays: Mapping[str, Array]) -> Self:
        """Raises KeyError or TypeError when something is missing."""
        return cls(PlattCalibration(**parameters), arrays["calibration.knots"])


def _rising(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """The sigmoid below zero; above, where float32 would soon see no difference near 1, something slower."""
    above = np.maximum(logits, 0) / 4
    return np.where(logits < 0, sigmoid(logits), 0.5 + 0.5 * above / (1 + above))
