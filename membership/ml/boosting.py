"""Gradient-boosted trees with the settings that all forecasts share; kept as LightGBM's own text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch  # noqa: F401  # brings the OpenMP library that lightgbm needs
from numpy.typing import NDArray

import lightgbm  # isort: skip

from learning.estimator import ArtefactError, ModelFitError

Array = NDArray[np.float64]

ROWS_FOR_THREADS = 200_000
"""Trees of fewer rows are grown by one thread: on a busy machine threads wait for each other, turning."""


@dataclass(frozen=True)
class TreeConfig:
    """Small, slow-learning trees on shared histograms: few members must not be learned by heart."""

    rounds: int = 100
    learning_rate: float = 0.05
    leaves: int = 7
    leaf_rows: int = 80
    """At least so many training rows in a leaf; fewer where there are few rows in all."""
    l2: float = 10.0
    row_share: float = 0.7
    column_share: float = 0.5
    bins: int = 127


def boosted(
    features: NDArray[np.float32],
    target: Array,
    *,
    objective: str,
    config: TreeConfig,
    seed: int,
    weights: Array | None = None,
    **extra: Any,
) -> lightgbm.Booster:
    """Trees for ``target`` (n,) from ``features`` (n, f)."""
    if not (np.isfinite(target).all() and np.isfinite(features).all()):
        raise ModelFitError("features and targets must be finite numbers")
    settings: dict[str, Any] = {
        "objective": objective,
        "learning_rate": config.learning_rate,
        "num_leaves": config.leaves,
        "min_data_in_leaf": max(5, min(config.leaf_rows, len(target) // 20)),
        "lambda_l2": config.l2,
        "bagging_fraction": config.row_share,
        "bagging_freq": 1,
        "feature_fraction": config.column_share,
        "max_bin": config.bins,
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
        "num_threads": _threads(len(target)),
        **extra,
    }
    data = lightgbm.Dataset(features, target, weight=weights, free_raw_data=True)
    return lightgbm.train(settings, data, num_boost_round=config.rounds)


def raw(booster: lightgbm.Booster, features: NDArray[np.float32]) -> Array:
    """The raw score of each row, (n,) float64."""
    if not len(features):
        return np.zeros(0)
    found = booster.predict(features, raw_score=True, num_threads=_threads(len(features)))
    return np.asarray(found, dtype=np.float64)


def _threads(rows: int) -> int:
    """0 leaves it to LightGBM. The trees are the same: ``deterministic`` is on."""
    return 1 if rows < ROWS_FOR_THREADS else 0


def as_text(boosters: dict[str, lightgbm.Booster]) -> dict[str, NDArray[np.uint8]]:
    """Each booster's text as bytes, to be kept among a model's arrays."""
    return {
        f"trees:{name}": np.frombuffer(booster.model_to_string().encode(), dtype=np.uint8)
        for name, booster in boosters.items()
    }


def from_text(arrays: dict[str, NDArray[Any]]) -> dict[str, lightgbm.Booster]:
    """The boosters among ``arrays``. Raises ArtefactError."""
    found = {}
    for name, text in arrays.items():
        if name.startswith("trees:"):
            try:
                found[name.removeprefix("trees:")] = lightgbm.Booster(model_str=text.tobytes().decode())
            except (lightgbm.basic.LightGBMError, UnicodeDecodeError) as error:
                raise ArtefactError(f"the trees {name!r} cannot be read: {error}") from error
    return found
