"""The features of one order that do not depend on when it is looked at."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fraud.ml.orders.columns import DAY, HOUR, OrderColumns
from fraud.ml.orders.grouped_history import GroupedHistory
from fraud.ml.orders.step_features import HISTORY_ORDERS, STEP_FEATURES, step_features
from tests.fraud.toys import START, some_orders


def features(*, amounts: list[int], days: list[float], **columns: Any) -> list[dict[str, float]]:
    """Of one member's orders, each with its features by name."""
    orders = OrderColumns.build(
        member=np.zeros(len(amounts), np.int64),
        placed_at=START + (np.array(days) * DAY).astype(np.int64),
        amount_cents=np.array(amounts),
        **{name: np.array(values) for name, values in columns.items()},
    )
    history = GroupedHistory.of(orders.member, limit=HISTORY_ORDERS)
    table = step_features(orders, history, time_zone="UTC")
    return [dict(zip(STEP_FEATURES, row.tolist(), strict=True)) for row in table]


def test_each_feature_has_one_name_and_one_column() -> None:
    orders = some_orders(n_members=2, n_orders=4)
    order = np.lexsort((orders.placed_at, orders.member))
    sorted_orders = orders.take(order)
    history = GroupedHistory.of(sorted_orders.member, limit=HISTORY_ORDERS)

    table = step_features(sorted_orders, history, time_zone="UTC")

    assert len(set(STEP_FEATURES)) == len(STEP_FEATURES)
    assert table.shape == (8, len(STEP_FEATURES))
    assert table.dtype == np.float32
    assert not np.isinf(table).any()


def test_an_amount_is_compared_with_the_mean_and_the_order_before() -> None:
    rows = features(amounts=[1_000, 1_000, 4_000], days=[0, 1, 2])

    assert np.isnan(rows[0]["amount_vs_mean"])
    assert np.isnan(rows[0]["amount_vs_previous"])
    assert rows[1]["amount_vs_mean"] == pytest.approx(0, abs=1e-6)
    assert rows[2]["amount_vs_previous"] == pytest.approx(np.log(41 / 11), rel=1e-5)


def test_one_very_large_amount_hardly_moves_what_is_typical() -> None:
    rows = features(amounts=[1_000] * 6 + [900_000, 1_000], days=list(range(8)))

    assert rows[-1]["amount_vs_mean"] < -4
    assert abs(rows[-1]["amount_vs_typical"]) < 0.2


def test_the_discount_is_a_share_of_the_price_before_it() -> None:
    (row,) = features(amounts=[750], days=[0], discount_cents=[250])
    assert row["discount_share"] == pytest.approx(0.25)


def test_the_share_of_a_channel_counts_earlier_orders_only() -> None:
    rows = features(amounts=[100] * 3, days=[0, 1, 2], channel=np.array([0, 1, 0], np.int8))

    assert np.isnan(rows[0]["channel_share"])
    assert [row["channel_share"] for row in rows[1:]] == [0.0, 0.5]


def test_an_unknown_channel_has_no_share_and_none_of_the_flags() -> None:
    rows = features(amounts=[100] * 2, days=[0, 1], channel=np.array([0, -1], np.int8))

    assert np.isnan(rows[1]["channel_share"])
    assert (
        sum(value for name, value in rows[1].items() if name.startswith("channel_") and "share" not in name)
        == 0
    )


def test_a_device_is_new_once_then_has_an_age_and_uses() -> None:
    rows = features(amounts=[100] * 3, days=[0, 4, 10], device=[7, 8, 7])

    assert [row["new_device"] for row in rows] == [1.0, 1.0, 0.0]
    assert rows[2]["log_days_since_first_device"] == pytest.approx(np.log1p(10), rel=1e-6)
    assert rows[2]["log_uses_device"] == pytest.approx(np.log1p(1), rel=1e-6)


def test_a_missing_device_is_missing() -> None:
    rows = features(amounts=[100] * 2, days=[0, 1], device=[7, -1])
    assert np.isnan(rows[1]["new_device"])
    assert np.isnan(rows[1]["log_uses_device"])
    assert np.isnan(features(amounts=[100], days=[0])[0]["new_device"])


def test_velocity_counts_earlier_orders_and_adds_this_ones_money() -> None:
    rows = features(amounts=[100, 200, 300], days=[0, 0.5 * HOUR / DAY, 3])

    assert rows[1]["count_1h"] == pytest.approx(np.log1p(1))
    assert rows[1]["sum_1h"] == pytest.approx(np.log1p(3.0), rel=1e-5)
    assert rows[2]["count_1d"] == 0
    assert rows[2]["count_7d"] == pytest.approx(np.log1p(2))


def test_later_orders_change_nothing() -> None:
    given: dict[str, Any] = {"device": [1, 2, 1, 3], "channel": np.array([0, 1, 0, 1], np.int8)}
    whole = features(amounts=[100, 500, 200, 900], days=[0, 1, 2, 3], **given)
    part = features(amounts=[100, 500], days=[0, 1], **{name: values[:2] for name, values in given.items()})
    assert str(part) == str(whole[:2])
