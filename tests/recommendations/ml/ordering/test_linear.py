from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from learning.interactions import Interactions
from recommendations.ml.ordering.attribute_transitions import bundles
from recommendations.ml.ordering.linear import LinearConfig, LinearTransitions

WALKS = [[0, 1, 2, 3], [1, 2, 3], [3, 0], [2, 2, 1]]


def data_of(walks: list[list[int]]) -> Interactions:
    """One member a list, a step a second."""
    members = [member for member, own in enumerate(walks) for _ in own]
    return Interactions.from_ids(
        members, [p for own in walks for p in own], [t for own in walks for t in range(len(own))]
    )


def fitted(walks: list[list[int]] = WALKS, **settings: Any) -> LinearTransitions:
    config = LinearConfig(**{"regularization": 2.0, "attribute_weight": 0.0, **settings})
    return LinearTransitions(config).fit(data_of(walks), rng=np.random.default_rng(0))


def naive_places(walks: list[list[int]], *, fading: float, window: int) -> tuple[np.ndarray, np.ndarray]:
    """S and T of the model's definition, a row for each purchase that has others before it."""
    before, after = [], []
    for own in walks:
        for place in range(1, len(own)):
            line = np.zeros(4)
            for back in range(1, min(place, window) + 1):
                line[own[place - back]] += fading ** (back - 1)
            before.append(line)
            after.append(np.eye(4)[own[place]])
    return np.array(before), np.array(after)


@pytest.mark.parametrize(("fading", "window"), [(0.8, 12), (0.5, 1), (1.0, 2)])
def test_the_weights_are_those_of_the_regression(fading: float, window: int):
    before, after = naive_places(WALKS, fading=fading, window=window)
    expected = np.linalg.solve(before.T @ before + 2.0 * np.eye(4), before.T @ after)

    model = fitted(fading=fading, window=window)
    np.testing.assert_allclose(model.weights_.toarray(), expected, atol=1e-4)


def test_with_attributes_the_prior_is_that_of_the_formula():
    """W = (SᵀS + λ K⁻¹)⁻¹ SᵀT with K = I + α A Aᵀ."""
    described = data_of(WALKS).described({0: ["a"], 1: ["a", "b"], 2: ["b"], 3: ["c"]})
    model = LinearTransitions(LinearConfig(regularization=2.0, attribute_weight=3.0))
    model.fit(described, rng=np.random.default_rng(0))
    kinds = bundles(described.attributes).toarray()
    prior = np.eye(4) + 3.0 * kinds @ kinds.T
    before, after = naive_places(WALKS, fading=0.8, window=12)
    expected = np.linalg.solve(before.T @ before + 2.0 * np.linalg.inv(prior), before.T @ after)

    np.testing.assert_allclose(model.weights_.toarray(), expected, atol=1e-4)


def test_a_history_fades_with_each_step_back():
    line = fitted(fading=0.5).history_[0].toarray()[0]

    np.testing.assert_allclose(line, [0.125, 0.25, 0.5, 1.0])


def test_products_of_one_order_do_not_fade_against_each_other():
    data = Interactions.from_ids([1, 1, 1], [0, 1, 2], [0, 5, 5])
    model = LinearTransitions(LinearConfig(regularization=1.0, fading=0.5)).fit(
        data, rng=np.random.default_rng(0)
    )

    np.testing.assert_allclose(model.history_.toarray(), [[0.5, 1.0, 1.0]])


def test_without_a_second_purchase_there_is_nothing_to_say():
    model = fitted([[0], [1], [2], [3]])

    assert model.weights_.nnz == 0
    assert model.score(np.arange(4)).tolist() == np.zeros((4, 4)).tolist()


def test_products_outside_the_largest_take_no_part():
    model = fitted(largest=2)
    taking_part = np.flatnonzero(np.diff(model.weights_.indptr))

    assert len(taking_part) <= 2
