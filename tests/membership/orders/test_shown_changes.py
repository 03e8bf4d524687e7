"""A history in words: products and members by their numbers, in a few queries."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from membership.orders.changes import change_order
from membership.orders.editing import LineDraft, edit_lines
from membership.orders.refunds import Wanted, refund_order
from membership.orders.shown_changes import shown_changes
from tests.factories import MemberFactory, StoreFactory
from tests.membership.orders.makers import product, taken

pytestmark = pytest.mark.django_db


def test_products_members_and_stores_have_their_names(django_assert_num_queries) -> None:
    product("TEA", "2.50")
    product("CUP", "9.00")
    order = taken({"TEA": 2})
    edit_lines(order=order, lines=[LineDraft("TEA", 1), LineDraft("CUP", 1)], source="admin", who="maria")
    other, store = MemberFactory(member_no="M-2"), StoreFactory(code="north")
    change_order(order=order, values={"member_id": other.pk, "store_id": store.pk}, source="import")
    refund_order(order=order, wanted=Wanted(amount=Decimal(1)), source="api")
    changes = list(order.changes.all())

    with django_assert_num_queries(4):
        edited, moved, refunded = shown_changes(changes)

    after: Any = edited.after["lines"]
    before: Any = edited.before["lines"]
    assert [line["sku"] for line in after] == ["TEA", "CUP"]
    assert before[0]["quantity"] == 2
    assert (moved.after["member"], moved.after["store"]) == ("M-2", "north")
    assert refunded.refund == order.refunds.get()
