"""Refunds: what was paid comes back once, to the coin."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.db import connections
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from membership.errors import Conflict, Rejected, ServiceError
from membership.models import Order, Refund
from membership.orders.refunds import Wanted, refund_order
from tests.factories import MemberFactory, OrderFactory
from tests.membership.orders.makers import product, taken

pytestmark = pytest.mark.django_db
ALL = Wanted(everything=True)


@pytest.fixture
def order() -> Order:
    """Three teas at 2.50 and one cup at 10.00, a discount of 1.00 over both: 16.50."""
    product("TEA", "2.50", stock=10)
    product("CUP", "10.00", stock=10)
    return taken(
        {"TEA": 3, "CUP": 1}, order_discount=Decimal("1.00"), shipping=Decimal(4), tax=Decimal("1.65")
    )


def stocks(order: Order) -> list[int | None]:
    return [item.product.stock for item in order.items.order_by("line_no")]


def test_all_of_an_order_comes_back_with_what_was_paid_beside_it(order) -> None:
    refund = refund_order(order=order, wanted=ALL, source="api", who="maria", reason="broken")

    order.refresh_from_db()
    assert (refund.goods, refund.shipping, refund.tax) == (Decimal("16.50"), Decimal(4), Decimal("1.65"))
    assert (order.status, order.total, order.refunded) == ("refunded", 0, Decimal("16.50"))
    assert (refund.change.who, refund.change.reason, refund.restock) == ("maria", "broken", False)
    assert stocks(order) == [7, 9]


def test_some_pieces_come_back_with_their_share_of_the_discount(order) -> None:
    refund = refund_order(order=order, wanted=Wanted(lines={1: 1}), source="api", restock=True)

    order.refresh_from_db()
    assert refund.lines == {"1": [1, "2.36"]}
    assert (order.status, order.total, refund.tax) == ("paid", Decimal("14.14"), Decimal("0.24"))
    assert stocks(order) == [8, 9]


def test_pieces_one_after_the_other_come_to_what_was_paid(order) -> None:
    for lines in ({1: 1}, {1: 1}, {2: 1}, {1: 1}):
        refund_order(order=order, wanted=Wanted(lines=lines), source="api", restock=True)

    order.refresh_from_db()
    assert sum(refund.goods for refund in order.refunds.all()) == Decimal("16.50")
    assert sum(refund.tax for refund in order.refunds.all()) == Decimal("1.65")
    assert (order.status, stocks(order)) == ("refunded", [10, 10])


def test_an_amount_is_spread_over_the_lines(order) -> None:
    refund = refund_order(order=order, wanted=Wanted(amount=Decimal("5.00")), source="api")

    assert refund.lines == {"1": [0, "2.14"], "2": [0, "2.86"]}
    assert stocks(order) == [7, 9]


def test_goods_come_back_to_stock_after_their_money(order) -> None:
    refund_order(order=order, wanted=Wanted(amount=Decimal("16.50")), source="api")
    refund = refund_order(order=order, wanted=Wanted(lines={2: 1}), source="api", restock=True)

    assert (refund.goods, refund.lines) == (Decimal(0), {"2": [1, "0.00"]})
    assert stocks(order) == [7, 10]
    with pytest.raises(Rejected, match="only 0"):
        refund_order(order=order, wanted=Wanted(lines={2: 1}), source="api", restock=True)
    assert stocks(order) == [7, 10]


@pytest.mark.parametrize(
    ("wanted", "error", "words"),
    [
        (Wanted(amount=Decimal("16.51")), Conflict, "Only \\$16.50"),
        (Wanted(amount=Decimal("0.005")), Rejected, "no smaller part"),
        (Wanted(lines={1: 4}), Rejected, "only 3"),
        (Wanted(lines={9: 1}), Rejected, "no line 9"),
    ],
)
def test_more_than_is_left_is_refused_and_nothing_is_written(order, wanted, error, words) -> None:
    with pytest.raises(error, match=words):
        refund_order(order=order, wanted=wanted, source="api")
    assert not Refund.objects.exists()


def test_an_amount_brings_no_goods_back(order) -> None:
    with pytest.raises(Rejected, match="name the lines"):
        refund_order(order=order, wanted=Wanted(amount=Decimal(1)), source="api", restock=True)


@pytest.mark.parametrize("status", ["pending", "held", "cancelled", "declined", "refunded"])
def test_what_was_not_paid_is_not_refunded(status) -> None:
    with pytest.raises(Conflict):
        refund_order(order=OrderFactory(status=status), wanted=ALL, source="api")


def test_two_refunds_at_once_never_return_more_than_was_paid(threaded_db) -> None:
    product("TEA", "10.00", stock=10)
    order = taken({"TEA": 3})
    start = threading.Barrier(4)

    def refund(number: int) -> bool:
        start.wait(timeout=10)
        try:
            wanted = Wanted(lines={1: 2}) if number % 2 else Wanted(amount=Decimal(20))
            refund_order(order=order, wanted=wanted, source="api", restock=wanted.lines is not None)
            return True
        except ServiceError:
            return False
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(refund, range(4)))

    order.refresh_from_db()
    item = order.items.get()
    assert any(done)
    assert not all(done)
    assert 0 <= order.refunded == sum(one.goods for one in order.refunds.all()) <= 30
    assert item.product.stock == 7 + item.restocked
    assert item.restocked <= item.returned <= 3


PRICES = st.lists(st.tuples(st.integers(1, 9), st.integers(1, 5_000)), min_size=1, max_size=4)
STEPS = st.lists(st.tuples(st.booleans(), st.integers(0, 3), st.integers(1, 9_000)), max_size=8)


class AnyRefunds(TestCase):
    """Whatever is refunded by line and by amount: what was paid, and no more, comes back."""

    @settings(max_examples=40)
    @given(PRICES, st.integers(0, 100), STEPS, st.sampled_from(["USD", "JPY"]), st.integers(0, 10**9))
    def test_refunds_never_come_to_more_or_less_than_was_paid(
        self, prices, percent, steps, currency, number
    ) -> None:
        coin = Decimal(1) if currency == "JPY" else Decimal("0.01")
        member = MemberFactory()
        for at, _line in enumerate(prices):
            product(f"P{number}-{at}", "1.00")
        lines = [
            {"sku": f"P{number}-{at}", "quantity": quantity, "unit_price": price * coin}
            for at, (quantity, price) in enumerate(prices)
        ]
        gross = sum(quantity * price for quantity, price in prices)
        order = taken(
            {}, member=member, lines=lines, currency=currency, order_discount=gross * percent // 100 * coin
        )
        paid = order.total
        for by_line, line, amount in steps:
            wanted = (
                Wanted(lines={line % len(prices) + 1: amount % 9 + 1})
                if by_line
                else Wanted(amount=amount * coin)
            )
            try:
                refund_order(order=order, wanted=wanted, source="test")
            except ServiceError:
                continue
            order.refresh_from_db()
            assert order.total + sum(one.goods for one in order.refunds.all()) == paid
            assert all(item.total >= 0 and item.total % coin == 0 for item in order.items.all())
        order.refresh_from_db()
        if order.status != "refunded":
            refund_order(order=order, wanted=ALL, source="test")
        order.refresh_from_db()
        assert (order.status, order.total, order.refunded) == ("refunded", Decimal(0), paid)
