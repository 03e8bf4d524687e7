"""The history of an order: appended, never changed, and enough to go back."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from membership.models import Order, OrderChange, Refund
from membership.models.append_only import NeverChangedError
from membership.orders.changes import change_order, reverse_change
from membership.orders.histories import as_line
from membership.orders.refunds import Wanted, refund_order
from tests.factories import OrderFactory, OrderItemFactory
from tests.membership.orders.makers import product, taken

pytestmark = pytest.mark.django_db


def test_an_import_that_gives_something_back_leaves_a_refund_with_its_moment() -> None:
    item = OrderItemFactory(line_no=1, order__total=Decimal(10))

    change_order(order=item.order, values={}, lines=[as_line(item, refunded=Decimal(4))], source="import")

    refund = Refund.objects.get()
    assert (refund.goods, refund.lines, refund.change.source) == (Decimal(4), {"1": [0, "4"]}, "import")
    assert (refund.refunded_at, refund.restock) == (refund.change.changed_at, False)


def test_a_change_of_no_amount_is_no_refund() -> None:
    change_order(order=OrderFactory(status="paid"), values={"status": "shipped"}, source="import")

    assert not Refund.objects.exists()


def test_who_says_nothing_of_returns_keeps_them() -> None:
    product("TEA", "2.50")
    order = taken({"TEA": 4})
    refund_order(order=order, wanted=Wanted(lines={1: 2}), source="admin", restock=True)
    item = order.items.get()
    again = as_line(item, returned=None, restocked=None, refunded=Decimal("7.50"))

    change_order(order=order, values={}, lines=[again], source="import")

    item = order.items.get()
    assert (item.returned, item.restocked, item.refunded) == (2, 2, Decimal("7.50"))


def test_a_refund_that_is_taken_back_leaves_the_order_as_it_was() -> None:
    product("TEA", "2.50")
    order = taken({"TEA": 4}, shipping=Decimal(3))
    before = Order.objects.values().get()

    refund = refund_order(order=order, wanted=Wanted(everything=True), source="admin")
    reverse_change(change=refund.change)

    assert Order.objects.values().get() == before
    sums = [(one.goods, one.shipping) for one in order.refunds.all()]
    assert sums == [(10, 3), (-10, -3)]
    assert refund_order(order=order, wanted=Wanted(everything=True), source="admin").shipping == 3


@pytest.mark.parametrize("model", [OrderChange, Refund])
def test_history_is_never_changed(model) -> None:
    product("TEA", "2.50")
    refund_order(order=taken({"TEA": 4}), wanted=Wanted(everything=True), source="admin")

    with pytest.raises(NeverChangedError):
        model.objects.update(id=7)
    with pytest.raises(NeverChangedError):
        model.objects.get().save()
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        model._base_manager.update(id=7)
