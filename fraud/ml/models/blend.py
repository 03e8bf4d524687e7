"""What is served: the two-sequence LSTM, boosted trees and logistic regression, each alone if another fails.

Their logits are added with weights that are fitted on orders that none of them was trained on (stacking,
Wolpert 1992), with a penalty towards equal shares of the two strong ones: a few hundred frauds cannot tell
more.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Final, Self

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from fraud.ml.models.boosted_trees import BoostedTrees, TreesConfig
from fraud.ml.models.calibration import MonotoneCalibration
from fraud.ml.models.logistic import LogisticConfig, LogisticFraud
from fraud.ml.models.two_sequence_lstm import TwoLstmConfig, TwoSequenceLstm
from fraud.ml.orders.sequences import TransactionSequences
from fraud.ml.orders.training_data import (
    ALL_FEATURES,
    LabelledSequences,
    check_features,
    newest_slice,
    sigmoid,
)
from learning.estimator import (
    ArtefactError,
    ModelFitError,
    Progress,
    part,
    read_artefact,
    silent,
    write_artefact,
)
from learning.json_types import JsonMapping, JsonObject

logger = logging.getLogger(__name__)
PARTS: Final[dict[str, Callable[[Any], Any]]] = {
    "lstm": TwoSequenceLstm,
    "boosted_trees": BoostedTrees,
    "logistic": LogisticFraud,
}
PRIOR: Final = {"lstm": 0.5, "boosted_trees": 0.5, "logistic": 0.0}
PROGRESS: Final = {"lstm": (0.0, 0.75), "boosted_trees": (0.75, 0.95), "logistic": (0.95, 1.0)}


@dataclass(frozen=True)
class BlendConfig:
    """``pull`` is how many frauds' worth of evidence it takes to leave the weights that are the prior."""

    lstm: TwoLstmConfig = field(default_factory=TwoLstmConfig)
    boosted_trees: TreesConfig = field(default_factory=TreesConfig)
    logistic: LogisticConfig = field(default_factory=LogisticConfig)
    pull: float = 50.0
    validation_share: float = 0.1


class FraudBlend:
    """``score`` gives the probability of fraud, 0 to 1: higher is more suspect.

    ``parts_`` are the models that could be fitted (or loaded), by name; ``weights_`` one for each.
    """

    name: ClassVar[str] = "blend"

    def __init__(self, config: BlendConfig | None = None) -> None:
        self.config = config or BlendConfig()

    def fit(
        self,
        data: LabelledSequences,
        /,
        *,
        rng: np.random.Generator,
        progress: Progress = silent,
        fitted: JsonMapping | None = None,
    ) -> Self:
        """``fitted``: models trained before on the same ``data``; those that are a part are used.

        Raises ModelFitError when no part can be fitted.
        """
        data = data.checked()
        self.parts_: JsonObject = {}
        for name, build in PARTS.items():
            model, before = build(getattr(self.config, name)), (fitted or {}).get(name)
            if before is not None and before.config == model.config:
                self.parts_[name] = before
                continue
            try:
                self.parts_[name] = model.fit(
                    data, rng=rng.spawn(1)[0], progress=part(progress, *PROGRESS[name])
                )
            except ModelFitError:
                logger.warning("the blend goes without %s, which could not be fitted", name, exc_info=True)
        if not self.parts_:
            raise ModelFitError("none of the models could be fitted")
        return self._joined(data)

    def score(self, sequences: TransactionSequences, /) -> NDArray[np.float32]:
        return self.calibration_.probability(self.logits(sequences))

    def logits(self, sequences: TransactionSequences) -> NDArray[np.float64]:
        """(n,) of the parts that answer, weighted. Raises the last failure when none does.

        A part that weighs nothing is asked only when no other answers.
        """
        total, weight = np.zeros(len(sequences)), 0.0
        failure: Exception | None = None
        for name in sorted(self.parts_, key=self.weights_.__getitem__, reverse=True):
            share = max(self.weights_[name], 1e-6)  # enough to answer alone
            if weight and share == 1e-6:
                break
            try:
                logits = self.parts_[name].logits(sequences)
                if not np.isfinite(logits).all():
                    raise ArithmeticError(f"{name} gave a score that is not finite")
            except Exception as error:  # any fault of one part: the others answer
                logger.exception("the blend answers without %s", name)
                failure = error
                continue
            total += share * logits
            weight += share
        if weight == 0.0:
            raise failure or ArithmeticError("the blend has no parts")
        return total * (sum(self.weights_.values()) / weight)

    @property
    def typical_step(self) -> NDArray[np.float32]:
        """(n_step_features + n_context,): the first part's, the explanations' neutral values."""
        typical: NDArray[np.float32] = next(iter(self.parts_.values())).typical_step
        return typical

    def save(self, path: Path) -> None:
        parameters = {
            "config": asdict(self.config),
            "features": list(ALL_FEATURES),
            "weights": self.weights_,
            "calibration": self.calibration_.parameters(),
        }
        write_artefact(path, name=self.name, parameters=parameters, arrays=self.calibration_.arrays())
        for name, model in self.parts_.items():
            model.save(path / name)

    @classmethod
    def load(cls, path: Path) -> Self:
        """With whatever parts can be read; raises ArtefactError when none can."""
        parameters, arrays = read_artefact(path, name=cls.name)
        check_features(parameters)
        try:
            config = parameters["config"]
            model = cls(
                BlendConfig(
                    **{
                        **config,
                        "lstm": TwoLstmConfig(**config["lstm"]),
                        "boosted_trees": TreesConfig(**config["boosted_trees"]),
                        "logistic": LogisticConfig(**config["logistic"]),
                    }
                )
            )
            model.weights_ = {name: float(weight) for name, weight in parameters["weights"].items()}
            model.calibration_ = MonotoneCalibration.from_artefact(parameters["calibration"], arrays)
        except (KeyError, TypeError) as error:
            raise ArtefactError(f"{path.name} is not a whole {cls.name} model: {error}") from error
        model.parts_ = {}
        for name in model.weights_:
            try:
                model.parts_[name] = PARTS[name].load(path / name)  # type: ignore[attr-defined]  # classes
            except ArtefactError:
                logger.exception("the blend in %s answers without %s", path.name, name)
        if not model.parts_:
            raise ArtefactError(f"{path.name} holds a blend of which no part can be read")
        return model

    def _joined(self, data: LabelledSequences) -> Self:
        _older, newest = newest_slice(data, share=self.config.validation_share)
        held_back = data.select(newest)
        names = list(self.parts_)
        logits = np.stack([self.parts_[name].logits(held_back.sequences) for name in names], axis=1)
        self.weights_ = _weights(logits, held_back.is_fraud, names=names, pull=self.config.pull)
        joined = logits @ np.array([self.weights_[name] for name in names])
        self.calibration_ = MonotoneCalibration.fit(joined, held_back.is_fraud)
        return self


def _weights(
    logits: NDArray[np.float64], is_fraud: NDArray[np.float32], *, names: list[str], pull: float
) -> dict[str, float]:
    """Least log loss among weights of 0 and more, with a quadratic pull to the prior; (n, n_parts) logits."""
    prior = np.array([PRIOR[name] for name in names])
    prior = prior / prior.sum() if prior.sum() else np.full(len(names), 1 / len(names))

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        joined = logits @ weights[:-1] + weights[-1]
        apart = weights[:-1] - prior
        value = np.logaddexp(0, joined).sum() - (is_fraud * joined).sum() + pull * (apart**2).sum()
        slope = sigmoid(joined) - is_fraud
        return float(value), np.append(logits.T @ slope + 2 * pull * apart, slope.sum())

    bounds = [(0.0, None)] * len(names) + [(None, None)]
    solution = minimize(loss, np.append(prior, 0.0), jac=True, bounds=bounds, method="L-BFGS-B").x[:-1]
    if not np.isfinite(solution).all() or solution.sum() < 0.1:
        solution = prior
    return {name: float(weight) for name, weight in zip(names, solution / solution.sum(), strict=True)}
