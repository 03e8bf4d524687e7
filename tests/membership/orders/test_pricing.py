"""A discount of the whole order is part of what its lines cost."""

from __future__ import annotations

from decimal import Decimal

import pytest

from membership.errors import Conflict, Rejected
from membership.models import Order
from membership.orders.taking import create_order
from tests.membership.orders.makers import product, taken

pytestmark = pytest.mark.django_db


def test_a_discount_of_the_order_is_spread_over_its_lines() -> None:
    for sku in ("A", "B", "C"):
        product(sku, "1.00")

    order = taken({"A": 1, "B": 1, "C": 1}, order_discount=Decimal("1.00"), total=Decimal("2.00"))

    assert [item.discount for item in order.items.order_by("line_no")] == [
        Decimal("0.34"),
        Decimal("0.33"),
        Decimal("0.33"),
    ]
    assert (order.subtotal, order.discount, order.total) == (Decimal(3), Decimal(1), Decimal(2))


@pytest.mark.parametrize(("discount", "words"), [("3.01", "larger than the order"), ("0.005", "no smaller")])
def test_a_discount_that_cannot_be_is_refused(discount, words) -> None:
    product("A", "3.00")
    with pytest.raises(Rejected, match=words):
        taken({"A": 1}, order_discount=Decimal(discount))
    assert not Order.objects.exists()


def test_another_discount_is_another_order() -> None:
    product("A", "3.00")
    order = taken({"A": 1}, order_discount=Decimal("1.00"), shipping=Decimal(2))
    draft = {
        "member": order.member.member_no, "order_no": order.order_no, "shipping": Decimal(2),
        "lines": [{"sku": "A", "quantity": 1}], "order_discount": Decimal("1.00"),
    }  # fmt: skip

    assert create_order(draft=draft) == (order, False)
    for other in ({"order_discount": Decimal("0.50")}, {"shipping": Decimal(3)}):
        with pytest.raises(Conflict):
            create_order(draft={**draft, **other})
