"""Products over the API."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.core.cache import cache

from membership.models import Member, Product
from tests.api_client import key_client, member_client, staff_client
from tests.factories import (
    CategoryFactory,
    MemberFactory,
    ProductFactory,
)

pytestmark = pytest.mark.django_db
PRODUCTS, EVENTS, SEGMENTS = "/api/v1/products/", "/api/v1/events/", "/api/v1/segments/"


@pytest.fixture(autouse=True)
def fresh_counters() -> None:
    cache.clear()


@pytest.fixture
def alice() -> Member:
    return MemberFactory(member_no="A1")


@pytest.fixture
def beans() -> Product:
    return ProductFactory(sku="BEANS", name="Coffee beans")


def test_products_are_found_and_shown(beans):
    grocery = CategoryFactory(name="Grocery", path="Grocery")
    ProductFactory(sku="TEA", category=CategoryFactory(parent=grocery, name="Tea", path="Grocery > Tea"))
    client = key_client("products:read")
    assert [row["sku"] for row in client.get(PRODUCTS, {"search": "coffee"}).data["results"]] == ["BEANS"]
    assert [row["sku"] for row in client.get(PRODUCTS, {"category": "grocery"}).data["results"]] == ["TEA"]
    assert client.get(f"{PRODUCTS}{beans.public_id}/").data["price"] == "2.500"


def test_a_product_that_is_not_there_is_404() -> None:
    answer = key_client("products:read").get(f"{PRODUCTS}{uuid4()}/")

    assert answer.status_code == 404
    assert "There is no product" in answer.data["detail"]


def test_a_list_of_products_takes_as_many_queries_as_one(django_assert_num_queries) -> None:
    ProductFactory.create_batch(5)
    client = key_client("products:read")
    client.get(PRODUCTS)

    with django_assert_num_queries(2):  # the key, the products with their categories
        assert len(client.get(PRODUCTS).data["results"]) == 5


def test_members_read_products_and_anonymous_requests_do_not(alice, beans) -> None:
    assert member_client(alice).get(PRODUCTS).status_code == 200
    assert key_client("orders:read").get(PRODUCTS).status_code == 403
    assert staff_client().get(PRODUCTS).status_code == 403


def test_hidden_products_are_filtered_by_request(beans) -> None:
    ProductFactory(sku="OLD", is_active=False)

    rows = key_client("products:read").get(PRODUCTS, {"is_active": "true"}).data["results"]

    assert [row["sku"] for row in rows] == ["BEANS"]
