"""One member's curve: chances, days and orders are read from the same points."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasts.ml.members.curves.member_curves import MemberCurves
from forecasts.ml.members.purchase_history import LATEST_DAY


def steady(*, rate: float = 0.1, extra: float = 2.0) -> MemberCurves:
    """One member: the first order comes at a constant rate a day, and ``extra`` follow it within 30 days."""
    days = np.array([[0.0, 10.0, 30.0]])
    return MemberCurves(days, rate * days, np.ones(1), (30,), np.array([[extra]]))


@pytest.mark.parametrize("day", [1, 7, 10, 29.5, 30])
def test_a_chance_is_that_of_the_rate(day: float) -> None:
    assert steady().chance(day)[0] == pytest.approx(1 - np.exp(-0.1 * day))


def test_beyond_the_last_point_nobody_orders() -> None:
    assert steady().chance(400)[0] == steady().chance(30)[0]


@given(st.floats(0.01, 0.94))
def test_the_chance_by_the_day_of_a_level_is_that_level(level: float) -> None:
    curves = steady()

    day = curves.waits((level,))[0, 0]

    assert curves.chance(day)[0] == pytest.approx(level)


def test_a_level_that_is_never_reached_has_the_latest_day() -> None:
    assert steady(rate=0.01).waits((0.1, 0.5))[0].tolist() == [pytest.approx(10.536, abs=0.001), LATEST_DAY]


def test_time_since_the_first_order_is_the_area_below_the_chance() -> None:
    curves = steady()
    grid = np.linspace(0, 23, 20_001)

    area = np.trapezoid([curves.chance(day)[0] for day in grid], grid)

    assert curves.since_first(23)[0] == pytest.approx(area, rel=1e-6)


def test_orders_are_the_first_and_those_that_follow() -> None:
    curves = steady()

    assert curves.orders(30)[0] == pytest.approx(curves.chance(30)[0] + 2.0)
    assert curves.chance(10)[0] < curves.orders(10)[0] < curves.orders(20)[0] < curves.orders(30)[0]


def test_two_points_of_one_day_are_a_jump() -> None:
    days, hazard = np.array([[0.0, 5.0, 5.0, 9.0]]), np.array([[0.0, 0.0, 1.0, 1.0]])
    curves = MemberCurves(days, hazard, np.ones(1), (9,), np.zeros((1, 1)))

    assert curves.chance(4)[0] == 0
    assert curves.chance(6)[0] == pytest.approx(1 - np.exp(-1))
    assert curves.waits((0.5,))[0, 0] == 5
