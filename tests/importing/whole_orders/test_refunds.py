from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importing.whole_orders.refunds import goods_refunded

JACKET, BELT = 100_000, 25_000


def of_taxed(refunded: int, *, units: list[int], tax: int, shipping: int) -> int:
    """Of an order whose goods are all taxed."""
    taxed = [True] * len(units)
    return goods_refunded(refunded, units=units, taxed=taxed, tax=tax, shipping=shipping, coin=10)


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
    assert of_taxed(refunded, units=[JACKET, BELT], tax=10_000, shipping=0) == goods


def test_tax_on_goods_and_shipping_is_told_from_tax_on_goods() -> None:
    assert of_taxed(29_750, units=[JACKET, BELT], tax=28_500, shipping=25_000) == 25_000


def test_an_order_of_very_many_different_units_keeps_its_refund() -> None:
    assert of_taxed(1_080, units=[2**power for power in range(20)], tax=80, shipping=0) == 1_080


@pytest.mark.parametrize(
    ("refunded", "goods"),
    [
        pytest.param(20_000, 20_000, id="the book, free of tax"),
        pytest.param(11_000, 10_000, id="the mug and its tax"),
        pytest.param(31_000, 30_000, id="both"),
        pytest.param(17_000, 10_000, id="the mug, its tax and the shipping"),
        pytest.param(6_000, 0, id="the shipping alone"),
        pytest.param(5_000, 5_000, id="an amount that nothing explains"),
    ],
)
def test_tax_is_that_of_the_goods_that_are_taxed(refunded: int, goods: int) -> None:
    units, taxed = [20_000, 10_000], [False, True]
    assert goods_refunded(refunded, units=units, taxed=taxed, tax=1_000, shipping=6_000, coin=10) == goods


@given(
    units=st.lists(st.integers(1, 500).map(lambda price: price * 100), min_size=1, max_size=8),
    percent=st.integers(0, 25),
    data=st.data(),
)
def test_goods_are_never_more_than_the_refund(units: list[int], percent: int, data: st.DataObject) -> None:
    refunded = data.draw(st.integers(10, sum(units) * 2))
    tax = sum(units) * percent // 100
    goods = of_taxed(refunded, units=units, tax=tax, shipping=500)
    is_shipping = abs(refunded - 500) <= 500 * percent // 100 + 20
    assert (0 if is_shipping else 1) <= goods <= refunded
