"""Shopify tells what lies in one place; a product's stock is what lies in all of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from pytest_django.fixtures import Settings

from connectors.applying.dispatch import apply_items
from connectors.applying.known import Context
from connectors.models import Connection, ReceivedDelivery, SourceObject
from connectors.systems.shopify.messages import read_message
from connectors.working import work_deliveries
from membership.models import Product
from tests.connectors.payloads import Data, shopify_product
from tests.connectors.servers.serving import served
from tests.connectors.servers.shopify import TOKEN, ShopifyApi
from tests.connectors.servers.their_shop import TheirShop
from tests.connectors.shops import connect

pytestmark = pytest.mark.django_db
VARIANTS = [
    {
        "id": n, "sku": sku, "price": "19.99", "option1": sku[-1], "inventory_quantity": units,
        "inventory_item_id": n + 7,
    }
    for n, sku, units in ((11, "TEE-S", 12), (12, "TEE-M", 3))
]  # fmt: skip


def level(units: int | None, *, place: int = 901, at: str = "2026-05-02T10:00:00Z", item: int = 18) -> Data:
    return {"inventory_item_id": item, "location_id": place, "available": units, "updated_at": at}


@pytest.fixture
def connection() -> Connection:
    connection = connect("shopify")
    SourceObject.objects.create(connection=connection, kind="place", source_id="901", data={"name": "Main"})
    return connection


def say(connection: Connection, topic: str, data: Data) -> str:
    context = Context(connection=connection, now=datetime(2026, 11, 1, tzinfo=UTC), reason=topic)
    return str(apply_items(read_message(topic, data), context).state)


def tell(connection: Connection, data: Data) -> str:
    return say(connection, "inventory_levels/update", data)


def stock(sku: str = "TEE-S") -> int | None:
    return Product.objects.get(sku=sku).stock


def test_a_level_lowers_and_raises_the_stock_of_its_variant_alone(connection: Connection) -> None:
    say(connection, "products/create", shopify_product(variants=VARIANTS))
    assert tell(connection, level(11)) == "applied"
    assert (stock(), stock("TEE-M")) == (11, 3)
    tell(connection, level(40, at="2026-05-03T10:00:00Z"))
    assert stock() == 40
    assert tell(connection, level(-2, at="2026-05-04T10:00:00Z")) == "applied"  # sold more than there was
    assert stock() == 0


def test_an_older_level_and_an_older_state_of_the_product_change_nothing(connection: Connection) -> None:
    say(connection, "products/create", shopify_product(variants=VARIANTS))
    tell(connection, level(11, at="2026-05-03T10:00:00Z"))
    assert tell(connection, level(12, at="2026-05-02T10:00:00Z")) == "older"
    late = shopify_product(variants=VARIANTS, updated_at="2026-05-02T12:00:00Z", title="Tee")
    assert say(connection, "products/update", late) == "applied"
    assert stock() == 11
    assert Product.objects.get(sku="TEE-S").name.startswith("Tee ")  # the rest of it was taken


def test_a_level_before_its_product_and_one_that_is_not_counted_are_left(connection: Connection) -> None:
    assert tell(connection, level(5)) == "ignored"
    assert tell(connection, level(None)) == "ignored"
    say(connection, "products/create", shopify_product(variants=VARIANTS, updated_at="2026-05-09T10:00:00Z"))
    assert stock() == 12


@pytest.fixture
def two_places(settings: Settings) -> Iterator[tuple[Connection, TheirShop]]:
    settings.CONNECTORS_ALLOW_LOOPBACK = True
    theirs = TheirShop()
    with served(ShopifyApi(theirs)) as address:
        yield connect("shopify", shop_address=address, secrets={"access_token": TOKEN}), theirs


def delivered(connection: Connection, number: str, data: Data) -> ReceivedDelivery:
    delivery = ReceivedDelivery.objects.create(
        connection=connection, delivery_id=number, topic="inventory_levels/update", body=json.dumps(data)
    )
    work_deliveries(connection_id=connection.pk)
    delivery.refresh_from_db()
    return delivery


def test_of_several_places_the_others_are_asked_for_once(two_places: tuple[Connection, TheirShop]) -> None:
    connection, theirs = two_places
    say(connection, "products/create", shopify_product(variants=VARIANTS))
    theirs.levels[18] = {901: (4, "2026-05-02T10:00:00Z"), 902: (7, "2026-05-01T10:00:00Z")}
    delivered(connection, "1", level(4))
    assert stock() == 11
    theirs.levels.clear()  # it is not asked again
    assert delivered(connection, "2", level(5, place=902, at="2026-05-03T10:00:00Z")).state == "applied"
    assert stock() == 9


def test_places_that_cannot_be_asked_for_leave_the_stock_as_it_is(connection: Connection) -> None:
    SourceObject.objects.filter(kind="place").delete()
    say(connection, "products/create", shopify_product(variants=VARIANTS))
    assert delivered(connection, "1", level(4)).state == "ignored"
    assert stock() == 12
