"""Gradient-boosted trees with the settings that all forecasts share; kept as LightGBM's own text."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from learning.boosting import lightgbm
from learning.estimator import ArtefactError, ModelFitError

Array = NDArray[np.float64]

ROWS_FOR_THREADS = 200_000
"""Below this number of rows one thread is used: on a busy machine threads mostly wait for each other."""


@dataclass(frozen=True)
class TreeConfig:
    """Small trees with a low learning rate, so that a small shop is not overfitted."""

    rounds: int = 100
    learning_rate: float = 0.05
    leaves: int = 7
    leaf_rows: int = 80
    """At least so many training rows in a leaf; fewer where there are few rows in all."""
    l2: float = 10.0
    row_share: float = 0.7
    column_share: float = 0.5
    bins: int = 127


class BinnedFeatures:
    """Trees for several targets from the same ``features`` (n, f), which are put into bins once."""

    def __init__(self, features: NDArray[np.float32], *, config: TreeConfig) -> None:
        if not np.isfinite(features).all():
            raise ModelFitError("features must be finite numbers")
        self.config = config
        # what belongs to the bins must be the same for every target
        self._settings: dict[str, object] = {
            "max_bin": config.bins,
            "min_data_in_leaf": max(5, min(config.leaf_rows, len(features) // 20)),
            "data_random_seed": 1,
            "deterministic": True,
            "force_row_wise": True,
            "verbosity": -1,
            "num_threads": _threads(len(features)),
        }
        self._data = lightgbm.Dataset(features, params=self._settings, free_raw_data=True).construct()

    def fit_trees(
        self, target: Array, *, objective: str, seed: int, weights: Array | None = None, **extra: object
    ) -> lightgbm.Booster:
        """Trees for ``target`` (n,)."""
        if not np.isfinite(target).all():
            raise ModelFitError("targets must be finite numbers")
        config = self.config
        settings = {
            **self._settings,
            "objective": objective,
            "learning_rate": config.learning_rate,
            "num_leaves": config.leaves,
            "lambda_l2": config.l2,
            "bagging_fraction": config.row_share,
            "bagging_freq": 1,
            "feature_fraction": config.column_share,
            "seed": seed,
            **extra,
        }
        self._data.set_label(target)
        # not set_weight: it leaves the weights of the target before where there are none
        self._data.set_field("weight", None if weights is None else weights.astype(np.float32))
        return lightgbm.train(settings, self._data, num_boost_round=config.rounds)


def raw(booster: lightgbm.Booster, features: NDArray[np.float32]) -> Array:
    """The raw score of each row, (n,) float64."""
    if not len(features):
        return np.zeros(0)
    scores = booster.predict(features, raw_score=True, num_threads=_threads(len(features)))
    return np.asarray(scores, dtype=np.float64)


def _threads(rows: int) -> int:
    """0 leaves it to LightGBM. The trees are the same: ``deterministic`` is on."""
    return 1 if rows < ROWS_FOR_THREADS else 0


def as_text(boosters: dict[str, lightgbm.Booster]) -> dict[str, NDArray[np.uint8]]:
    """Each booster's text as bytes, to be kept among a model's arrays."""
    return {
        f"trees:{name}": np.frombuffer(booster.model_to_string().encode(), dtype=np.uint8)
        for name, booster in boosters.items()
    }


def from_text(arrays: dict[str, NDArray[np.generic]]) -> dict[str, lightgbm.Booster]:
    """The boosters among ``arrays``. Raises ArtefactError."""
    boosters = {}
    for name, text in arrays.items():
        if name.startswith("trees:"):
            try:
                boosters[name.removeprefix("trees:")] = lightgbm.Booster(model_str=text.tobytes().decode())
            except (lightgbm.basic.LightGBMError, UnicodeDecodeError) as error:
                raise ArtefactError(f"the trees {name!r} cannot be read: {error}") from error
    return boosters
