"""Pareto/NBD and Gamma-Gamma as a forecaster."""

from __future__ import annotations

import numpy as np
import pytest

from forecasts.ml.members.classical import Classical, ClassicalConfig, rhythm
from forecasts.ml.members.purchase_history import LATEST_DAY, PurchaseHistory
from tests.forecasts.toys import TODAY, regulars_and_leavers


@pytest.fixture(scope="module")
def fitted():
    history, future = regulars_and_leavers()
    return Classical().fit(history, rng=np.random.default_rng(1)), history, future


def test_repeats_recency_and_age_by_hand() -> None:
    history = PurchaseHistory.from_orders(
        [1, 1, 2], np.array([10, 24, 30]) * 86_400, [1.0, 1.0, 1.0], as_of_day=39, members=[1, 2, 3]
    )

    repeats, recency, age = rhythm(history)

    assert repeats.tolist() == [1, 0, 0]
    assert recency.tolist() == [2, 0, 0]
    assert age.tolist() == pytest.approx([4, 8 / 7, 0])


def test_members_who_left_are_less_likely_alive_than_those_who_still_order(fitted) -> None:
    model, history, future = fitted

    alive = model.outlook(history, (90,), quantiles="none").p_alive

    assert alive[future > 0].min() > 0.8
    assert alive[future == 0].mean() < 0.1


def test_a_longer_horizon_has_more_orders_and_a_smaller_chance_of_none(fitted) -> None:
    model, history, _future = fitted

    outlook = model.outlook(history, (7, 30, 90, 365), quantiles="matched")

    assert (np.diff(outlook.orders, axis=1) >= 0).all()
    assert (np.diff(outlook.p_none, axis=1) <= 1e-12).all()
    assert (np.diff(outlook.orders_at, axis=2) >= 0).all()


def test_the_quick_quantiles_are_near_the_exact_ones(fitted) -> None:
    model, history, future = fitted
    some = history.select(np.flatnonzero(future)[:20])

    exact, quick = (model.outlook(some, (90,), quantiles=kind).orders_at for kind in ("exact", "matched"))

    assert np.abs(exact - quick)[:, 0, 1].mean() < 1.0
    assert np.corrcoef(exact.ravel(), quick.ravel())[0, 1] > 0.95


def test_batches_make_no_difference(fitted) -> None:
    model, history, _future = fitted
    small = Classical(ClassicalConfig(members_at_once=7))
    small.restore(model.arrays())

    np.testing.assert_allclose(small.score(history), model.score(history), rtol=1e-6)


def test_waits_rise_with_their_level_and_are_capped(fitted) -> None:
    model, history, _future = fitted

    waits = model.waits(history)

    assert (np.diff(waits, axis=1) >= 0).all()
    assert waits.max() <= LATEST_DAY


def test_nobody_to_forecast_is_an_empty_forecast(fitted) -> None:
    model, _history, _future = fitted
    nobody = PurchaseHistory.from_orders([], [], [], as_of_day=TODAY)

    assert len(model.forecast(nobody).members) == 0
