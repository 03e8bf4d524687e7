"""What rules ask about refunds."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from membership.models import Member, Order, OrderChange, Refund
from membership.orders.changes import reverse_change
from membership.orders.refunds import Wanted, refund_order
from membership.rules.checking import everything
from membership.rules.compiling import members_of
from membership.rules.reading import read_rule
from tests.factories import MemberFactory
from tests.membership.orders.makers import product, taken

pytestmark = pytest.mark.django_db


@pytest.fixture
def order() -> Order:
    product("TEA", "2.50")
    return taken({"TEA": 4}, shipping=Decimal(3))


def found(text: str) -> set[Member]:
    return set(members_of(read_rule(text=text, may=everything), as_of=timezone.now()))


def refund(order: Order, amount: int) -> Refund:
    return refund_order(order=order, wanted=Wanted(amount=Decimal(amount)), source="api")


def test_refunds_are_counted_and_added_up(order) -> None:
    other = MemberFactory()
    refund(order, 1)
    refund(order, 2)

    assert found("refunds_90d = 2 and refunded_90d = 3") == {order.member}
    assert found("refunds_90d = 0 and refunded_365d = 0") == {other}


def test_a_refund_of_everything_counts_what_the_products_came_to(order) -> None:
    refund_order(order=order, wanted=Wanted(everything=True), source="api")

    assert found("refunds_30d = 1 and refunded_30d = 10") == {order.member}


def test_a_refund_that_was_taken_back_is_none(order) -> None:
    reverse_change(change=refund(order, 1).change)

    assert found("refunds_90d = 0 and refunded_90d = 0") == {order.member}


def test_older_refunds_are_outside_the_window(order) -> None:
    for days in (31, 91):
        change = OrderChange.objects.create(order=order, source="x")
        Refund.objects.create(
            order=order, change=change, goods=Decimal(1), refunded_at=timezone.now() - timedelta(days=days)
        )

    assert found("refunds_30d = 0 and refunds_90d = 1 and refunds_365d = 2") == {order.member}


def test_amounts_are_in_the_shops_currency_and_without_a_rate_left_out(order) -> None:
    refund(order, 4)
    Order.objects.update(currency="NZD", shop_rate=Decimal("0.5"), shop_digits=2)
    assert found("refunded_90d = 2") == {order.member}

    Order.objects.update(shop_rate=None)
    assert found("refunded_90d = 0 and refunds_90d = 1") == {order.member}
