"""Clock features against datetime and zoneinfo, order by order."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from fraud.ml.orders.columns import DAY, NEVER, OrderColumns
from fraud.ml.orders.grouped_history import GroupedHistory
from fraud.ml.orders.time_features import time_features

Column = NDArray[np.generic]
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # zone beside it


def features(
    placed_at: list[int], *, time_zone: str = "UTC", joined_at: int = NEVER
) -> dict[str, np.ndarray]:
    """Of one member's orders."""
    n = len(placed_at)
    orders = OrderColumns.build(
        member=np.zeros(n, int),
        placed_at=np.array(placed_at),
        amount_cents=np.full(n, 100),
        joined_at=np.full(n, joined_at),
    )
    return time_features(orders, GroupedHistory.of(orders.member, limit=50), time_zone=time_zone)


@pytest.mark.parametrize("time_zone", ["UTC", "America/New_York", "Asia/Kolkata"])
@given(at=MOMENTS)
def test_hour_and_weekday_are_those_of_the_local_clock(time_zone, at):
    values = features([int(at.timestamp())], time_zone=time_zone)
    there = at.astimezone(ZoneInfo(time_zone))
    hour = 2 * math.pi * (there.hour + there.minute / 60) / 24
    weekday = 2 * math.pi * there.weekday() / 7

    assert [values["hour_sin"][0], values["hour_cos"][0]] == pytest.approx([math.sin(hour), math.cos(hour)])
    assert [values["weekday_sin"][0], values["weekday_cos"][0]] == pytest.approx(
        [math.sin(weekday), math.cos(weekday)], abs=1e-9
    )


def test_the_gap_is_in_hours_and_missing_for_the_first_order():
    gaps = features([0, 3_600, 3_600 * 4])["log_gap"]
    assert math.isnan(gaps[0])
    assert np.expm1(gaps[1:]) == pytest.approx([1, 3])


def test_the_history_counts_the_orders_before():
    assert np.expm1(features([0, 60, 120])["log_history"]) == pytest.approx([0, 1, 2])


def test_the_account_is_as_old_as_the_days_since_it_was_opened():
    days = np.expm1(features([10 * DAY, 12 * DAY], joined_at=9 * DAY)["log_account_days"])
    assert days == pytest.approx([1, 3])


def test_an_account_opened_after_the_order_is_new_and_an_unknown_one_missing():
    assert features([DAY], joined_at=5 * DAY)["log_account_days"] == pytest.approx([0])
    assert math.isnan(features([DAY])["log_account_days"][0])
