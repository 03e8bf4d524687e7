from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from learning.interactions import Interactions
from recommendations.ml.blending.blend import Blend, BlendConfig
from recommendations.ml.blending.explanation import because
from recommendations.ml.ordering.next_product import NextProduct, NextProductConfig, pool_exponents
from recommendations.ml.ranking import top_k
from recommendations.ml.surfaces import BUY_AGAIN, FOR_YOU
from tests.contracts.cases import SMALL_ALS, SMALL_LINEAR, SMALL_SEQUENCE

SMALL = NextProductConfig(linear=SMALL_LINEAR, sequence=SMALL_SEQUENCE)


def walks(n_members: int = 160, n_products: int = 40) -> Interactions:
    """Members walk on from a product of their own, five steps of one or two products."""
    rng = np.random.default_rng(2)
    firsts, strides = rng.integers(0, n_products, n_members), rng.integers(1, 3, (n_members, 5))
    steps = np.cumsum(np.column_stack([firsts, strides]), axis=1)
    members, days = np.repeat(np.arange(n_members), 6), np.tile(np.arange(6), n_members)
    return Interactions.from_ids(members, steps.ravel() % n_products, days)


def fit(data: Interactions) -> NextProduct:
    return NextProduct(SMALL).fit(data, rng=np.random.default_rng(0))


def test_scores_are_chances():
    scores = fit(walks()).score(np.arange(20))

    np.testing.assert_allclose(scores.sum(axis=1), 1.0, rtol=1e-4)
    assert (scores > 0).all()


def test_damping_makes_room_for_rarer_products():
    data, rows = walks(), np.arange(100)
    model = fit(data)
    plain = copy.copy(model)
    plain.config = replace(model.config, popularity_damping=0.0)
    times = np.bincount(data.product_rows, minlength=data.n_products)

    gain = np.log(model.score(rows) / plain.score(rows))
    falls = np.diff(gain[:, np.argsort(times)], axis=1)
    assert (falls <= 1e-5).all()
    assert (falls.sum(axis=1) < -0.01).all()


def test_exponents_favour_the_part_that_predicts():
    generator = torch.Generator().manual_seed(0)
    targets = torch.randint(0, 20, (400,), generator=generator)
    noise = torch.log_softmax(torch.randn(400, 20, generator=generator), dim=1)
    signal = torch.randn(400, 20, generator=generator)
    signal[torch.arange(400), targets] += 2.0
    useful = torch.log_softmax(signal, dim=1)
    weights = pool_exponents([noise, useful], targets, start=(0.5, 0.5))

    assert weights[0] < 0.2
    assert weights[1] > 1.0


def test_a_newcomers_list_follows_the_last_purchase():
    newcomer = Interactions.from_ids([77, 77, 77], [5, 6, 7], [0, 1, 2])
    scores = fit(walks()).with_history(newcomer).score(np.array([0]))[0]

    assert set(np.argsort(-scores)[:2]) == {8, 9}


def test_without_a_known_product_there_is_no_score():
    stranger = fit(walks()).with_history(Interactions.from_ids([1], [999], [0]))

    assert stranger.score(np.array([0])).max() == 0


def test_a_reason_is_what_the_score_loses_without_the_product():
    data = walks()
    model = fit(data)
    ranked = top_k(model.score(np.array([3])), 2, exclude=data.to_csr()[[3]])[0]
    _places, own, falls = next(model.contributions(np.array([3]), ranked))
    mine = data.member_rows == 3
    left = data.where(mine & (data.product_rows != own[0, 0]))
    before = model.with_history(data.where(mine)).score(np.array([3]))[0, ranked[0]]
    after = model.with_history(left).score(np.array([3]))[0, ranked[0]]

    np.testing.assert_allclose(falls[0, 0], np.log(before / after), rtol=1e-3)


def test_a_loaded_model_scores_and_folds_in_alike(tmp_path: Path):
    model = fit(walks())
    model.save(tmp_path / "model")
    loaded = NextProduct.load(tmp_path / "model")
    newcomer = Interactions.from_ids([77, 77], [5, 6], [0, 1])

    np.testing.assert_allclose(loaded.score(np.arange(5)), model.score(np.arange(5)), rtol=1e-4)
    np.testing.assert_allclose(
        loaded.with_history(newcomer).score(np.array([0])),
        model.with_history(newcomer).score(np.array([0])),
        rtol=1e-3,
    )


def test_where_products_are_bought_once_the_blend_uses_their_order(tmp_path: Path):
    config = BlendConfig(als=SMALL_ALS, next_product=SMALL, read_from_members=100)
    data = walks()
    blend = Blend(config).fit(data, rng=np.random.default_rng(0))
    blend.save(tmp_path / "blend")
    loaded, rows = Blend.load(tmp_path / "blend"), np.arange(5)
    ranked = top_k(blend.score(rows), 3, exclude=data.to_csr()[rows])[0]

    assert blend.next_ is not None
    np.testing.assert_allclose(blend.score(rows, surface=FOR_YOU), blend.next_.score(rows))
    np.testing.assert_allclose(loaded.score(rows, surface=FOR_YOU), blend.score(rows), rtol=1e-3)
    assert (because(blend, rows, ranked)[:, :, 0] >= 0).mean() > 0.9
    assert (loaded.score(rows, surface=BUY_AGAIN) > 0).all()
