from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importing.whole_orders.refunds import goods_refunded

JACKET, BELT = 100_000, 25_000


@pytest.mark.parametrize(
    ("refunded", "goods"),
    [
        pytest.param(27_000, 25_000, id="a unit and its tax"),
        pytest.param(25_000, 25_000, id="a unit whose tax was kept"),
        pytest.param(135_000, 125_000, id="all units and their tax"),
        pytest.param(5_000, 5_000, id="an amount that no unit explains"),
    ],
)
def test_tax_is_taken_out_of_a_refund_that_units_explain(refunded: int, goods: int) -> None:
    assert goods_refunded(refunded, units=[JACKET, BELT], tax=10_000, shipping=0, coin=10) == goods


def test_tax_on_goods_and_shipping_is_told_from_tax_on_goods() -> None:
    assert goods_refunded(29_750, units=[JACKET, BELT], tax=28_500, shipping=25_000, coin=10) == 25_000


def test_an_order_of_very_many_different_units_keeps_its_refund() -> None:
    assert (
        goods_refunded(1_080, units=[2**power for power in range(20)], tax=80, shipping=0, coin=10) == 1_080
    )


@given(
    units=st.lists(st.integers(1, 500).map(lambda price: price * 100), min_size=1, max_size=8),
    percent=st.integers(0, 25),
    data=st.data(),
)
def test_goods_are_never_more_than_the_refund(units: list[int], percent: int, data: st.DataObject) -> None:
    refunded = data.draw(st.integers(10, sum(units) * 2))
    tax = sum(units) * percent // 100
    goods = goods_refunded(refunded, units=units, tax=tax, shipping=500, coin=10)
    assert 0 < goods <= refunded
