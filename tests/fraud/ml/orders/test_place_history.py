from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fraud.ml.orders.columns import DAY, HOUR, NEVER, UNKNOWN, OrderColumns
from fraud.ml.orders.place_history import (
    ABOUT_FRAUD,
    PLACE_CONTEXT,
    PLACE_FEATURES,
    PLACE_LENGTH,
    PlaceViews,
    distinct,
    place_codes,
    place_views,
)


def at_one_store(n: int = 4, **columns: list[float]) -> OrderColumns:
    """Orders an hour apart, each of another member unless told."""
    given = {"member": list(range(n)), "store": [3] * n, **columns}
    arrays = {name: np.array(values) for name, values in given.items()}
    return OrderColumns.build(placed_at=np.arange(n) * HOUR, amount_cents=np.arange(1, n + 1) * 100, **arrays)


def views(orders: OrderColumns, *rows: int) -> PlaceViews:
    at = np.array(rows)
    return place_views(
        orders,
        rows=at,
        as_of=orders.placed_at[at],
        about_fraud=lambda frauds, known_by: np.zeros((len(frauds), len(ABOUT_FRAUD)), np.float32),
    )


def context(orders: OrderColumns, row: int) -> dict[str, float]:
    return dict(zip(PLACE_CONTEXT, views(orders, row).context[0].tolist(), strict=True))


def steps(orders: OrderColumns, row: int, name: str) -> list[float]:
    values: list[float] = views(orders, row).steps[0, :, PLACE_FEATURES.index(name)].tolist()
    return values


def test_the_store_comes_before_the_device_and_the_device_before_the_card():
    orders = OrderColumns.build(
        member=np.zeros(5, int), placed_at=np.zeros(5, int), amount_cents=np.zeros(5, int),
        store=np.array([4, UNKNOWN, UNKNOWN, 4, UNKNOWN]),
        device=np.array([8, 8, UNKNOWN, 9, UNKNOWN]),
        instrument=np.array([1, 2, 2, 3, UNKNOWN]),
    )  # fmt: skip
    codes = place_codes(orders)

    assert codes[0] == codes[3]  # one store, whatever the device
    assert len(set(codes.tolist())) == 4


def test_a_device_never_has_the_code_of_a_store():
    orders = OrderColumns.build(
        member=np.zeros(2, int), placed_at=np.zeros(2, int), amount_cents=np.zeros(2, int),
        store=np.array([5, UNKNOWN]), device=np.array([UNKNOWN, 5]),
    )  # fmt: skip

    assert place_codes(orders)[0] != place_codes(orders)[1]


def test_the_last_orders_of_the_store_are_shown_whoever_placed_them():
    shown = np.expm1(steps(at_one_store(), 3, "log_amount"))

    np.testing.assert_allclose(shown[-4:], [1, 2, 3, 4], rtol=1e-5)
    assert not shown[: PLACE_LENGTH - 4].any()
    assert steps(at_one_store(), 3, "present")[-5:] == [0, 1, 1, 1, 1]


def test_ages_count_back_from_the_order():
    np.testing.assert_allclose(np.expm1(steps(at_one_store(), 3, "log_age"))[-4:], [3, 2, 1, 0], atol=1e-5)


def test_own_orders_at_the_store_are_marked_but_not_the_order_itself():
    orders = at_one_store(member=[7, 8, 7, 7])

    assert steps(orders, 3, "same_member")[-4:] == [1, 0, 1, 0]
    assert np.expm1(context(orders, 3)["place_own_orders"]) == pytest.approx(2)
    assert np.expm1(context(orders, 3)["place_members"]) == pytest.approx(2)


def test_a_label_shows_once_it_is_known():
    orders = at_one_store(
        is_fraud=np.array([1, 0, 1, np.nan], np.float32).tolist(), label_known_at=[0, HOUR, NEVER - 1, NEVER]
    )

    assert steps(orders, 3, "label_fraud")[-4:] == [1, 0, 0, 0]
    assert steps(orders, 3, "label_genuine")[-4:] == [0, 1, 0, 0]
    assert np.expm1(steps(orders, 3, "label_days"))[-4] == pytest.approx(3 * HOUR / DAY)


def test_the_place_is_counted_by_window():
    orders = at_one_store()
    places = context(orders, 3)

    assert np.expm1(places["place_count_1h"]) == pytest.approx(1)
    assert np.expm1(places["place_count_1d"]) == pytest.approx(3)
    assert np.expm1(places["place_log_history"]) == pytest.approx(3)


def test_features_of_a_known_fraud_are_missing_without_one():
    places = context(at_one_store(), 3)

    assert np.isnan([places[name] for name in PLACE_CONTEXT if name.startswith("place_fraud_log")]).all()
    assert np.isnan(places["place_fraud_elsewhere"])


def test_another_store_is_not_seen():
    orders = at_one_store(store=[3, 4, 3, 4])

    assert sum(steps(orders, 3, "present")) == 2


@given(st.lists(st.lists(st.integers(-1, 3), min_size=5, max_size=5), min_size=1, max_size=6))
def test_distinct_codes_are_counted_without_the_unknown(rows: list[list[int]]):
    expected = [len({code for code in row if code != UNKNOWN}) for row in rows]

    assert distinct(np.array(rows)).tolist() == expected
