"""Lines that change before anything is shipped."""

from __future__ import annotations

from decimal import Decimal

import pytest

from membership.errors import Conflict, Rejected
from membership.models import Order
from membership.orders.editing import LineDraft, edit_lines
from membership.orders.refunds import Wanted, refund_order
from tests.factories import ProductFactory
from tests.membership.orders.makers import product, taken

pytestmark = pytest.mark.django_db


@pytest.fixture
def order() -> Order:
    product("TEA", "2.50")
    product("CUP", "10.00")
    return taken({"TEA": 4}, order_discount=Decimal("1.00"))


def lines_of(order: Order) -> list[tuple[object, ...]]:
    items = order.items.order_by("line_no").select_related("product")
    return [(item.line_no, item.product.sku, item.quantity, item.discount, item.total) for item in items]


def test_fewer_pieces_keep_their_price_and_their_part_of_the_discount(order) -> None:
    edit_lines(order=order, lines=[LineDraft("TEA", 3), LineDraft("CUP", 1)], source="admin", who="maria")

    order.refresh_from_db()
    assert lines_of(order) == [
        (1, "TEA", 3, Decimal("0.75"), Decimal("6.75")),
        (2, "CUP", 1, Decimal(0), Decimal(10)),
    ]
    assert (order.total, order.item_count) == (Decimal("16.75"), 2)


def test_the_price_that_was_agreed_outlives_the_products(order) -> None:
    order.items.get().product.__class__.objects.update(price=Decimal(99))

    edit_lines(order=order, lines=[LineDraft("TEA", 2)], source="admin")

    assert lines_of(order)[0][-1] == Decimal("4.50")


def test_the_same_lines_again_change_nothing(order) -> None:
    assert edit_lines(order=order, lines=[LineDraft("TEA", 4)], source="admin") is None


def test_every_wrong_line_is_named(order) -> None:
    ProductFactory(sku="YEN", currency="JPY")
    drafts = [
        LineDraft("NONE", 1),
        LineDraft("YEN", 1),
        LineDraft("TEA", 1, discount=Decimal(3)),
        LineDraft("CUP", 1, discount=Decimal("0.001")),
    ]
    with pytest.raises(Rejected) as caught:
        edit_lines(order=order, lines=drafts, source="admin")

    fields = [error.field for error in caught.value.errors]
    assert fields == ["lines.0.sku", "lines.1.unit_price", "lines.2.discount", "lines.3.discount"]


def test_two_lines_of_one_number_are_refused(order) -> None:
    with pytest.raises(Rejected, match="same number"):
        edit_lines(order=order, lines=[LineDraft("TEA", 1, 1), LineDraft("CUP", 1, 1)], source="admin")


def test_nothing_changes_after_a_refund_or_the_shipment(order) -> None:
    refund_order(order=order, wanted=Wanted(amount=Decimal(1)), source="admin")
    with pytest.raises(Conflict, match="refunded"):
        edit_lines(order=order, lines=[LineDraft("TEA", 1)], source="admin")
    Order.objects.update(status="shipped")
    with pytest.raises(Conflict, match="Shipped"):
        edit_lines(order=order, lines=[LineDraft("TEA", 1)], source="admin")
