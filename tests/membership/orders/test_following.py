"""Whoever keeps something of orders is told of every change, in its transaction."""

from __future__ import annotations

from decimal import Decimal

import pytest

from membership.models import Order, OrderChange
from membership.orders import following
from membership.orders.moving import move_order, reopen_order
from membership.orders.refunds import Wanted, refund_order
from tests.membership.orders.makers import product, taken

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(monkeypatch) -> list[tuple[str, bool]]:
    monkeypatch.setattr(following, "_followers", {})
    seen: list[tuple[str, bool]] = []

    def follower(order: Order, change: OrderChange | None) -> None:
        seen.append((order.status, change is not None))

    following.register_follower("test", follower)
    return seen


def test_a_follower_hears_of_the_settlement_and_of_every_change(told) -> None:
    product("TEA", "2.50")
    order = taken({"TEA": 4})
    refund_order(order=order, wanted=Wanted(amount=Decimal(1)), source="admin")
    move_order(order=order, status="cancelled", source="admin")
    reopen_order(order=order, source="admin")

    assert told == [("paid", False), ("paid", True), ("cancelled", True), ("paid", True)]
    assert list(following.followers()) == ["test"]


def test_a_follower_that_fails_leaves_the_order_as_it_was(told) -> None:
    product("TEA", "2.50")
    order = taken({"TEA": 4})

    def fail(order: Order, change: OrderChange | None) -> None:
        raise RuntimeError("points are away")

    following.register_follower("points", fail)
    with pytest.raises(RuntimeError):
        move_order(order=order, status="cancelled", source="admin")
    assert Order.objects.get().status == "paid"
    assert not OrderChange.objects.exists()
