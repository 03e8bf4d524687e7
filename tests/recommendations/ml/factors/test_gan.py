from __future__ import annotations

from dataclasses import replace

import numpy as np

from recommendations.ml.factors.als import Als
from recommendations.ml.factors.gan import Gan, GanConfig
from tests.contracts.cases import SMALL_ALS, three_tastes

SHORT = GanConfig(als=SMALL_ALS, epochs=3)


def fitted(config: GanConfig) -> Gan:
    return Gan(config).fit(three_tastes().data, rng=np.random.default_rng(2))


def test_without_epochs_it_is_the_factorisation():
    start = Als(SMALL_ALS).fit(three_tastes().data, rng=np.random.default_rng(2))

    np.testing.assert_array_equal(
        fitted(replace(SHORT, epochs=0)).score(np.arange(5)), start.score(np.arange(5))
    )


def test_both_networks_have_as_many_parameters_as_the_factorisation():
    played = fitted(SHORT)

    assert played.product_vectors_.shape == played.generator_vectors_.shape
    assert played.product_vectors_.size == played.als_.product_vectors_.size


def test_training_changes_both_networks():
    played = fitted(SHORT)

    assert not np.allclose(played.product_vectors_, played.als_.product_vectors_)
    assert not np.allclose(played.generator_vectors_, played.product_vectors_)


def test_a_large_catalogue_is_trained_on_samples():
    assert np.isfinite(fitted(replace(SHORT, products_at_once=5)).product_vectors_).all()


def test_members_are_folded_in():
    played = fitted(SHORT)
    again = played.with_history(three_tastes().data)

    np.testing.assert_allclose(again.score(np.arange(5)), played.score(np.arange(5)), atol=1e-4)
