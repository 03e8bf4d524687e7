"""Stock follows orders, each piece once."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, transaction

from membership.models import Order, Product, StockMovement
from membership.orders.changes import change_order, reverse_change
from membership.orders.editing import LineDraft, edit_lines
from membership.orders.histories import as_line
from membership.orders.moving import move_order
from membership.orders.stock import follow_stock
from membership.orders.taking import settle_order
from tests.factories import OrderFactory, OrderItemFactory
from tests.membership.orders.makers import product, taken

pytestmark = pytest.mark.django_db


def stock(sku: str = "TEA") -> int | None:
    return Product.objects.get(sku=sku).stock


def test_an_order_takes_its_goods_and_a_cancellation_gives_them_back_once() -> None:
    product("TEA", "2.50", stock=10)
    order = taken({"TEA": 3})
    assert stock() == 7

    move_order(order=order, status="cancelled", source="api")
    follow_stock(order=Order.objects.get())

    assert stock() == 10
    assert list(StockMovement.objects.values_list("units", flat=True)) == [-3, 3]


def test_a_held_order_keeps_its_goods_and_a_declined_one_does_not() -> None:
    product("TEA", "2.50", stock=10)
    taken({"TEA": 3}, status="held")
    assert stock() == 7
    taken({"TEA": 3}, status="declined")
    assert stock() == 7


def test_stock_is_never_below_zero_and_what_was_missing_is_not_given_back() -> None:
    product("TEA", "2.50", stock=2)
    order = taken({"TEA": 5})
    assert stock() == 0

    move_order(order=order, status="cancelled", source="api")

    assert stock() == 2


def test_a_stock_that_is_not_counted_does_not_move() -> None:
    product("TEA", "2.50", stock=None)
    order = taken({"TEA": 5})
    move_order(order=order, status="cancelled", source="api")

    assert stock() is None
    assert not StockMovement.objects.exists()


def test_counting_that_begins_later_does_not_give_back_what_was_never_taken() -> None:
    product("TEA", "2.50", stock=None)
    order = taken({"TEA": 5})
    Product.objects.update(stock=50)
    move_order(order=order, status="cancelled", source="api")

    assert stock() == 50


def test_changed_lines_take_the_difference() -> None:
    product("TEA", "2.50", stock=10)
    product("CUP", "9.00", stock=10)
    order = taken({"TEA": 3})

    edit_lines(order=order, lines=[LineDraft("TEA", 1), LineDraft("CUP", 2)], source="admin")
    assert (stock("TEA"), stock("CUP")) == (9, 8)
    edit_lines(order=order, lines=[LineDraft("CUP", 2)], source="admin")
    assert (stock("TEA"), stock("CUP")) == (10, 8)


def test_orders_of_files_are_history_for_the_stock() -> None:
    product("TEA", "2.50", stock=10)
    order = OrderFactory(status="paid")
    item = OrderItemFactory(order=order, product=Product.objects.get(), quantity=4, line_no=1)

    move_order(order=order, status="cancelled", source="admin")
    assert stock() == 10
    move_order(order=order, status="paid", source="admin")
    change_order(order=order, values={}, lines=[as_line(item, returned=4, restocked=4)], source="admin")
    assert stock() == 14
    reverse_change(change=order.changes.latest("id"))
    assert stock() == 10


def test_a_refund_that_is_taken_back_takes_the_goods_again() -> None:
    product("TEA", "2.50", stock=10)
    order = taken({"TEA": 4})
    lines = [as_line(item, returned=4, restocked=4, refunded=item.total) for item in order.items.all()]
    change_order(order=order, values={"status": "refunded"}, lines=lines, source="api")
    assert stock() == 10

    reverse_change(change=order.changes.latest("id"))

    assert stock() == 6
    assert [refund.goods for refund in order.refunds.all()] == [10, -10]


def test_a_second_settlement_moves_nothing() -> None:
    product("TEA", "2.50", stock=10)
    order = taken({"TEA": 4}, status="declined")
    assert not settle_order(order=order, status="paid")
    assert stock() == 10


def test_the_database_refuses_to_change_a_movement() -> None:
    product("TEA", "2.50", stock=10)
    taken({"TEA": 4})
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        StockMovement._base_manager.update(units=0)
