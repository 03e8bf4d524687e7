"""Logistic regression on the order itself: the baseline that a sequence model has to beat.

It sees the same features as the last step of the sequence, the ones about the member's history included.
Cox 1958, "The regression analysis of binary sequences".
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from fraud.ml.orders.sequences import TransactionSequences
from fraud.ml.orders.training_data import (
    ALL_FEATURES,
    LabelledSequences,
    PlattCalibration,
    StepScaler,
    check_features,
    newest_slice,
    sample_genuine,
    undo_sampling,
    without_labels,
)
from learning.estimator import ArtefactError, Progress, read_artefact, silent, write_artefact
from learning.step_texts import FITTED

SCORING_BATCH = 100_000


@dataclass(frozen=True)
class LogisticConfig:
    """``inverse_penalty`` is scikit-learn's C; the newest ``validation_share`` of orders calibrates."""

    inverse_penalty: float = 0.1
    max_iterations: int = 300
    genuine_per_fraud: int = 100
    validation_share: float = 0.1


class LogisticFraud:
    """``score`` gives the probability of fraud, 0 to 1: higher is more suspect."""

    name: ClassVar[str] = "logistic"

    def __init__(self, config: LogisticConfig | None = None) -> None:
        self.config = config or LogisticConfig()

    def fit(
        self, data: LabelledSequences, /, *, rng: np.random.Generator, progress: Progress = silent
    ) -> Self:
        """Convex, so that ``rng`` only picks the genuine orders to learn from."""
        from sklearn.linear_model import LogisticRegression  # as in calibration

        data = data.checked()
        older, newest = newest_slice(data, share=self.config.validation_share)
        picked, genuine_share = sample_genuine(
            data.is_fraud[older], per_fraud=self.config.genuine_per_fraud, rng=rng
        )
        train, validation = data.select(older[np.sort(picked)]), data.select(newest)
        self.scaler_ = StepScaler.fit(train.sequences.current())
        regression = LogisticRegression(C=self.config.inverse_penalty, max_iter=self.config.max_iterations)
        regression.fit(self.scaler_.transform(train.sequences.current()), train.is_fraud)
        intercept = undo_sampling(regression.intercept_, genuine_share=genuine_share)
        self.weights_ = np.concatenate([regression.coef_[0], intercept])
        self.calibration_ = PlattCalibration.fit(self.logits(validation.sequences), validation.is_fraud)
        progress(1.0, FITTED)
        return self

    def score(self, sequences: TransactionSequences, /) -> NDArray[np.float32]:
        return self.calibration_.probability(self.logits(sequences))

    def logits(self, sequences: TransactionSequences) -> NDArray[np.float64]:
        """(n,), not calibrated."""
        parts = [np.zeros(0)]
        for batch in sequences.batches(SCORING_BATCH):
            inputs = self.scaler_.transform(batch.current()).astype(np.float64)
            parts.append(inputs @ self.weights_[:-1] + self.weights_[-1])
        return np.concatenate(parts)

    @property
    def typical_step(self) -> NDArray[np.float32]:
        """(n_step_features + n_context,): means of the training orders, the explanations' neutral values."""
        return without_labels(self.scaler_.mean)

    def save(self, path: Path) -> None:
        parameters = {
            "config": asdict(self.config),
            "features": list(ALL_FEATURES),
            "calibration": asdict(self.calibration_),
        }
        arrays = {"weights": self.weights_, **self.scaler_.arrays()}
        write_artefact(path, name=self.name, parameters=parameters, arrays=arrays)

    @classmethod
    def load(cls, path: Path) -> Self:
        parameters, arrays = read_artefact(path, name=cls.name)
        check_features(parameters)
        try:
            model = cls(LogisticConfig(**parameters["config"]))
            model.scaler_ = StepScaler.from_arrays(arrays)
            model.weights_ = arrays["weights"]
            model.calibration_ = PlattCalibration(**parameters["calibration"])
        except (KeyError, TypeError) as error:
            raise ArtefactError(f"{path.name} is not a whole {cls.name} model: {error}") from error
        return model
