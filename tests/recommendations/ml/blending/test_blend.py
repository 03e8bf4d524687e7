from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from learning.interactions import SECONDS_PER_DAY, Interactions
from recommendations.ml.blending.blend import Blend, BlendConfig
from recommendations.ml.blending.explanation import because
from recommendations.ml.factors.als import Als
from recommendations.ml.popularity import Popularity, PopularityConfig
from recommendations.ml.surfaces import BUY_AGAIN, FOR_YOU, SURFACES
from tests.contracts.cases import SMALL_ALS, three_tastes
from tests.recommendations.ml.repeat.test_ranker import SMALL as SMALL_RANKER
from tests.recommendations.ml.repeat.test_ranker import rhythms


def fit(data: Interactions) -> Blend:
    return Blend(BlendConfig(als=SMALL_ALS)).fit(data, rng=np.random.default_rng(0))


def test_buy_again_puts_the_members_habit_first():
    days = np.array([0, 10, 20, 30, 30, 30])
    data = Interactions.from_ids([1, 1, 1, 1, 2, 2], [5, 5, 5, 6, 6, 7], days * SECONDS_PER_DAY)
    scores = fit(data).score(np.array([0]), surface=BUY_AGAIN)[0]

    assert scores[0] > scores[1] > scores[2] > 0


def test_buy_again_never_puts_a_new_product_before_an_old_one():
    data = three_tastes().data
    scores = fit(data).score(np.arange(data.n_members), surface=BUY_AGAIN)
    bought = data.to_csr().toarray() > 0

    assert scores[bought].min() > scores[~bought].max()


def test_a_rising_product_is_lifted_over_a_falling_one():
    rising, falling = np.arange(90, 100), np.arange(0, 10)
    days = np.concatenate([rising, falling])
    data = Interactions.from_ids([*range(10), *range(10)], [1] * 10 + [2] * 10, days * SECONDS_PER_DAY)
    lift = fit(data).lift()

    assert lift[0] > 1 > lift[1]


def test_for_you_is_the_factorisation_times_the_lift():
    blend = fit(three_tastes().data)
    rows = np.arange(5)

    np.testing.assert_allclose(
        blend.score(rows, surface=FOR_YOU), blend.als_.score(rows) * blend.lift(), rtol=1e-6
    )


def test_new_orders_reach_habits_without_retraining():
    data = three_tastes().data
    newcomer = Interactions.from_ids([77, 77], [3, 3], [0, SECONDS_PER_DAY])
    scores = fit(data).with_history(newcomer).score(np.array([0]), surface=BUY_AGAIN)[0]

    assert scores.argmax() == 3


def test_popularity_counts_a_buyer_once_by_the_newest_purchase():
    days = np.array([0, 28, 28, 0])
    data = Interactions.from_ids([1, 1, 2, 3], [5, 5, 5, 6], days * SECONDS_PER_DAY)
    popularity = Popularity(PopularityConfig(half_life_days=28)).fit(data, rng=np.random.default_rng(0))

    # product 5: two buyers today; product 6: one buyer a half-life ago
    np.testing.assert_allclose(popularity.product_scores_, [1.0, 0.25])


def test_members_who_come_back_for_months_are_ranked_by_trees(tmp_path: Path):
    shop = rhythms()
    blend = Blend(BlendConfig(als=SMALL_ALS, ranker=SMALL_RANKER)).fit(shop, rng=np.random.default_rng(0))
    rows = np.arange(5)
    blend.save(tmp_path / "blend")

    assert blend.ranker_ is not None
    assert (blend.score(rows, surface=BUY_AGAIN) > 0).all()
    for surface in SURFACES:
        expected = blend.ranker_.score(rows, surface=surface)
        np.testing.assert_array_equal(Blend.load(tmp_path / "blend").score(rows, surface=surface), expected)
    assert (because(blend, rows, np.array([[2, 3]] * 5)) >= -1).all()


def test_a_young_shop_is_not_ranked_by_trees():
    shop = rhythms()
    young = shop.where(shop.timestamps < 100 * SECONDS_PER_DAY)

    assert Blend(BlendConfig(als=SMALL_ALS)).fit(young, rng=np.random.default_rng(0)).ranker_ is None


def ranked() -> Blend:
    return Blend(BlendConfig(als=SMALL_ALS, ranker=SMALL_RANKER))


def test_a_fit_that_goes_further_takes_over_what_the_earlier_one_looked_back_to():
    shop = rhythms()
    past = shop.where(shop.timestamps < shop.timestamps.max() - 27 * SECONDS_PER_DAY).narrowed()
    earlier = ranked().fit(past, rng=np.random.default_rng(0))
    further = ranked().fit_further(shop, earlier, rng=np.random.default_rng(0))

    assert earlier.ranker_ is not None
    assert further.ranker_ is not None
    shared = earlier.ranker_.examples_.keys() & further.ranker_.examples_.keys()
    assert len(shared) > 0
    assert all(further.ranker_.examples_[at] is earlier.ranker_.examples_[at] for at in shared)


def test_a_factorisation_of_the_same_recipe_is_not_fitted_twice():
    shop = three_tastes().data
    als = Als(SMALL_ALS).fit(shop, rng=np.random.default_rng(0))
    blend = Blend(BlendConfig(als=SMALL_ALS))

    assert blend.fit_with(shop, {"als": als}, rng=np.random.default_rng(0)).als_ is als
    other = Als(replace(SMALL_ALS, factors=SMALL_ALS.factors + 1)).fit(shop, rng=np.random.default_rng(0))
    assert blend.fit_with(shop, {"als": other}, rng=np.random.default_rng(0)).als_ is not other


def test_without_what_comes_next_neither_trees_nor_orders_are_read():
    blend = Blend(BlendConfig(als=SMALL_ALS, ranker=SMALL_RANKER, with_next=False))
    fitted = blend.fit(rhythms(), rng=np.random.default_rng(0))

    assert (fitted.ranker_, fitted.next_) == (None, None)
