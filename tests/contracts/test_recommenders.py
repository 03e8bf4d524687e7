"""What every recommender keeps beyond the estimator's protocol."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from learning.interactions import SECONDS_PER_DAY, Interactions
from recommendations.ml.recommender import Recommender
from recommendations.ml.surfaces import FOR_YOU, SURFACES
from tests.contracts.cases import CASES, Case

RECOMMENDERS = [case for case in CASES if type(case.build()).__module__.startswith("recommendations.")]
NEW_MEMBER, UNKNOWN_PRODUCT = 10_000, 99_999


@pytest.fixture(scope="module", params=RECOMMENDERS, ids=lambda case: case.name)
def fitted(request: pytest.FixtureRequest) -> Any:
    case: Case = request.param
    return case.build().fit(case.toy().data, rng=np.random.default_rng(1))


def history_of(*products: int, member: int = NEW_MEMBER) -> Interactions:
    return Interactions.from_ids(
        [member] * len(products), products, np.arange(len(products)) * SECONDS_PER_DAY
    )


def test_a_fitted_model_is_a_recommender(fitted: Recommender):
    assert isinstance(fitted, Recommender)


@pytest.mark.parametrize("surface", SURFACES)
def test_single_pairs_score_as_in_the_whole(fitted: Recommender, surface: str):
    rows = np.arange(len(fitted.members_))[::5]
    products = np.arange(len(rows)) % len(fitted.products_)
    whole = fitted.score(rows, surface=surface)[np.arange(len(rows)), products]

    pairs = fitted.score_pairs(rows, products, surface=surface)
    assert pairs.dtype == np.float32
    np.testing.assert_allclose(pairs, whole, rtol=1e-3, atol=1e-6)


def test_a_member_may_be_given_twice(fitted: Recommender):
    once = fitted.score(np.array([3]))

    np.testing.assert_allclose(fitted.score(np.array([3, 0, 3]))[[0, 2]], np.vstack([once, once]), rtol=1e-4)


def test_an_empty_list_of_members_is_no_error(fitted: Recommender):
    nobody = np.zeros(0, dtype=np.int64)

    assert fitted.score(nobody).shape == (0, len(fitted.products_))
    assert fitted.score_pairs(nobody, nobody).shape == (0,)


def test_members_without_a_history_have_finite_pairs(fitted: Recommender):
    ready = fitted.with_history(history_of(UNKNOWN_PRODUCT))
    scores = ready.score_pairs(np.array([0, 0]), np.array([0, 1]))

    np.testing.assert_allclose(scores, ready.score(np.array([0]))[0, :2], rtol=1e-4, atol=1e-6)


def test_a_history_of_unknown_products_gives_finite_scores(fitted: Recommender):
    ready = fitted.with_history(history_of(UNKNOWN_PRODUCT))

    assert ready.members_.ids.tolist() == [NEW_MEMBER]
    assert np.isfinite(ready.score(np.array([0]))).all()


def test_unknown_products_in_a_history_change_nothing(fitted: Recommender):
    known = [int(one) for one in fitted.products_.ids[:3]]
    plain = fitted.with_history(history_of(*known))
    mixed = fitted.with_history(history_of(*known, UNKNOWN_PRODUCT))

    np.testing.assert_allclose(mixed.score(np.array([0])), plain.score(np.array([0])), rtol=1e-4, atol=1e-6)


def test_reading_a_history_leaves_the_model_as_it_was(fitted: Recommender):
    before = fitted.score(np.array([0, 1]))
    fitted.with_history(history_of(int(fitted.products_.ids[0])))

    np.testing.assert_array_equal(fitted.score(np.array([0, 1])), before)


def test_a_new_member_is_scored_like_the_same_member_among_others(fitted: Recommender):
    own = [int(one) for one in fitted.products_.ids[:2]]
    alone = fitted.with_history(history_of(*own))
    other = history_of(*own, member=NEW_MEMBER + 1)
    both = fitted.with_history(
        Interactions.from_ids(
            [NEW_MEMBER] * 2 + [NEW_MEMBER + 1] * 2, own * 2, [*other.timestamps, *other.timestamps]
        )
    )

    scores = both.score(np.array([0, 1]))
    np.testing.assert_allclose(scores[0], alone.score(np.array([0]))[0], rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(scores[0], scores[1], rtol=1e-3, atol=1e-5)


def test_the_configuration_survives_json(fitted: Recommender):
    stored = json.loads(json.dumps(asdict(fitted.config)))

    assert type(fitted).from_parameters(stored).config == fitted.config


def test_a_setting_that_does_not_exist_is_refused(fitted: Recommender):
    with pytest.raises(TypeError, match="colour"):
        type(fitted).from_parameters({**asdict(fitted.config), "colour": 1})


def test_a_loaded_model_reads_new_histories_like_the_saved_one(fitted: Recommender, tmp_path: Path):
    fitted.save(tmp_path / "m")
    loaded = type(fitted).load(tmp_path / "m")
    history = history_of(*(int(one) for one in fitted.products_.ids[:3]))
    one, other = (model.with_history(history).score(np.array([0])) for model in (fitted, loaded))

    np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)
    assert loaded.products_ == fitted.products_
    assert loaded.score(np.array([0]), surface=FOR_YOU).shape == (1, len(fitted.products_))
