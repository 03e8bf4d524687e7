"""Stock follows orders, each piece once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from membership.catalogue.stock.changing import Cause, change_stock
from membership.errors import Conflict, FieldError
from membership.models import Backorder, Order, Product, StockMovement
from membership.models.catalogue.stock import Oversell
from membership.orders.changes import change_order, reverse_change
from membership.orders.editing import LineDraft, edit_lines
from membership.orders.histories import as_line
from membership.orders.moving import move_order
from membership.orders.stock import Shortage, follow_stock, shortages_of, take_stock
from membership.orders.taking import create_order, settle_order
from tests.factories import NOON, MemberFactory, OrderFactory, OrderItemFactory
from tests.membership.orders.makers import product, taken
from tests.membership.orders.random_cases.stock_shop import oversell

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


# --- more than there is ----------------------------------------------------------------------------------
def missing(draft: dict[str, int], **options: Any) -> list[Shortage]:
    told: list[Shortage] = []
    taken(draft, on_shortage=told.append, **options)
    return told


def test_a_shop_that_allows_it_is_told_what_is_missing() -> None:
    product("TEA", "2.50", stock=2)

    assert missing({"TEA": 5}) == [Shortage(1, "TEA", missing=3, backordered=0)]
    assert (stock(), Product.objects.get().backordered) == (0, 0)


def test_a_shop_that_refuses_it_stores_nothing_and_names_what_is_left() -> None:
    oversell(Oversell.REFUSE)
    product("CUP", "9.00", stock=5)
    product("TEA", "2.50", stock=2)

    with pytest.raises(Conflict) as caught:
        taken({"CUP": 1, "TEA": 3})

    assert caught.value.errors == [FieldError("lines.1.quantity", "Of TEA only 2 are left.")]
    assert not Order.objects.exists()
    assert (stock("CUP"), stock("TEA"), StockMovement.objects.count()) == (5, 2, 0)


def test_two_lines_of_one_product_are_refused_together() -> None:
    oversell(Oversell.REFUSE)
    product("TEA", "2.50", stock=3)
    draft = {
        "member": MemberFactory().member_no,
        "order_no": "T",
        "lines": [{"sku": "TEA", "quantity": 2}] * 2,
    }

    with pytest.raises(Conflict, match="only 1 are left"):
        create_order(draft=draft)


def test_a_refusing_shop_takes_no_more_by_an_edit_or_by_reopening() -> None:
    oversell(Oversell.REFUSE)
    product("TEA", "2.50", stock=3)
    order = taken({"TEA": 2})
    with pytest.raises(Conflict, match="only 1 are left"):
        edit_lines(order=order, lines=[LineDraft("TEA", 4)], source="admin")
    assert (stock(), order.items.get().quantity) == (1, 2)

    move_order(order=order, status="cancelled", source="api")
    taken({"TEA": 2})
    with pytest.raises(Conflict, match="only 1 are left"):
        move_order(order=order, status="paid", source="api")
    assert Order.objects.get(pk=order.pk).status == "cancelled"


def test_what_another_system_reports_is_never_refused() -> None:
    oversell(Oversell.REFUSE)
    product("TEA", "2.50", stock=3)
    order = taken({"TEA": 2})

    change_order(
        order=order, values={}, lines=[as_line(order.items.get(), quantity=9, units=9)], source="shopify"
    )

    assert stock() == 0


def test_a_backorder_gets_what_comes_in_and_its_order_knows() -> None:
    oversell(Oversell.BACKORDER)
    tea = product("TEA", "2.50", stock=2)
    told = missing({"TEA": 5})
    order = Order.objects.get()

    assert told == [Shortage(1, "TEA", missing=3, backordered=3)]
    assert shortages_of(order=order) == told
    assert (stock(), Product.objects.get().backordered) == (0, 3)

    assert change_stock(product=tea, units=2, cause=Cause("api")).filled == 2
    assert [one.missing for one in shortages_of(order=order)] == [1]
    assert change_stock(product=tea, units=4, cause=Cause("api")).filled == 1
    assert (stock(), Product.objects.get().backordered, shortages_of(order=order)) == (3, 0, [])
    assert not Backorder.objects.exists()


def test_backorders_are_filled_in_the_order_in_which_orders_were_placed() -> None:
    oversell(Oversell.BACKORDER)
    tea = product("TEA", "2.50", stock=0)
    later = taken({"TEA": 2}, placed_at=NOON + timedelta(hours=1))
    earlier = taken({"TEA": 2}, placed_at=NOON)

    change_stock(product=tea, units=3, cause=Cause("api"))

    assert shortages_of(order=earlier) == []
    assert [one.backordered for one in shortages_of(order=later)] == [1]


def test_a_cancelled_backorder_gives_back_what_came_and_waits_no_longer() -> None:
    oversell(Oversell.BACKORDER)
    product("TEA", "2.50", stock=2)
    order = taken({"TEA": 5})
    move_order(order=order, status="cancelled", source="api")

    assert (stock(), Product.objects.get().backordered) == (2, 0)
    assert not Backorder.objects.exists()


def test_what_a_cancellation_gives_back_fills_the_next_backorder() -> None:
    oversell(Oversell.BACKORDER)
    product("TEA", "2.50", stock=4)
    first, second = taken({"TEA": 4}), taken({"TEA": 3})
    assert Product.objects.get().backordered == 3

    move_order(order=first, status="cancelled", source="api")

    assert (stock(), Product.objects.get().backordered, shortages_of(order=second)) == (1, 0, [])


def test_a_backorder_that_was_filled_is_given_back_whole() -> None:
    oversell(Oversell.BACKORDER)
    tea = product("TEA", "2.50", stock=2)
    order = taken({"TEA": 5})
    change_stock(product=tea, units=3, cause=Cause("api"))
    assert stock() == 0

    move_order(order=order, status="cancelled", source="api")

    assert stock() == 5


def test_a_new_order_takes_no_more_queries_for_the_check(django_assert_num_queries) -> None:
    """One locks the products, one stores the movements, one the stock."""
    oversell(Oversell.REFUSE)
    tea = product("TEA", "2.50", stock=5)
    order = OrderFactory(takes_stock=True)

    with transaction.atomic(), django_assert_num_queries(3):
        take_stock(order=order, items=[(1, tea, 2)])
