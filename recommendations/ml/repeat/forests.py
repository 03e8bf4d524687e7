"""The boosted trees behind the purchase ranker: LambdaMART, one forest for each size of tree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from learning.boosting import lightgbm as lgb
from learning.estimator import Progress
from learning.json_types import JsonObject
from learning.step_texts import TREES, StepText
from recommendations.ml.repeat.features import NAMES
from recommendations.ml.repeat.training_pairs import TrainingPairs, joined

SCALED_ON = 20_000
"""Rows that tell how far a forest's sums spread."""


@dataclass(frozen=True)
class ForestSettings:
    """``trees`` in each forest; one forest for each of ``leaves``."""

    trees: int
    leaves: tuple[int, ...]
    least_in_leaf: int
    learning_rate: float


def learn_forests(
    pairs: Sequence[TrainingPairs],
    *,
    settings: ForestSettings,
    rng: np.random.Generator,
    progress: Progress,
) -> tuple[list[lgb.Booster], NDArray[np.float64]]:
    """Forests of different sizes, and a factor for each that makes their sums comparable.

    Both are empty where none of ``pairs`` was bought.
    """
    example = joined(list(pairs))
    if not example.right.any():
        return [], np.ones(0)
    data = lgb.Dataset(
        example.features,
        example.right.astype(np.int32),
        group=example.groups,
        feature_name=list(NAMES),
        free_raw_data=False,
    )
    forests = []
    for n, leaves in enumerate(settings.leaves):
        options = _options(settings, seed=int(rng.integers(2**31)), leaves=leaves)
        forest = lgb.train(options, data, settings.trees)
        forests.append(forest_of(forest.model_to_string()))  # as it will be read again
        progress((n + 1) / len(settings.leaves), StepText(TREES, n=n + 1, total=len(settings.leaves)))
    some = example.features[:: max(1, len(example.features) // SCALED_ON)]
    spread = [float(np.std(np.asarray(forest.predict(some)))) for forest in forests]
    return forests, np.array([1 / max(value, 1e-9) for value in spread])


def forest_of(text: str) -> lgb.Booster:
    """The forest that LightGBM's own text describes."""
    return lgb.Booster(model_str=text)


def _options(settings: ForestSettings, *, seed: int, leaves: int) -> JsonObject:
    return {
        "objective": "lambdarank",
        "lambdarank_truncation_level": 40,
        "learning_rate": settings.learning_rate,
        "num_leaves": leaves,
        "min_data_in_leaf": settings.least_in_leaf,
        "feature_fraction": 0.4,
        "bagging_fraction": 0.7,
        "bagging_freq": 1,
        "lambda_l2": 5.0,
        "num_threads": torch.get_num_threads(),
        "deterministic": True,
        "force_col_wise": True,
        "verbosity": -1,
        "seed": seed,
    }
