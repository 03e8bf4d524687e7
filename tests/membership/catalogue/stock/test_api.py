"""A product's stock over the API."""

from __future__ import annotations

import pytest
from django.core.cache import cache

from membership.models import Product
from membership.models.catalogue.stock import Oversell
from tests.api_client import key_client, member_client, nobody, staff_client
from tests.factories import MemberFactory, ProductFactory
from tests.membership.orders.makers import taken
from tests.membership.orders.random_cases.stock_shop import oversell

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_counters() -> None:
    cache.clear()


@pytest.fixture
def tea() -> Product:
    made: Product = ProductFactory(sku="TEA", stock=5)
    return made


def path(product: Product) -> str:
    return f"/api/v1/products/{product.public_id}/stock/"


def test_a_key_sets_and_changes_and_reads_the_history(tea: Product) -> None:
    client = key_client("products:write", "products:read")
    assert client.post(path(tea), {"set": 9, "reason": "counted"}).status_code == 201
    answer = client.post(path(tea), {"change": -2})

    assert answer.status_code == 201
    assert {name: answer.json()[name] for name in ("sku", "stock", "backordered", "filled")} == {
        "sku": "TEA", "stock": 7, "backordered": 0, "filled": 0,
    }  # fmt: skip
    rows = client.get(path(tea)).json()["results"]
    assert [(row["units"], row["stock"], row["source"], row["reason"]) for row in rows] == [
        (-2, 7, "api", ""), (4, 9, "api", "counted"),
    ]  # fmt: skip
    assert rows[0]["who"].startswith("key:")


def test_what_is_so_already_is_200_and_leaves_no_trace(tea: Product) -> None:
    answer = key_client("products:write").post(path(tea), {"set": 5})

    assert (answer.status_code, answer.json()["movement"]) == (200, None)


def test_the_same_key_counts_once(tea: Product) -> None:
    client = key_client("products:write")
    first = client.post(path(tea), {"change": 3}, HTTP_IDEMPOTENCY_KEY="in-1")
    second = client.post(path(tea), {"change": 3}, HTTP_IDEMPOTENCY_KEY="in-1")

    assert Product.objects.get().stock == 8
    assert second.headers["Idempotent-Replayed"] == "true"
    assert first.json() == second.json()


def test_more_than_there_are_is_409(tea: Product) -> None:
    answer = key_client("products:write").post(path(tea), {"change": -6})

    assert (answer.status_code, answer.json()["errors"]) == (
        409, [{"field": "change", "message": "Of TEA only 5 are left."}],
    )  # fmt: skip


@pytest.mark.parametrize("body", [{}, {"set": 1, "change": 1}, {"set": -1}, {"change": "x"}])
def test_one_of_both_is_said(tea: Product, body: dict[str, object]) -> None:
    assert key_client("products:write").post(path(tea), body).status_code == 400


def test_waiting_orders_are_served_first_and_stand_in_the_history(tea: Product) -> None:
    oversell(Oversell.BACKORDER)
    order = taken({"TEA": 8})
    client = key_client("products:write", "products:read", "orders:read")
    detail = f"/api/v1/orders/{order.public_id}/"
    assert client.get(detail).json()["lines"][0]["backordered"] == 3

    answer = client.post(path(tea), {"change": 5}).json()

    assert (answer["stock"], answer["filled"], answer["backordered"]) == (2, 3, 0)
    newest = client.get(path(tea), {"source": "backorder"}).json()["results"][0]
    assert (newest["units"], newest["order_no"], newest["line_no"]) == (-3, order.order_no, 1)
    assert client.get(detail).json()["lines"][0]["backordered"] == 0


def test_the_history_of_many_movements_takes_as_many_queries_as_of_one(
    tea: Product, django_assert_num_queries
) -> None:
    client = key_client("products:write", "products:read")
    for _time in range(4):
        client.post(path(tea), {"change": 1})

    with django_assert_num_queries(3):  # the key, the product, its movements with their orders
        assert len(client.get(path(tea)).json()["results"]) == 4


def test_who_may_not(tea: Product) -> None:
    body = {"change": 1}
    assert nobody().post(path(tea), body).status_code == 401
    assert key_client("products:read").post(path(tea), body).status_code == 403
    assert member_client(MemberFactory()).post(path(tea), body).status_code == 403
    assert member_client(MemberFactory()).get(path(tea)).status_code == 403
    assert staff_client("membership.view_product").post(path(tea), body).status_code == 403
    assert staff_client("membership.view_product").get(path(tea)).status_code == 403
    assert staff_client("membership.change_product").post(path(tea), body).status_code == 201
    assert Product.objects.get().stock == 6
