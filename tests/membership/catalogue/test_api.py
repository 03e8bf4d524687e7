"""Products over the API."""

from __future__ import annotations

from decimal import Decimal
from uuid import uuid4

import pytest
from django.core.cache import cache

from membership.models import Member, Product
from tests.api_client import key_client, member_client, staff_client
from tests.factories import (
    CategoryFactory,
    MemberFactory,
    OrderItemFactory,
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


class TestMarksAndCost:
    @pytest.fixture
    def wine(self) -> Product:
        return ProductFactory(
            sku="WINE", price=10, cost=4, min_age=18, countries="AT,DE", languages="de", buy_again_days=30
        )

    def test_marks_are_read_by_everybody(self, wine, alice) -> None:
        for client in (key_client("products:read"), member_client(alice)):
            product = client.get(f"{PRODUCTS}{wine.public_id}/").data
            assert (product["min_age"], product["buy_again_days"]) == (18, 30)
            assert (product["countries"], product["languages"]) == (["AT", "DE"], ["de"])

    def test_the_cost_only_by_staff(self, wine, alice) -> None:
        staff = staff_client("membership.view_product")
        product = staff.get(f"{PRODUCTS}{wine.public_id}/").data
        assert (product["cost"], product["margin"]) == ("4.000", 0.6)
        assert staff.get(PRODUCTS).data["results"][0]["cost"] == "4.000"
        for client in (key_client("products:read"), member_client(alice)):
            for answer in (client.get(PRODUCTS), client.get(f"{PRODUCTS}{wine.public_id}/")):
                assert answer.status_code == 200
                assert not {"cost", "margin"} & set(answer.data.get("results", [answer.data])[0])
                assert b"4.000" not in answer.content

    def test_no_list_of_recommendations_says_it(self, wine, alice) -> None:
        Product.objects.update(cost=Decimal("3.217"), min_age=None, countries="", languages="")
        OrderItemFactory(product=wine)
        for client in (key_client("recommendations:read", "products:read"), member_client(alice)):
            for path in ("recommendations/trending/", "products/search/?q=WINE"):
                answer = client.get(f"/api/v1/{path}")
                assert b"WINE" in answer.content
                assert b"3.217" not in answer.content
