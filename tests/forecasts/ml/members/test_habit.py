"""The baseline: a member's own rate."""

from __future__ import annotations

import numpy as np
import pytest

from forecasts.ml.members.habit import Habit
from forecasts.ml.members.purchase_history import PurchaseHistory
from learning.estimator import ModelFitError
from tests.forecasts.toys import TODAY, regulars_and_leavers, without_an_amount


@pytest.fixture(scope="module")
def fitted():
    history, future = regulars_and_leavers()
    return Habit().fit(history, rng=np.random.default_rng(1)), history, future


def test_who_orders_more_often_is_expected_more_often(fitted) -> None:
    model, history, future = fitted
    regulars = np.flatnonzero(future)

    expected = model.forecast(history, horizons=(90,)).expected_orders[regulars, 0]

    assert np.corrcoef(expected, future[regulars])[0, 1] > 0.98


def test_it_expects_too_much_of_members_who_stopped_ordering(fitted) -> None:
    model, history, future = fitted

    expected = model.forecast(history, horizons=(90,)).expected_orders[:, 0]

    assert expected[future == 0].mean() > 1.0
    assert (model.forecast(history).p_alive == 1).all()


def test_twice_the_days_are_twice_the_orders(fitted) -> None:
    model, history, _future = fitted

    expected = model.forecast(history, horizons=(30, 60)).expected_orders

    np.testing.assert_allclose(expected[:, 1], 2 * expected[:, 0], rtol=1e-5)


def test_somebody_never_seen_has_the_shops_rate(fitted) -> None:
    model, _history, _future = fitted
    unseen = PurchaseHistory.from_orders([], [], [], as_of_day=TODAY, members=[99])

    forecasts = model.forecast(unseen, horizons=(90,))

    assert forecasts.expected_orders[0, 0] == pytest.approx(90 * model.rate_, rel=0.02)


def test_a_loaded_model_forecasts_like_the_saved_one(fitted, tmp_path) -> None:
    model, history, _future = fitted
    model.save(tmp_path / "habit")

    np.testing.assert_array_equal(Habit.load(tmp_path / "habit").score(history), model.score(history))


def test_an_amount_that_is_not_a_number_is_refused() -> None:
    history, _future = regulars_and_leavers()
    with pytest.raises(ModelFitError):
        Habit().fit(without_an_amount(history), rng=np.random.default_rng(1))
