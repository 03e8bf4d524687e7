"""Boosted trees for several horizons."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from forecasts.ml.members.boosted_purchases import BoostedPurchases
from forecasts.ml.members.purchase_history import PurchaseHistory
from learning.estimator import ArtefactError, ModelFitError
from tests.forecasts.toys import SMALL_BOOSTED, regulars_and_leavers, without_an_amount

HORIZONS = (7, 30, 90, 365)


@pytest.fixture(scope="module")
def history() -> PurchaseHistory:
    return regulars_and_leavers()[0]


@pytest.fixture(scope="module")
def model(history: PurchaseHistory) -> BoostedPurchases:
    config = replace(SMALL_BOOSTED, horizons=(30, 90))
    return BoostedPurchases(config).fit(history, rng=np.random.default_rng(1))


def test_each_horizon_of_the_configuration_is_learned(model: BoostedPurchases) -> None:
    assert sorted(model.models_) == [30, 90]


def test_a_horizon_longer_than_half_the_history_is_learned_as_that_half(history: PurchaseHistory) -> None:
    span = history.as_of_day - int(history.days.min())
    config = replace(SMALL_BOOSTED, horizons=(365,), seen_share=0.3)

    fitted = BoostedPurchases(config).fit(history, rng=np.random.default_rng(1))

    assert list(fitted.models_) == [span // 2]


def test_a_history_too_short_for_any_horizon_is_refused() -> None:
    seconds = np.array([10, 11, 12]) * 86_400
    short = PurchaseHistory.from_orders([1, 2, 1], seconds, [1.0, 1.0, 1.0], as_of_day=13)

    with pytest.raises(ModelFitError, match="the history is too short: 3 days"):
        BoostedPurchases(replace(SMALL_BOOSTED, seen_share=3.0)).fit(short, rng=np.random.default_rng(1))


def test_an_amount_that_is_no_number_is_refused(history: PurchaseHistory) -> None:
    with pytest.raises(ModelFitError):
        BoostedPurchases(SMALL_BOOSTED).fit(without_an_amount(history), rng=np.random.default_rng(1))


def test_a_longer_horizon_has_more_orders_and_a_smaller_chance_of_none(
    model: BoostedPurchases, history: PurchaseHistory
) -> None:
    outlook = model.outlook(history, HORIZONS)

    assert (np.diff(outlook.orders.mean(axis=0)) > 0).all()
    assert (np.diff(outlook.p_none.mean(axis=0)) < 0).all()


def test_regulars_are_forecast_near_what_they_will_order(
    model: BoostedPurchases, history: PurchaseHistory
) -> None:
    _history, future = regulars_and_leavers()

    orders = model.forecast(history, horizons=(90,)).expected_orders[:, 0]

    assert np.corrcoef(orders, future)[0, 1] > 0.9
    assert orders[future == 0].mean() < 1


def test_the_score_is_the_orders_of_ninety_days(model: BoostedPurchases, history: PurchaseHistory) -> None:
    score = model.score(history)

    assert score.dtype == np.float32
    np.testing.assert_array_equal(score, model.forecast(history, horizons=(90,)).expected_orders[:, 0])


def test_waits_rise_with_their_level_and_use_the_shortest_horizon_that_holds_them(
    model: BoostedPurchases, history: PurchaseHistory
) -> None:
    waits = np.sort(model.outlook(history, (90,)).wait_at, axis=1)

    assert (waits[:, 0] < 60).sum() > 40  # regulars order within weeks
    assert (waits[:, 2] > 90).sum() > 40  # members who left do not


def test_batches_make_no_difference(model: BoostedPurchases, history: PurchaseHistory) -> None:
    small = BoostedPurchases(replace(model.config, members_at_once=7))
    small.restore(model.arrays())

    whole, parts = model.outlook(history, (30,)), small.outlook(history, (30,))

    np.testing.assert_allclose(whole.orders, parts.orders, rtol=1e-6)
    np.testing.assert_allclose(whole.wait_at, parts.wait_at, rtol=1e-6)


def test_a_loaded_model_forecasts_like_the_saved_one(
    model: BoostedPurchases, history: PurchaseHistory, tmp_path: Path
) -> None:
    model.save(tmp_path / "model")
    loaded = BoostedPurchases.load(tmp_path / "model")

    assert loaded.config == model.config
    np.testing.assert_array_equal(
        loaded.outlook(history, HORIZONS).orders_at, model.outlook(history, HORIZONS).orders_at
    )


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArtefactError):
        BoostedPurchases.load(tmp_path)


def test_parameters_that_it_does_not_have_are_refused() -> None:
    with pytest.raises(TypeError):
        BoostedPurchases.from_parameters({"depth": 3})
