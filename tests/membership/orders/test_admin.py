"""Orders and events in the admin."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from membership.models import Event, Order
from membership.orders.admin import OUTCOME_COLOURS, STATUS_COLOURS
from tests.factories import (
    AdminFactory,
    EventFactory,
    OrderFactory,
    OrderItemFactory,
    StaffFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(client: Client) -> Client:
    client.force_login(AdminFactory())
    return client


def test_every_status_and_outcome_has_a_colour() -> None:
    assert set(STATUS_COLOURS) == set(Order.Status.values)
    assert set(OUTCOME_COLOURS) == {"fraud", "genuine"}


@pytest.mark.parametrize(("is_fraud", "label"), [(None, None), (True, "fraud"), (False, "genuine")])
def test_an_outcome_is_shown_once_it_is_known(is_fraud, label) -> None:
    shown = admin.site._registry[Order].outcome(Order(is_fraud=is_fraud))  # type: ignore[attr-defined]  # our own admin class

    assert (shown and shown[0]) == label


def test_an_order_is_shown_with_its_lines_in_a_few_queries(
    boss: Client, django_assert_max_num_queries
) -> None:
    order = OrderFactory(order_no="O-1")
    for number in range(12):
        OrderItemFactory(order=order, product__name=f"Product {number}", total=Decimal("3.25"))

    with django_assert_max_num_queries(16):
        page = boss.get(f"/admin/membership/order/{order.pk}/change/").content.decode()

    assert "Product 11" in page
    assert "$3.25" in page


def test_nobody_changes_or_deletes_an_order_here(boss: Client) -> None:
    order = OrderFactory()

    assert boss.post(f"/admin/membership/order/{order.pk}/change/", {"status": "paid"}).status_code == 403
    assert boss.post(f"/admin/membership/order/{order.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Order.objects.exists()


@pytest.mark.parametrize("query", ["o-1", "M1"])
def test_orders_are_found_by_their_number_or_the_members(boss: Client, query) -> None:
    OrderFactory(order_no="O-1", member__member_no="M1")
    OrderFactory(order_no="X-9", member__member_no="Z9")

    page = boss.get("/admin/membership/order/", {"q": query}).content.decode()

    assert "O-1" in page
    assert "X-9" not in page


def test_events_are_listed_without_counting_them(boss: Client) -> None:
    EventFactory.create_batch(3)

    assert boss.get("/admin/membership/event/").status_code == 200
    assert admin.site._registry[Event].paginator.__name__ == "InfinitePaginator"


def test_staff_without_permission_see_neither(client: Client) -> None:
    client.force_login(StaffFactory())

    assert client.get("/admin/membership/order/").status_code == 403
    assert client.get("/admin/membership/event/").status_code == 403


@pytest.mark.parametrize(
    ("path", "factory"),
    [
        ("order", OrderFactory),
        ("event", EventFactory),
    ],
)
def test_lists_cost_the_same_whatever_their_length(
    boss: Client, django_assert_max_num_queries: Any, path: str, factory: Any
) -> None:
    factory.create_batch(32)
    with django_assert_max_num_queries(14):
        assert boss.get(f"/admin/membership/{path}/").status_code == 200


def test_order_days_are_days_of_the_shop_and_both_ends_count(boss: Client, settings: Settings) -> None:
    settings.TIME_ZONE = "Asia/Shanghai"
    OrderFactory(order_no="ON-MARCH-2", placed_at=datetime(2026, 3, 1, 16, 30, tzinfo=UTC))
    OrderFactory(order_no="ON-MARCH-3", placed_at=datetime(2026, 3, 2, 16, 30, tzinfo=UTC))
    days = {"placed_at_from": "2026-03-02", "placed_at_to": "2026-03-02"}
    page = boss.get("/admin/membership/order/", days).content.decode()
    assert "ON-MARCH-2" in page
    assert "ON-MARCH-3" not in page


def test_a_day_that_is_none_is_ignored(boss: Client) -> None:
    OrderFactory(order_no="HERE")
    assert "HERE" in boss.get("/admin/membership/order/", {"placed_at_from": "soon"}).content.decode()


def test_an_order_shows_its_lines_and_nobody_edits_it(boss: Client) -> None:
    item = OrderItemFactory(product__name="Ground coffee")
    url = reverse("admin:membership_order_change", args=(item.order_id,))
    assert "Ground coffee" in boss.get(url).content.decode()
    assert boss.post(url, {"order_no": "X"}).status_code == 403
