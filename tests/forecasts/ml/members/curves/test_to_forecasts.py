"""An outlook as forecasts: in order and within bounds, and the same whichever horizons are asked for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from forecasts.ml.members.curves.to_forecasts import knots_of, to_forecasts
from forecasts.ml.members.outlook import Outlook
from forecasts.ml.members.purchase_history import CHANCE_DAYS, LATEST_DAY
from tests.forecasts.ml.members.curves.answers import KNOTS, history, outlook, outlooks


@settings(max_examples=30)
@given(outlooks)
def test_forecasts_are_in_order_and_within_bounds(answer: Outlook) -> None:
    forecasts = to_forecasts(history(2), answer, knots=KNOTS, horizons=(30, 90), mean_units=1.0)

    assert (forecasts.orders_low <= forecasts.median_orders).all()
    assert (forecasts.median_orders <= forecasts.orders_high).all()
    assert ((forecasts.p_inactive >= 0) & (forecasts.p_inactive <= 1)).all()
    assert ((forecasts.next_order_days > 0) & (forecasts.next_order_days <= LATEST_DAY)).all()
    np.testing.assert_array_equal(forecasts.median_orders, np.floor(forecasts.median_orders))


def test_a_horizon_has_the_same_figures_whatever_else_is_asked_for() -> None:
    def orders(*horizons: int) -> list[float]:
        own = to_forecasts(history(1), outlook(), knots=KNOTS, horizons=horizons, mean_units=1.0)
        return [float(own.expected_orders[0, own.horizon(90)]), float(own.p_inactive[0, own.horizon(90)])]

    assert orders(90) == orders(7, 30, 90, 365)


def test_the_kept_chances_are_those_of_the_horizons() -> None:
    own = to_forecasts(history(1), outlook(), knots=KNOTS, horizons=KNOTS, mean_units=1.0)

    kept = [own.chances[0, CHANCE_DAYS.index(days)] for days in KNOTS]
    assert kept == pytest.approx((1 - own.p_inactive[0]).tolist())


def test_knots_are_all_horizons_rising() -> None:
    assert knots_of((90, 7), (30, 90)) == (7, 30, 90)
