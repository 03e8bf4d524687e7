"""What rules may ask, against loops over all orders."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fraud.ml.counting.counters import DAY
from fraud.ml.counting.windows import NEVER
from fraud.ml.orders.facts import OrderTable

HOUR = 3_600


def table(*rows: dict[str, Any], time_zone: str = "UTC") -> OrderTable:
    """One order a row, in the order of time; an hour apart unless told."""
    defaults: dict[str, Any] = {
        "member": 1, "amount": 10.0, "discount": 0.0, "device": "", "instrument": "", "address": "", "ip": "",
        "billing_country": "", "shipping_country": "", "joined_at": NEVER, "is_fraud": np.nan,
        "label_known_at": NEVER, "approved_at": NEVER, "declined_at": NEVER,
    }  # fmt: skip
    filled = [{**defaults, "placed_at": number * HOUR, **row} for number, row in enumerate(rows)]
    columns = {
        name: np.array([row[name] for row in filled], object if isinstance(filled[0][name], str) else None)
        for name in filled[0]
    }
    return OrderTable(columns, time_zone)


def fact(name: str, *rows: dict[str, Any], time_zone: str = "UTC") -> list[Any]:
    values: list[Any] = table(*rows, time_zone=time_zone).fact(name).tolist()
    return values


orders = st.lists(
    st.fixed_dictionaries({
        "member": st.integers(1, 2),
        "device": st.sampled_from(["", "x", "y"]),
        "gap": st.integers(0, 3),
        "amount": st.integers(1, 9).map(float),
        "is_fraud": st.sampled_from([np.nan, 0.0, 1.0]),
        "late": st.integers(0, 4),
    }),
    min_size=1, max_size=12,
)  # fmt: skip


def timed(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Hours from gaps; labels known some hours after their order."""
    now, counts = 0, []
    for row in rows:
        now += row["gap"]
        known_at = NEVER if np.isnan(row["is_fraud"]) else (now + row["late"]) * HOUR
        counts.append({**row, "placed_at": now * HOUR, "label_known_at": known_at})
    return counts


@given(orders)
def test_counters_agree_with_a_double_loop(rows: list[dict[str, Any]]):
    placed = timed(rows)
    computed = {
        name: fact(f"{name}_same_device.2h", *placed) for name in ("orders", "amount", "members", "frauds")
    }
    for at, order in enumerate(placed):
        if not order["device"]:
            assert all(np.isnan(values[at]) for values in computed.values())
            continue
        near = [
            (row, other)
            for row, other in enumerate(placed[: at + 1])
            if other["device"] == order["device"] and order["placed_at"] - other["placed_at"] < 2 * HOUR
        ]
        known = [
            other
            for row, other in near
            if other["is_fraud"] == 1 and other["label_known_at"] <= order["placed_at"] and row != at
        ]
        assert computed["orders"][at] == len(near)
        assert computed["amount"][at] == pytest.approx(sum(other["amount"] for _row, other in near))
        assert computed["members"][at] == len({other["member"] for _row, other in near})
        assert computed["frauds"][at] == len(known)


@given(orders)
def test_the_members_past_agrees_with_a_loop(rows: list[dict[str, Any]]):
    placed = timed(rows)
    numbers, ratios = fact("earlier_orders", *placed), fact("amount_vs_usual", *placed)
    new = fact("new_device", *placed)
    for at, order in enumerate(placed):
        past = [other for other in placed[:at] if other["member"] == order["member"]]
        assert numbers[at] == len(past)
        if past:
            usual = np.mean([other["amount"] for other in past])
            assert ratios[at] == pytest.approx(order["amount"] / usual, abs=1e-3)
        else:
            assert np.isnan(ratios[at])
        if order["device"]:
            assert new[at] == (order["device"] not in {other["device"] for other in past})
        else:
            assert np.isnan(new[at])


def test_an_order_never_counts_its_own_fraud():
    """Not even where the label is stored as known before the order, by a wrong clock."""
    row = {"device": "x", "is_fraud": 1.0, "label_known_at": 0}

    assert fact("frauds_same_device.1d", {**row, "placed_at": HOUR}) == [0]


def test_hours_and_weekdays_are_those_of_the_shop():
    row = {"placed_at": 0}  # 1970-01-01 00:00 in UTC, a Thursday

    assert fact("hour", row, time_zone="Asia/Shanghai") == [8]
    assert fact("weekday", row) == ["thu"]
    assert fact("weekday", row, time_zone="America/New_York") == ["wed"]


@pytest.mark.parametrize(
    ("billed", "shipped", "differ"),
    [("US", "CN", 1), ("US", "US", 0), ("", "US", np.nan), ("US", "", np.nan)],
)
def test_countries_differ_where_both_are_known(billed: str, shipped: str, differ: float):
    values = fact("countries_differ", {"billing_country": billed, "shipping_country": shipped})

    np.testing.assert_array_equal(values, [differ])


def test_a_discount_is_a_share_of_the_price_before_it():
    assert fact("discount_share", {"amount": 15.0, "discount": 5.0}) == [0.25]
    assert fact("discount_share", {"amount": 0.0, "discount": 0.0}) == [0]


def test_days_since_joining_are_whole_and_never_negative():
    rows = [{"placed_at": 5 * DAY, "joined_at": at} for at in (3 * DAY - 1, 9 * DAY, NEVER)]

    np.testing.assert_array_equal(fact("account_days", *rows), [2, 0, np.nan])


def test_the_first_order_is_each_members_own():
    assert fact("first_order", {"member": 1}, {"member": 2}, {"member": 1}) == [1, 1, 0]


def test_a_field_that_does_not_exist_is_an_error():
    with pytest.raises(KeyError):
        table({}).fact("colour")


def test_an_empty_table_has_empty_facts():
    empty = OrderTable(
        {
            name: np.zeros(0, np.int64)
            for name in (
                "placed_at", "device", "member", "amount", "is_fraud", "label_known_at", "approved_at",
                "declined_at",
            )
        },
        "UTC",
    )  # fmt: skip

    assert empty.fact("orders_same_device.1h").tolist() == []
    assert empty.fact("earlier_orders").tolist() == []
