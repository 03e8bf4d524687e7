"""Which orders a caller may see."""

from __future__ import annotations

import pytest

from tests.api_client import bearer, key_client, member_client, nobody, staff_client
from tests.factories import MemberFactory, OrderFactory, UserFactory

pytestmark = pytest.mark.django_db
URL = "/api/v1/orders/"


def numbers(client) -> set[str]:
    return {row["order_no"] for row in client.get(URL).data["results"]}


def test_the_shop_sees_all_orders_and_a_member_their_own() -> None:
    alice, bob = MemberFactory(), MemberFactory()
    OrderFactory(member=alice, order_no="A")
    OrderFactory(member=bob, order_no="B")

    assert numbers(key_client("orders:read")) == numbers(staff_client("membership.view_order")) == {"A", "B"}
    assert numbers(member_client(alice)) == {"A"}


def test_another_members_order_is_not_there() -> None:
    order = OrderFactory()

    assert member_client(MemberFactory()).get(f"{URL}{order.public_id}/").status_code == 404
    assert member_client(order.member).get(f"{URL}{order.public_id}/").status_code == 200


def test_an_account_that_is_neither_staff_nor_member_sees_nothing() -> None:
    OrderFactory()

    assert bearer(UserFactory()).get(URL).status_code == 403
    assert nobody().get(URL).status_code == 401
