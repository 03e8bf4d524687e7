"""Gradient-boosted decision trees on the order and all that is known of its member and store.

Ke et al. 2017, "LightGBM: a highly efficient gradient boosting decision tree". They read the same features as
the logistic baseline, missing ones as missing, and need no scaling.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar, Final, Self

import numpy as np
from numpy.typing import NDArray

from fraud.ml.models.calibration import MonotoneCalibration
from fraud.ml.models.hardening import with_smaller_amounts
from fraud.ml.orders.returns import RETURN_FEATURES
from fraud.ml.orders.sequences import FEATURES, TransactionSequences
from fraud.ml.orders.training_data import (
    ALL_FEATURES,
    LabelledSequences,
    check_features,
    newest_slice,
    sample_genuine,
    undo_sampling,
    without_labels,
)
from learning.boosting import lightgbm
from learning.estimator import ArtefactError, Progress, read_artefact, silent, write_artefact
from learning.json_types import JsonObject
from learning.step_texts import TREE, StepText

TREES_FILE: Final = "trees.txt"
SCORING_BATCH: Final = 100_000


@dataclass(frozen=True)
class TreesConfig:
    """``fewest_in_leaf`` is a share of the training orders, so that a small shop's trees stay small.

    ``patience``: trees without a better average precision on the newest ``validation_share`` of orders.
    ``hardened``: frauds are also shown with smaller amounts, see ``hardening``.
    """

    trees: int = 200
    leaves: int = 31
    depth: int = 8
    learning_rate: float = 0.05
    fewest_in_leaf: int = 40
    feature_share: float = 0.5
    order_share: float = 0.7
    l2: float = 5.0
    patience: int = 60
    genuine_per_fraud: int = 30
    validation_share: float = 0.1
    hardened: bool = False


class BoostedTrees:
    """``score`` gives the probability of fraud, 0 to 1: higher is more suspect."""

    name: ClassVar[str] = "boosted_trees"

    def __init__(self, config: TreesConfig | None = None) -> None:
        self.config = config or TreesConfig()

    def fit(
        self, data: LabelledSequences, /, *, rng: np.random.Generator, progress: Progress = silent
    ) -> Self:
        data = data.checked()
        older, newest = newest_slice(data, share=self.config.validation_share)
        validation = data.select(newest)
        picked, self.genuine_share_ = sample_genuine(
            data.is_fraud[older], per_fraud=self.config.genuine_per_fraud, rng=rng
        )
        train = data.select(older[picked])
        if self.config.hardened:
            train = with_smaller_amounts(train, rng=rng)
        # a shop without refunds trains as if they were unknown, and so do versions from before they were
        self.reads_returns_ = bool((train.sequences.returns > 0).any())
        self.typical_ = _means(train.sequences.current())
        self.booster_ = self._boosted(train, validation, seed=int(rng.integers(2**31)), progress=progress)
        self.calibration_ = MonotoneCalibration.fit(self.logits(validation.sequences), validation.is_fraud)
        return self

    def score(self, sequences: TransactionSequences, /) -> NDArray[np.float32]:
        return self.calibration_.probability(self.logits(sequences))

    def logits(self, sequences: TransactionSequences) -> NDArray[np.float64]:
        """(n,), as if trained on every genuine order; not calibrated."""
        parts = [np.zeros(0)]
        for batch in sequences.batches(SCORING_BATCH):
            raw = self.booster_.predict(self._inputs(batch), raw_score=True, num_threads=1)
            parts.append(np.asarray(raw, np.float64))
        return undo_sampling(np.concatenate(parts), genuine_share=self.genuine_share_)

    def _inputs(self, sequences: TransactionSequences) -> NDArray[np.float32]:
        """(n, n_features)."""
        current = sequences.current()
        return np.concatenate([current, sequences.returns], axis=1) if self.reads_returns_ else current

    @property
    def typical_step(self) -> NDArray[np.float32]:
        """(n_step_features + n_context,): means of the training orders, the explanations' neutral values."""
        return without_labels(self.typical_)

    def save(self, path: Path) -> None:
        parameters = {
            "config": asdict(self.config),
            "features": list(ALL_FEATURES),
            "reads_returns": self.reads_returns_,
            "genuine_share": self.genuine_share_,
            "calibration": self.calibration_.parameters(),
        }
        arrays = {"typical": self.typical_, **self.calibration_.arrays()}
        write_artefact(path, name=self.name, parameters=parameters, arrays=arrays)
        (path / TREES_FILE).write_text(self.booster_.model_to_string(), encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Self:
        parameters, arrays = read_artefact(path, name=cls.name)
        check_features(parameters)
        try:
            model = cls(TreesConfig(**parameters["config"]))
            model.reads_returns_ = bool(parameters.get("reads_returns", False))
            model.genuine_share_ = float(parameters["genuine_share"])
            model.calibration_ = MonotoneCalibration.from_artefact(parameters["calibration"], arrays)
            model.typical_ = arrays["typical"]
            text = (path / TREES_FILE).read_text(encoding="utf-8")
            model.booster_ = lightgbm.Booster(model_str=text)
        except (KeyError, TypeError, OSError, UnicodeDecodeError, lightgbm.basic.LightGBMError) as error:
            raise ArtefactError(f"{path.name} is not a whole {cls.name} model: {error}") from error
        return model

    def _boosted(
        self, train: LabelledSequences, validation: LabelledSequences, *, seed: int, progress: Progress
    ) -> lightgbm.Booster:
        config = self.config
        parameters: JsonObject = {
            "objective": "binary",
            "metric": "average_precision",
            "num_leaves": config.leaves,
            "max_depth": config.depth,
            "learning_rate": config.learning_rate,
            "min_data_in_leaf": min(config.fewest_in_leaf, max(len(train) // 100, 2)),
            "feature_fraction": config.feature_share,
            "bagging_fraction": config.order_share,
            "bagging_freq": 1,
            "lambda_l2": config.l2,
            "seed": seed,
            "deterministic": True,
            "force_row_wise": True,
            "verbosity": -1,
        }
        names = [*FEATURES, *RETURN_FEATURES] if self.reads_returns_ else list(FEATURES)
        inputs = self._inputs(train.sequences)
        learned = lightgbm.Dataset(inputs, train.is_fraud, feature_name=names, free_raw_data=True)
        held_back = lightgbm.Dataset(
            self._inputs(validation.sequences), validation.is_fraud, reference=learned
        )

        def report(env: Any) -> None:
            progress((env.iteration + 1) / config.trees, StepText(TREE, n=env.iteration + 1))

        return lightgbm.train(
            parameters,
            learned,
            config.trees,
            valid_sets=[held_back],
            callbacks=[lightgbm.early_stopping(config.patience, verbose=False), report],
        )


def _means(current: NDArray[np.float32]) -> NDArray[np.float32]:
    """(n_features,), of what is known; 0 where nothing is."""
    known = ~np.isnan(current)
    total = np.where(known, current, 0).sum(axis=0, dtype=np.float64)
    means: NDArray[np.float32] = (total / np.maximum(known.sum(axis=0), 1)).astype(np.float32)
    return means
