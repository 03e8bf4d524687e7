"""The forests behind the purchase ranker."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from learning.boosting import lightgbm as lgb
from learning.estimator import silent
from learning.step_texts import StepText
from recommendations.ml.repeat.features import NAMES
from recommendations.ml.repeat.forests import ForestSettings, forest_of, learn_forests
from recommendations.ml.repeat.training_pairs import TrainingPairs

SETTINGS = ForestSettings(trees=20, leaves=(7, 15), least_in_leaf=5, learning_rate=0.1)
MEMBERS, EACH = 40, 12


def pairs(*, seed: int = 1) -> TrainingPairs:
    """Of each member's twelve products the one with the largest first feature was bought."""
    rng = np.random.default_rng(seed)
    features = np.zeros((MEMBERS * EACH, len(NAMES)), dtype=np.float32)
    features[:, 0] = rng.random(len(features))
    first = features[:, 0].reshape(MEMBERS, EACH)
    right = first == first.max(axis=1, keepdims=True)
    return TrainingPairs(features, right.ravel(), np.full(MEMBERS, EACH))


def learned(*examples: TrainingPairs, seed: int = 1) -> tuple[list[lgb.Booster], NDArray[np.float64]]:
    return learn_forests(examples, settings=SETTINGS, rng=np.random.default_rng(seed), progress=silent)


def test_the_products_that_were_bought_are_ranked_first() -> None:
    example = pairs(seed=2)

    forests, scales = learned(pairs())

    sums = np.stack([np.asarray(one.predict(example.features)) for one in forests])
    score = scales @ sums
    best = score.reshape(MEMBERS, EACH).argmax(axis=1)
    assert (example.right.reshape(MEMBERS, EACH)[np.arange(MEMBERS), best]).mean() > 0.8


def test_there_is_a_forest_for_each_size_and_its_sums_are_scaled_to_one() -> None:
    forests, scales = learned(pairs())

    assert [one.num_trees() for one in forests] == [20, 20]
    spread = [np.std(np.asarray(one.predict(pairs().features))) for one in forests]
    assert (np.array(spread) * scales).tolist() == pytest.approx([1, 1])


def test_the_same_seed_gives_the_same_forests() -> None:
    first, second = (learned(pairs(), seed=7)[0] for _time in range(2))
    assert [one.model_to_string() for one in first] == [one.model_to_string() for one in second]


def test_a_forest_is_read_back_from_its_text() -> None:
    forests, _scales = learned(pairs())
    text = forests[0].model_to_string()
    assert forest_of(text).model_to_string() == text


def test_pairs_of_several_moments_are_learned_together() -> None:
    one, two = pairs(seed=3), pairs(seed=4)
    forests, _scales = learned(one, two)
    assert len(forests) == 2


def test_without_a_purchase_there_are_no_forests() -> None:
    example = pairs()
    nothing = TrainingPairs(example.features, np.zeros(len(example.right), bool), example.groups)

    forests, scales = learned(nothing)

    assert (forests, len(scales)) == ([], 0)


def test_each_forest_is_reported() -> None:
    steps: list[tuple[float, str]] = []
    learn_forests(
        [pairs()],
        settings=SETTINGS,
        rng=np.random.default_rng(1),
        progress=lambda fraction, step: steps.append((fraction, step)),
    )
    assert steps == [(0.5, "trees, 1 of 2"), (1.0, "trees, 2 of 2")]
    assert isinstance(steps[0][1], StepText)
