from __future__ import annotations

import numpy as np
import pytest

from learning.interactions import Interactions
from recommendations.ml.factors.neural_cf import NeuralCf
from tests.contracts.cases import SMALL_NEURAL_CF, three_tastes


@pytest.fixture(scope="module")
def model() -> NeuralCf:
    return NeuralCf(SMALL_NEURAL_CF).fit(three_tastes().data, rng=np.random.default_rng(2))


def test_scores_are_chances(model: NeuralCf):
    scores = model.score(np.arange(5))

    assert (scores > 0).all()
    assert (scores < 1).all()


def test_a_member_of_a_known_taste_is_folded_in(model: NeuralCf):
    newcomer = Interactions.from_ids(["new"] * 3, [8, 9, 10], [0, 1, 2])
    scores = model.with_history(newcomer).score(np.array([0]))[0]

    assert scores[8:16].mean() > 2 * np.delete(scores, np.s_[8:16]).mean()


def test_a_history_of_unknown_products_changes_no_score(model: NeuralCf):
    stranger = model.with_history(Interactions.from_ids([1], [999], [0]))

    assert not stranger.member_vectors_.any()


def test_single_pairs_score_as_in_the_whole(model: NeuralCf):
    members, products = np.array([0, 3]), np.array([4, 20])

    np.testing.assert_allclose(
        model.score_pairs(members, products), model.score(members)[[0, 1], products], rtol=1e-5
    )
