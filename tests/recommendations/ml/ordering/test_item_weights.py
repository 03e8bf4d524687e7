"""The two models in closed form: EASE and linear transitions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from learning.estimator import ModelFitError
from learning.interactions import Interactions
from recommendations.ml.ordering.ease import Ease, EaseConfig, ease_weights
from recommendations.ml.ordering.linear import LinearConfig, LinearTransitions


def walks(n_members: int = 40, length: int = 6, n_products: int = 12) -> Interactions:
    """Everybody walks on from a product of their own, one product a day."""
    starts = np.random.default_rng(2).integers(0, n_products, n_members)
    products = (starts[:, None] + np.arange(length)) % n_products
    members, days = np.repeat(np.arange(n_members), length), np.tile(np.arange(length), n_members)
    return Interactions.from_ids(members, products.ravel(), days)


def linear(data: Interactions, **changes: Any) -> LinearTransitions:
    config = replace(LinearConfig(regularization=1.0, attribute_weight=0.0), **changes)
    return LinearTransitions(config).fit(data, rng=np.random.default_rng(0))


def test_ease_is_the_closed_form_of_its_paper():
    data = walks()
    matrix = np.asarray(data.to_csr().toarray() > 0, dtype=np.float64)
    inverse = np.linalg.inv(matrix.T @ matrix + 2.0 * np.eye(12))
    expected = -inverse / np.diag(inverse)
    np.fill_diagonal(expected, 0)

    np.testing.assert_allclose(ease_weights(data.to_csr(), 2.0), expected, atol=1e-4)


def test_ease_of_a_large_catalogue_knows_the_products_with_most_buyers():
    data = Interactions.from_ids([1, 1, 2, 2, 3], [7, 8, 7, 8, 9], [0, 1, 0, 1, 0])
    model = Ease(EaseConfig(regularization=1.0, largest=2)).fit(data, rng=np.random.default_rng(0))

    assert model.weights_[0, 1] > 0
    assert model.weights_[2].nnz == model.weights_[:, 2].nnz == 0


def test_a_step_is_predicted_and_not_its_reverse():
    model = linear(walks())
    newcomer = model.with_history(Interactions.from_ids([77, 77], [3, 4], [0, 1]))
    scores = newcomer.score(np.array([0]))[0]

    assert scores.argmax() == 5
    assert scores[2] < scores[5] / 2


def test_a_rare_product_uses_the_weights_of_its_attributes():
    """Product 99 was bought once, last: nobody knows what follows it, but what follows others of its kind."""
    data = walks()
    rare = Interactions.from_ids(
        [*data.member_rows, 500, 500], [*data.product_rows, 11, 99], [*data.timestamps, 0, 1]
    )
    kinds = {product: [f"kind {product}"] for product in range(12)} | {99: ["kind 4"]}
    unknown = Interactions.from_ids([1], [99], [0])
    alone = linear(rare.described(kinds)).with_history(unknown).score(np.array([0]))[0]
    borrowed = (
        linear(rare.described(kinds), attribute_weight=3.0).with_history(unknown).score(np.array([0]))[0]
    )

    assert np.abs(alone).max() == 0
    assert borrowed.argmax() == 5


@pytest.mark.parametrize("model", [Ease(EaseConfig(regularization=1.0)), LinearTransitions()])
def test_reasons_sum_to_the_score(model: Ease | LinearTransitions):
    model.fit(walks(), rng=np.random.default_rng(0))
    targets = np.array([[3, 4, 5]])
    _places, _own, parts = next(model.contributions(np.array([2]), targets))

    np.testing.assert_allclose(parts[0].sum(axis=0), model.score(np.array([2]))[0, targets[0]], rtol=1e-4)


def test_equations_without_a_solution_are_refused_in_words():
    with pytest.raises(ModelFitError, match="raise the regularization"):
        linear(walks(), regularization=-500.0)
