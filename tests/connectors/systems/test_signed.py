"""Messages of any other system, in our own import columns."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from connectors.applying.dispatch import apply_items
from connectors.applying.known import Context
from connectors.models import Connection
from connectors.systems.signed import read_message
from membership.models import Member, Order, Product
from tests.connectors.shops import connect

pytestmark = pytest.mark.django_db


@pytest.fixture
def connection() -> Connection:
    return connect("signed", shop_address="")


def say(connection: Connection, topic: str, data: dict[str, Any], at: str = "2026-05-01T12:00:00Z") -> str:
    items = read_message(topic, {"type": topic, "timestamp": at, "data": data})
    context = Context(connection=connection, now=datetime(2026, 11, 1, tzinfo=UTC), reason=topic)
    return str(apply_items(items, context).state)


ORDER = {
    "order_no": "A-1", "member_no": "M1", "email": "ada@example.org", "placed_at": "2026-05-01T11:59:00Z",
    "status": "paid", "currency": "EUR", "shipping": "4.90",
    "lines": [
        {"sku": "tea", "product_name": "Tea", "quantity": 2, "unit_price": "3.50", "discount": "1.00"},
        {"sku": "mug", "product_name": "Mug", "quantity": 1, "unit_price": 14},
    ],
}  # fmt: skip


def test_an_order_is_stored_and_changed_by_a_newer_message_only(connection: Connection) -> None:
    assert say(connection, "order.created", ORDER) == "applied"
    order = Order.objects.get()
    assert (order.total, order.shipping, order.member.member_no) == (Decimal(20), Decimal("4.90"), "M1")
    assert say(connection, "order.cancelled", ORDER, "2026-05-02T12:00:00Z") == "applied"
    assert say(connection, "order.updated", ORDER, "2026-05-01T18:00:00Z") == "older"
    assert Order.objects.get().status == "cancelled"


def test_members_and_products_follow(connection: Connection) -> None:
    say(connection, "member.created", {"member_no": "M1", "name": "Ada", "email": "ada@example.org"})
    say(connection, "product.created", {"sku": "tea", "name": "Tea", "price": "3.50", "stock": 4})
    say(connection, "member.updated", {"member_no": "M1", "name": "Ada L."}, "2026-05-02T12:00:00Z")
    assert Member.objects.get().name == "Ada L."
    assert Product.objects.get().stock == 4
    variant = {"sku": "tea", "price": "3.50", "group": "teas", "options": "Size: 100 g"}
    say(connection, "product.updated", variant)
    product = Product.objects.get()
    assert product.group is not None
    assert (product.group.code, product.options) == ("teas", {"Size": "100 g"})
    say(connection, "product.deleted", {"sku": "tea"})
    assert not Product.objects.get().is_active


def test_an_order_without_a_column_that_it_must_have_says_which(connection: Connection) -> None:
    from importing.errors import BadFile

    with pytest.raises(BadFile, match="placed_at"):
        say(connection, "order.created", {**ORDER, "placed_at": None})


def test_other_types_are_ignored(connection: Connection) -> None:
    assert say(connection, "basket.created", {}) == "ignored"
