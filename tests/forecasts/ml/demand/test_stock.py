from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasts.ml.demand.stock import reorder

STEADY = np.repeat(np.array([[[6.0, 8.0, 10.0, 12.0, 14.0]]], dtype=np.float32), 8, axis=1)


def advice(**changes):
    wanted = {"lead_time_weeks": 2, "service_level": 0.95, "on_hand": 0.0} | changes
    return reorder(STEADY, **wanted)


def test_the_reorder_point_is_demand_until_delivery_and_safety_stock():
    advised = advice()

    assert advised.expected_demand[0] == pytest.approx(20.0)
    assert 25 <= advised.reorder_points[0] <= 32


def test_a_higher_service_level_keeps_more():
    assert advice(service_level=0.99).reorder_points > advice(service_level=0.8).reorder_points


def test_nothing_is_ordered_while_stock_lasts():
    assert advice(on_hand=100.0).order_units[0] == 0
    assert advice(on_hand=5.0).order_units[0] > 0


def test_lead_times_beyond_the_forecast_repeat_its_last_week():
    assert advice(lead_time_weeks=20).expected_demand[0] == pytest.approx(200.0)


def test_a_product_without_sales_is_not_ordered():
    advised = reorder(np.zeros((1, 8, 5), dtype=np.float32), lead_time_weeks=1, service_level=0.9, on_hand=0)

    assert advised.reorder_points[0] == 0
    assert advised.order_units[0] == 0


@pytest.mark.parametrize("wrong", [{"service_level": 1.0}, {"lead_time_weeks": 0}, {"review_weeks": -1}])
def test_what_cannot_be_is_refused(wrong):
    with pytest.raises(ValueError, match="must be"):
        advice(**wrong)


weekly = st.lists(st.integers(0, 200), min_size=5, max_size=5).map(sorted)
forecasts = st.lists(weekly, min_size=1, max_size=4).map(lambda weeks: np.array([weeks], dtype=np.float32))


@given(forecasts, st.floats(0.2, 8.0), st.floats(0.5, 0.99), st.integers(0, 500))
def test_whatever_the_forecast_stock_is_ordered_up_to_the_point_or_more(quantiles, lead, level, on_hand):
    advised = reorder(quantiles, lead_time_weeks=lead, service_level=level, on_hand=on_hand)

    point, order = float(advised.reorder_points[0]), float(advised.order_units[0])
    assert np.isfinite([point, order]).all()
    assert point >= 0
    assert order == 0 if on_hand > point else on_hand + order >= point


@given(forecasts, st.floats(0.2, 4.0))
def test_more_service_or_a_longer_wait_never_needs_less(quantiles, lead):
    def point(lead_time: float, level: float) -> float:
        advised = reorder(quantiles, lead_time_weeks=lead_time, service_level=level, on_hand=0)
        return float(advised.reorder_points[0])

    assert point(lead, 0.6) <= point(lead, 0.9) <= point(lead, 0.99)
    assert point(lead, 0.9) <= point(lead + 1, 0.9) + 1


@given(forecasts, st.integers(0, 300), st.integers(0, 300))
def test_more_on_hand_never_means_a_larger_order(quantiles, one, other):
    low, high = sorted((one, other))
    orders = [
        float(reorder(quantiles, lead_time_weeks=2, service_level=0.9, on_hand=stock).order_units[0])
        for stock in (low, high)
    ]

    assert orders[0] >= orders[1]
