"""Cancel, ship, complete, pay, reopen: what is left behind."""

from __future__ import annotations

import pytest

from membership.errors import Conflict
from membership.models import MemberFeatures, Order, OrderChange
from membership.orders.moving import move_order, reopen_order
from tests.factories import OrderFactory
from tests.membership.orders.makers import product, taken

pytestmark = pytest.mark.django_db


def test_a_cancelled_order_says_who_when_and_why() -> None:
    order = OrderFactory(status="paid")

    move_order(order=order, status="cancelled", source="admin", who="maria", reason="out of stock")

    order.refresh_from_db()
    assert order.status == "cancelled"
    assert order.cancelled_at is not None
    change = OrderChange.objects.get()
    assert (change.who, change.reason, change.before["status"]) == ("maria", "out of stock", "paid")
    assert MemberFeatures.objects.get().dirty_at is not None


def test_the_same_status_again_changes_nothing() -> None:
    order = OrderFactory(status="shipped")

    assert move_order(order=order, status="shipped", source="admin") is None
    assert not OrderChange.objects.exists()


def test_a_shipped_order_is_not_cancelled() -> None:
    order = OrderFactory(status="shipped")

    with pytest.raises(Conflict, match="refund it"):
        move_order(order=order, status="cancelled", source="api")
    assert Order.objects.get().status == "shipped"


@pytest.mark.parametrize("before", ["pending", "paid"])
def test_a_cancelled_order_is_reopened_as_it_was(before) -> None:
    product("TEA", "2.50", stock=10)
    order = taken({"TEA": 3}, status=before)
    move_order(order=order, status="cancelled", source="api")

    reopen_order(order=order, source="admin", who="maria", reason="paid after all")

    order.refresh_from_db()
    assert (order.status, order.cancelled_at) == (before, None)
    assert order.items.get().product.stock == 7


def test_an_order_known_to_be_fraud_stays_declined() -> None:
    order = OrderFactory(
        status="declined", is_fraud=True, label_known_at="2026-11-01T00:00Z", label_source="review"
    )

    with pytest.raises(Conflict, match="fraud"):
        reopen_order(order=order, source="admin")
    with pytest.raises(Conflict, match="fraud"):
        move_order(order=order, status="paid", source="admin")
    assert Order.objects.get().status == "declined"


def test_an_open_order_is_not_reopened() -> None:
    with pytest.raises(Conflict, match="cancelled or declined"):
        reopen_order(order=OrderFactory(status="paid"), source="admin")
