"""Products over the API."""

from __future__ import annotations

from decimal import Decimal
from uuid import uuid4

import pytest
from django.core.cache import cache

from membership.models import Member, Product
from tests.api_client import key_client, member_client, nobody, staff_client
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


# --- writing ---------------------------------------------------------------------------------------------
NEW = {"sku": "TEE-M", "price": "9.90"}


def test_a_product_is_made_with_its_place_and_read_with_a_tag() -> None:
    client = key_client("products:write", "products:read")
    answer = client.post(
        PRODUCTS,
        {**NEW, "name": " Tee  M ", "category": "clothes > tees", "group": "tee", "options": {"Size": "M"}},
    )

    assert answer.status_code == 201
    made = Product.objects.get()
    assert answer.headers["Location"] == f"{PRODUCTS}{made.public_id}/"
    assert answer.json() == {
        "id": str(made.public_id), "sku": "TEE-M", "name": "Tee M", "category": "Clothes > Tees", "brand": "",
        "price": "9.900", "currency": "USD", "stock": None, "backordered": 0, "sold_by_weight": False,
        "is_active": True, "group": "tee", "options": {"Size": "M"}, "min_age": None, "countries": [],
        "languages": [], "buy_again_days": None,
    }  # fmt: skip
    read = client.get(answer.headers["Location"])
    assert read.json() == answer.json()
    assert read.headers["ETag"] == answer.headers["ETag"]


def test_the_same_key_makes_one_product() -> None:
    client = key_client("products:write")
    first = client.post(PRODUCTS, NEW, HTTP_IDEMPOTENCY_KEY="p-1")
    again = client.post(PRODUCTS, NEW, HTTP_IDEMPOTENCY_KEY="p-1")

    assert (first.status_code, again.status_code, Product.objects.count()) == (201, 201, 1)
    assert client.post(PRODUCTS, NEW).status_code == 409


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"sku": " "}, "sku"),
        ({"price": "-1"}, "price"),
        ({"price": "1.2345"}, "price"),
        ({"currency": "ZZZ"}, "currency"),
        ({"stock": -1}, "stock"),
        ({"options": {"Size": "M"}}, "options"),
        ({"group": "g", "options": {str(n): "x" for n in range(6)}}, "options"),
        ({"group": "g", "options": {"n" * 41: "x"}}, "options"),
    ],
)
def test_what_no_product_can_be_is_named(wrong: dict[str, object], field: str) -> None:
    answer = key_client("products:write").post(PRODUCTS, {**NEW, **wrong})

    assert answer.status_code == 400
    assert [error["field"].split(".")[0] for error in answer.json()["errors"]] == [field]
    assert not Product.objects.exists()


def test_a_change_is_refused_to_who_has_not_seen_the_newest(beans) -> None:
    client = key_client("products:write", "products:read")
    path = f"{PRODUCTS}{beans.public_id}/"
    seen = client.get(path).headers["ETag"]

    assert client.patch(path, {"price": "3.00"}, HTTP_IF_MATCH=seen).json()["price"] == "3.000"
    assert client.patch(path, {"price": "4.00"}, HTTP_IF_MATCH=seen).status_code == 412
    assert client.patch(path, {"name": ""}).status_code == 400
    assert client.get(path, HTTP_IF_NONE_MATCH=client.get(path).headers["ETag"]).status_code == 304


def test_a_product_that_was_sold_is_hidden_and_another_deleted(beans) -> None:
    OrderItemFactory(product=beans)
    other = ProductFactory()
    client = key_client("products:write")

    hidden = client.delete(f"{PRODUCTS}{beans.public_id}/")

    assert (hidden.status_code, hidden.json()["is_active"]) == (200, False)
    assert client.delete(f"{PRODUCTS}{other.public_id}/").status_code == 204
    assert list(Product.objects.values_list("sku", flat=True)) == ["BEANS"]


def test_the_variants_of_a_group_are_listed(beans) -> None:
    client = key_client("products:write", "products:read")
    for size in ("M", "L"):
        client.post(PRODUCTS, {"sku": f"TEE-{size}", "price": 9, "group": "tee", "options": {"Size": size}})

    rows = client.get(PRODUCTS, {"group": "tee"}).json()["results"]

    assert [row["options"] for row in rows] == [{"Size": "L"}, {"Size": "M"}]
    assert client.get(PRODUCTS, {"group": "none"}).json()["results"] == []


def test_who_may_not_write(alice, beans) -> None:
    path = f"{PRODUCTS}{beans.public_id}/"
    refused = (
        member_client(alice), key_client("products:read"), staff_client("membership.view_product"),
    )  # fmt: skip
    for client in refused:
        assert client.post(PRODUCTS, NEW).status_code == 403
        assert client.patch(path, {"price": "1"}).status_code == 403
        assert client.delete(path).status_code == 403
    assert nobody().post(PRODUCTS, NEW).status_code == 401
    assert staff_client("membership.add_product").post(PRODUCTS, NEW).status_code == 201
    assert Product.objects.filter(is_active=True).count() == 2


def test_marks_and_cost_are_written_and_the_cost_is_not_told_to_a_key(beans) -> None:
    client = key_client("products:write", "products:read")
    marks = {"min_age": 18, "countries": ["de", "Austria"], "languages": ["DE"], "buy_again_days": 0}

    answer = client.patch(f"{PRODUCTS}{beans.public_id}/", {**marks, "cost": "1.25"})
    client.post(f"{PRODUCTS}bulk/", {"products": [{"sku": "RUM", "price": "9", "min_age": 21, "cost": "3"}]})

    assert (answer.status_code, "cost" in answer.json()) == (200, False)
    beans.refresh_from_db()
    assert (beans.countries, beans.languages, beans.min_age) == ("AT,DE", "de", 18)
    assert (beans.buy_again_days, beans.cost) == (0, Decimal("1.25"))
    rum = Product.objects.get(sku="RUM")
    assert (rum.min_age, rum.cost, rum.countries) == (21, Decimal(3), "")


@pytest.mark.parametrize("wrong", [{"countries": ["Nowhere"]}, {"min_age": 121}, {"cost": "-1"}])
def test_marks_that_cannot_be_are_named(beans, wrong) -> None:
    answer = key_client("products:write").patch(f"{PRODUCTS}{beans.public_id}/", wrong)

    assert answer.status_code == 400
    assert [error["field"].split(".")[0] for error in answer.json()["errors"]] == list(wrong)
