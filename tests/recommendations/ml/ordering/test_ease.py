from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from learning.interactions import Interactions
from recommendations.ml.ordering.ease import Ease, EaseConfig, ease_weights

bought = st.lists(st.lists(st.booleans(), min_size=4, max_size=4), min_size=1, max_size=8)


def fitted(data: Interactions, **settings: Any) -> Ease:
    config = EaseConfig(regularization=1.0, **settings)
    return Ease(config).fit(data, rng=np.random.default_rng(0))


def triples() -> Interactions:
    """Two kinds of members: products 0, 1, 2 or 3, 4, 5, the newest last."""
    members = np.repeat(np.arange(10), 3)
    products = np.tile(np.arange(3), 10) + 3 * (members % 2)
    return Interactions.from_ids(members, products, np.tile(np.arange(3), 10))


@given(bought, st.floats(0.5, 50))
def test_the_weights_minimise_the_regularised_error(rows: list[list[bool]], regularization: float):
    """At the minimum the gradient is 0 off the diagonal: XᵀX W + λ W = XᵀX there."""
    matrix = np.array(rows, dtype=np.float64)
    weights = ease_weights(sparse.csr_matrix(matrix, dtype=np.float32), regularization).astype(np.float64)
    gram = matrix.T @ matrix
    gradient = gram @ weights + regularization * weights - gram
    np.fill_diagonal(gradient, 0)

    assert np.diag(weights).tolist() == [0] * 4
    np.testing.assert_allclose(gradient, 0, atol=1e-3)


def test_how_often_a_product_was_bought_does_not_change_the_weights():
    once = sparse.csr_matrix(np.array([[1, 1, 0], [0, 1, 1]], dtype=np.float32))
    often = sparse.csr_matrix(np.array([[9, 1, 0], [0, 2, 5]], dtype=np.float32))

    np.testing.assert_array_equal(ease_weights(once, 2.0), ease_weights(often, 2.0))


def test_a_product_adds_nothing_to_its_own_score():
    model = fitted(triples())
    alone = model.with_history(Interactions.from_ids([1], [2], [0])).score(np.array([0]))[0]

    assert alone[2] == 0
    assert set(np.argsort(-alone)[:2].tolist()) == {0, 1}


def test_with_decay_the_newest_product_counts_most():
    mixed = Interactions.from_ids([1, 1], [0, 3], [0, 1])  # first the one taste, then the other
    with_decay, without = (
        fitted(triples(), history_decay=decay).with_history(mixed).score(np.array([0]))[0]
        for decay in (1.0, 0.0)
    )

    assert with_decay[4] > with_decay[1]
    assert without[4] == pytest.approx(without[1], rel=1e-4)


def test_only_the_strongest_weights_of_a_product_are_kept():
    whole, cut = fitted(triples()), fitted(triples(), kept_a_product=2)
    kept = np.diff(cut.weights_.indptr)

    assert kept.max() <= 2
    for row in range(6):
        line = np.abs(whole.weights_[row].toarray()[0])
        assert np.abs(cut.weights_[row].data).sum() == pytest.approx(np.sort(line)[-2:].sum(), rel=1e-5)


def test_single_pairs_score_as_in_the_whole():
    model = fitted(triples())
    members, products = np.array([0, 1, 3]), np.array([1, 1, 5])

    np.testing.assert_allclose(
        model.score_pairs(members, products), model.score(members)[np.arange(3), products], rtol=1e-5
    )
