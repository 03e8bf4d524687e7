"""What the trees of the purchase ranker learn from: pairs of members and products, bought and not bought."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommendations.ml.repeat.features import NAMES
from recommendations.ml.repeat.snapshot import Pairs

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class TrainingPairs:
    """``features`` (n, f), ``right`` (n,) bool, ``groups``: how many of the n each member in turn has."""

    features: Floats
    right: NDArray[np.bool_]
    groups: Rows


def thinned(
    pairs: Pairs, right: NDArray[np.bool_], negatives: int, rng: np.random.Generator
) -> TrainingPairs:
    """All right pairs and about ``negatives`` wrong ones of each member who has both."""
    n = int(pairs.lines.max(initial=-1)) + 1
    count = np.bincount(pairs.lines, minlength=n)[pairs.lines]
    keep = right | (rng.random(len(right)) < negatives / np.maximum(count, 1))
    keep &= np.bincount(pairs.lines[right], minlength=n)[pairs.lines] > 0
    groups = np.bincount(pairs.lines[keep], minlength=n)
    return TrainingPairs(pairs.features[keep], right[keep], groups[groups > 0])


def joined(examples: list[TrainingPairs]) -> TrainingPairs:
    return TrainingPairs(
        np.concatenate([np.zeros((0, len(NAMES)), np.float32), *(example.features for example in examples)]),
        np.concatenate([np.zeros(0, np.bool_), *(example.right for example in examples)]),
        np.concatenate([np.zeros(0, np.int64), *(example.groups for example in examples)]),
    )
