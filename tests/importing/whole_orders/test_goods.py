"""What an order's products came to, where the file has amounts of whole orders only. In thousandths."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from importing.kinds.order_parts.amounts import Amounts
from importing.presets.loading import Rules
from importing.whole_orders.goods import goods_of_orders, price_by_order

Ints = npt.NDArray[np.int64]


def ints(*values: int) -> Ints:
    return np.array(values, dtype=np.int64)


def goods(**amounts: int) -> tuple[int, int]:
    """(products before the discount, the discount) of one order with these amounts."""
    of_order = {name: ints(value) for name, value in amounts.items()}
    before, discount = goods_of_orders(of_order, there={name: np.array([True]) for name in amounts})
    return int(before[0]), int(discount[0])


@pytest.mark.parametrize(
    ("amounts", "before", "discount"),
    [
        ({"order_subtotal": 9_000}, 9_000, 0),
        ({"order_total": 9_500, "shipping": 500}, 9_000, 0),
        ({"order_total": 9_500, "shipping": 300, "tax": 150, "tip": 50}, 9_000, 0),
        ({"order_subtotal": 9_800, "order_total": 9_500, "shipping": 500}, 9_000, 0),
        ({"order_gross": 10_000, "order_discount": 1_000}, 10_000, 1_000),
        ({"order_gross": 10_000, "order_total": 9_500, "shipping": 500}, 10_000, 1_000),
        ({"order_paid": 2_300, "shipping": 500}, 1_800, 0),
        ({"order_paid": 0, "order_subtotal": 700}, 700, 0),
        ({"order_total": 300, "shipping": 500}, 0, 0),
        ({"order_gross": 1_000, "order_discount": 4_000}, 1_000, 1_000),
        ({"shipping": 500}, 0, 0),
    ],
)
def test_goods_are_the_least_that_the_sums_leave(amounts: dict[str, int], before: int, discount: int) -> None:
    assert goods(**amounts) == (before, discount)


def test_each_order_uses_the_amounts_that_it_gives() -> None:
    of_order = {"order_subtotal": ints(700, 0), "order_total": ints(0, 900)}
    there = {"order_subtotal": np.array([True, False]), "order_total": np.array([False, True])}
    assert goods_of_orders(of_order, there=there)[0].tolist() == [700, 900]


def priced(*, quantity: Ints, stated: Ints, total: int, rules: Rules | None = None) -> Amounts:
    """The lines of one order of ``total``, after they were priced by it."""
    n = len(quantity)
    amounts = Amounts(
        quantity=quantity, unit_price=np.zeros(n, np.int64), gross=np.zeros(n, np.int64),
        discount=np.zeros(n, np.int64), refunded=np.zeros(n, np.int64), is_return=np.zeros(n, bool),
        coin=np.full(n, 10, np.int64), of_order={"order_subtotal": ints(total)},
    )  # fmt: skip
    price_by_order(
        amounts, there={"order_subtotal": np.array([True])}, stated=stated, starts=ints(0),
        lengths=ints(n), rules=rules or Rules(),
    )  # fmt: skip
    return amounts


def test_lines_share_the_order_by_quantity_to_the_last_coin() -> None:
    amounts = priced(quantity=ints(1, 2), stated=ints(1_000, 1_000), total=1_000)
    assert amounts.gross.sum() == 1_000
    assert amounts.gross.tolist() in ([330, 670], [340, 660])


def test_lines_that_state_different_amounts_keep_them() -> None:
    assert priced(quantity=ints(1, 1), stated=ints(300, 700), total=1_000).gross.tolist() == [300, 700]


def test_an_unnamed_order_is_one_line() -> None:
    amounts = priced(quantity=ints(1, 1), stated=ints(1_000, 1_000), total=1_000, rules={"unnamed": True})
    assert (amounts.quantity.tolist(), amounts.gross.tolist()) == ([1, 0], [1_000, 0])


def test_a_price_is_what_one_unit_came_to_in_millionths() -> None:
    assert priced(quantity=ints(4), stated=ints(0), total=1_000).unit_price.tolist() == [250_000]
