from __future__ import annotations

import numpy as np
import pytest

from learning.interactions import Interactions
from recommendations.ml.blending.blend import Blend, BlendConfig
from recommendations.ml.blending.explanation import because
from recommendations.ml.factors.als import Als, AlsConfig
from recommendations.ml.popularity import Popularity
from recommendations.ml.ranking import NO_PRODUCT
from recommendations.ml.recommender import Recommender
from recommendations.ml.surfaces import BUY_AGAIN, FOR_YOU
from tests.contracts.cases import SMALL_ALS, three_tastes

RNG_SEED = 4


@pytest.fixture(scope="module")
def model() -> Als:
    return Als(SMALL_ALS).fit(three_tastes().data, rng=np.random.default_rng(RNG_SEED))


def test_a_member_of_a_known_taste_is_folded_in(model: Als):
    newcomer = Interactions.from_ids(["new"] * 3, [8, 9, 10], [0, 1, 2])
    scores = model.with_history(newcomer).score(np.array([0]))[0]

    assert scores[8:16].mean() > 5 * np.delete(scores, np.s_[8:16]).mean()


def test_folding_in_the_same_history_changes_nothing(model: Als):
    again = model.with_history(three_tastes().data)

    np.testing.assert_allclose(again.member_vectors_, model.member_vectors_, atol=1e-5)


def test_a_history_of_unknown_products_scores_zero(model: Als):
    stranger = model.with_history(Interactions.from_ids([1], [999], [0]))

    assert np.abs(stranger.score(np.array([0]))).max() == 0


def test_what_the_own_products_add_sums_to_the_score(model: Als):
    targets = np.array([[0, 5, 20], [9, 1, 2]])
    ((places, own, parts),) = model.contributions(np.array([2, 14]), targets)

    assert (own >= 0).sum(axis=1).tolist() == [7, 7]
    expected = np.take_along_axis(model.score(np.array([2, 14])), targets, axis=1)
    np.testing.assert_allclose(parts.sum(axis=1), expected[places], atol=1e-4)


def test_the_reasons_are_products_of_the_same_taste(model: Als):
    named = because(model, np.array([0, 12]), np.array([[0], [8]]))

    assert set(named[0, 0]) <= set(range(1, 8))
    assert set(named[1, 0]) <= set(range(9, 16))


def test_empty_places_and_members_without_history_have_no_reasons(model: Als):
    stranger = model.with_history(Interactions.from_ids([1, 2], [999, 3], [0, 0]))
    named = because(stranger, np.array([0, 1]), np.array([[5, NO_PRODUCT], [5, NO_PRODUCT]]))

    assert named.tolist() == [[[-1, -1], [-1, -1]], [[3, -1], [-1, -1]]]


def test_a_model_without_terms_gives_no_reasons():
    popularity = Popularity().fit(three_tastes().data, rng=np.random.default_rng(0))

    assert because(popularity, np.array([0]), np.array([[0, 1]])).tolist() == [[[-1, -1], [-1, -1]]]


def test_removing_the_named_products_lowers_the_score_most(model: Als):
    data = three_tastes().data
    named = because(model, np.array([0]), np.array([[0]]))[0, 0]
    drops = []
    own = data.product_rows[data.member_rows == 0]
    full = model.score(np.array([0]))[0, 0]
    for removed in (named, [row for row in own if row not in named][:2]):
        keep = ~((data.member_rows == 0) & np.isin(data.product_rows, removed))
        drops.append(full - model.with_history(data.where(keep)).score(np.array([0]))[0, 0])

    assert drops[0] > drops[1]


@pytest.mark.parametrize("surface", [FOR_YOU, BUY_AGAIN])
@pytest.mark.parametrize("name", ["popularity", "als", "blend"])
def test_single_pairs_score_as_in_the_table(name: str, surface: str):
    fresh: dict[str, Recommender] = {
        "popularity": Popularity(),
        "als": Als(SMALL_ALS),
        "blend": Blend(BlendConfig(als=SMALL_ALS)),
    }
    fitted = fresh[name].fit(three_tastes().data, rng=np.random.default_rng(RNG_SEED))
    members, products = np.array([0, 0, 30]), np.array([0, 1, 23])
    table = fitted.score(np.arange(36), surface=surface)

    pairs = fitted.score_pairs(members, products, surface=surface)
    np.testing.assert_allclose(pairs, table[members, products], rtol=1e-4, atol=1e-12)


def test_one_product_leaves_all_but_one_direction_empty():
    one = Interactions.from_ids(list(range(12)) * 4, [5] * 48, np.arange(48) * 200_000)
    for seed in range(4):
        model = Als(AlsConfig()).fit(one, rng=np.random.default_rng(seed))
        assert (model.score(np.arange(12)) > 0.1).all()


def test_rare_products_of_a_large_catalogue_still_get_a_vector():
    config = AlsConfig(factors=8, iterations=8, min_buyers=5, prune_above=10)
    data = three_tastes().data
    rare = Interactions.from_ids(
        np.append(data.member_rows, [0, 1]),
        np.append(data.product_rows, [99, 99]),
        np.append(data.timestamps, [0, 0]),
    )
    model = Als(config).fit(rare, rng=np.random.default_rng(RNG_SEED))
    scores = model.score(np.arange(36))[:, -1]

    assert not model.trained_[-1]
    assert scores[2:12].mean() > scores[12:].mean() + 0.01


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param(([1], [1], [0]), id="one member, one product"),
        pytest.param(([1, 2, 3], [5, 5, 5], [0, 0, 0]), id="all on one product"),
        pytest.param(([1] * 50, [5] * 50, [0] * 50), id="the same event fifty times"),
    ],
)
@pytest.mark.parametrize("name", ["als", "blend"])
def test_degenerate_shops_get_finite_scores(rows, name):
    model = Als(SMALL_ALS) if name == "als" else Blend(BlendConfig(als=SMALL_ALS))
    data = Interactions.from_ids(*rows)

    assert np.isfinite(model.fit(data, rng=np.random.default_rng(0)).score(np.arange(data.n_members))).all()
