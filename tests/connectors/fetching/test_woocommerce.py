"""A shop with WooCommerce's API is read whole, whatever happens between two pages."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from connectors.fetching.back_fill import request_back_fill, run_back_fill
from connectors.models import BackFill, Connection, ReceivedDelivery
from connectors.words import shown
from connectors.working import work_deliveries
from membership.models import Member, Order, Product
from tests.connectors.servers.serving import Faults, Response, served
from tests.connectors.servers.woocommerce import KEY, SECRET, WooCommerceApi, WooShop
from tests.connectors.shops import connect
from tests.connectors.state import empty_shop, end_state

pytestmark = pytest.mark.django_db


@pytest.fixture
def happenings() -> int:
    """How much happens in the shop before it is read: orders, changes, refunds."""
    return 200


@pytest.fixture
def their_shop(happenings: int) -> WooShop:
    shop = WooShop(seed=2)
    shop.live(happenings)
    return shop


@pytest.fixture
def api(their_shop: WooShop) -> WooCommerceApi:
    return WooCommerceApi(their_shop, most=20)


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
def connection(api: WooCommerceApi, faults: Faults) -> Iterator[Connection]:
    with served(api, faults=faults) as address:
        yield connect(
            "woocommerce", shop_address=address, secrets={"access_key": KEY, "access_token": SECRET}
        )


def fetched(connection: Connection, **options: Any) -> BackFill:
    connection.refresh_from_db()
    job, _is_new = request_back_fill(connection=connection, **options)
    run_back_fill(job=job)
    job.refresh_from_db()
    return job


def test_everything_is_read(connection: Connection, their_shop: WooShop) -> None:
    assert fetched(connection).status == "succeeded"
    assert set(Order.objects.values_list("order_no", flat=True)) == {str(n) for n in their_shop.orders}
    assert set(Member.objects.values_list("member_no", flat=True)) >= {
        one["username"] for one in their_shop.customers.values()
    }
    blue = [one for one in their_shop.products.values() if one["name"] == "Blue"]
    assert blue
    assert set(Product.objects.values_list("sku", flat=True)) >= {
        f"W-{b['parent_id']}-{b['id']}" for b in blue
    }


def test_messages_in_any_order_come_to_what_the_api_comes_to(
    connection: Connection, their_shop: WooShop
) -> None:
    fetched(connection)
    by_api = end_state()
    empty_shop()
    messages = their_shop.messages + their_shop.messages[::3]
    random.Random(5).shuffle(messages)  # noqa: S311  # the same every time is meant
    for at, message in enumerate(messages):
        ReceivedDelivery.objects.create(
            connection=connection, delivery_id=str(at), topic=message.topic, body=json.dumps(message.data)
        )
    work_deliveries(connection_id=connection.pk)
    assert not ReceivedDelivery.objects.filter(state__in=("waiting", "failed")).exists()
    assert end_state() == by_api


def test_an_order_that_is_deleted_between_two_pages_makes_no_other_one_miss(
    connection: Connection, api: WooCommerceApi, their_shop: WooShop
) -> None:
    first = min(their_shop.orders)

    def delete_one(route: str, number: int) -> None:
        if route == "orders" and number == 2:
            their_shop.orders.pop(first, None)

    api.before_page = delete_one
    fetched(connection)
    assert {int(number) for number in Order.objects.values_list("order_no", flat=True)} == {
        *their_shop.orders, first,
    }  # fmt: skip


def test_an_order_that_changes_after_it_was_read_is_read_again(
    connection: Connection, api: WooCommerceApi, their_shop: WooShop
) -> None:
    first = their_shop.orders[min(their_shop.orders)]

    def change_one(route: str, number: int) -> None:
        if route == "orders" and number == 2 and first["status"] != "cancelled":
            first["status"] = "cancelled"
            first["date_modified_gmt"] = f"{timezone.now():%Y-%m-%dT%H:%M:%S}"

    api.before_page = change_one
    fetched(connection)
    assert Order.objects.get(order_no=first["number"]).status == "cancelled"


def test_the_credentials_go_as_basic_authentication(connection: Connection, faults: Faults) -> None:
    fetched(connection)
    assert all(request.headers["Authorization"].startswith("Basic ") for request in faults.requests)
    assert not any(SECRET in request.path or SECRET in str(request.parameters) for request in faults.requests)


def test_headers_that_a_cache_takes_away_hide_no_page(
    connection: Connection, api: WooCommerceApi, their_shop: WooShop
) -> None:
    api.counts_pages = False
    assert fetched(connection).status == "succeeded"
    assert Order.objects.count() == len(their_shop.orders)
    assert Product.objects.filter(sku__startswith="W-").count() > 20


@pytest.mark.parametrize("answer", [Response(404, {"code": "rest_no_route"}), Response(200, {"code": "no"})])
def test_an_address_without_the_api_is_no_empty_shop(
    connection: Connection, faults: Faults, answer: Response
) -> None:
    faults.planned = [answer]
    job = fetched(connection)
    assert (job.status, shown(job.error)[:34]) == ("failed", "There is no WooCommerce API at thi")


def test_an_order_that_cannot_be_read_does_not_stop_the_others(
    connection: Connection, their_shop: WooShop
) -> None:
    bad = their_shop.orders[min(their_shop.orders)]
    bad["date_created_gmt"] = None
    job = fetched(connection)
    assert (job.status, job.counts["refused"]) == ("succeeded", 1)
    assert Order.objects.count() == len(their_shop.orders) - 1


@pytest.mark.parametrize("happenings", [5])
@pytest.mark.parametrize("status", [408, 429, 500, 508, 520, 522, 530])
def test_proxies_answers_are_asked_again(
    connection: Connection, faults: Faults, pauses: list[float], status: int
) -> None:
    faults.planned = [
        Response(status, {}, {"Retry-After": "-5"}),
        Response(status, {}, {"Retry-After": "nan"}),
    ]
    assert fetched(connection).status == "succeeded"
    assert len(pauses) == 2
    assert all(seconds > 0 for seconds in pauses)


def test_an_order_that_was_restored_counts_again_though_its_message_was_lost(
    connection: Connection, their_shop: WooShop
) -> None:
    fetched(connection)
    order = next(one for one in their_shop.orders.values() if one["status"] == "completed")
    ReceivedDelivery.objects.create(
        connection=connection, delivery_id="gone", topic="order.deleted", body=json.dumps({"id": order["id"]})
    )
    work_deliveries(connection_id=connection.pk)
    assert fetched(connection).status == "succeeded"
    assert Order.objects.get(order_no=order["number"]).status == "cancelled"  # read before it was deleted
    order["date_modified_gmt"] = f"{timezone.now() + timedelta(seconds=1):%Y-%m-%dT%H:%M:%S}"
    assert fetched(connection).status == "succeeded"
    assert Order.objects.get(order_no=order["number"]).status == "completed"
