"""``POST /api/v1/orders/``: what the two kinds of callers learn."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from fraud.models import FraudScore
from membership.models import Order, Product
from membership.models.catalogue.stock import Oversell
from tests.api_client import key_client, member_client, nobody, staff_client
from tests.factories import MemberFactory, ProductFactory
from tests.membership.orders.random_cases.stock_shop import oversell

pytestmark = pytest.mark.django_db
PATH = "/api/v1/orders/"


@pytest.fixture
def member() -> Any:
    return MemberFactory(member_no="A1")


@pytest.fixture
def product() -> Any:
    return ProductFactory(sku="TEA", price="4.00")


def body(**changes: Any) -> dict[str, Any]:
    return {"member": "A1", "order_no": "W-1", "lines": [{"sku": "TEA", "quantity": 2}], **changes}


def test_a_server_learns_the_decision_and_where_the_order_is(member: Any, product: Any) -> None:
    answer = key_client("orders:write").post(PATH, body())

    order = Order.objects.get()
    assert (answer.status_code, answer.headers["Location"]) == (201, f"{PATH}{order.public_id}/")
    assert answer.json() | {"reasons": []} == {
        "id": str(order.public_id), "order_no": "W-1", "status": "paid", "decision": "approve",
        "probability": None, "reasons": [], "model_version": None,
    }  # fmt: skip
    assert answer.json()["reasons"][0]["text"].startswith("There is no fraud model yet")


def test_a_member_learns_the_status_alone(member: Any, product: Any) -> None:
    answer = member_client(member).post(PATH, {"order_no": "W-1", "lines": [{"sku": "TEA", "quantity": 1}]})

    assert answer.status_code == 201
    assert set(answer.json()) == {"id", "order_no", "status"}


def test_the_same_order_again_is_200_and_scored_once(member: Any, product: Any) -> None:
    client = key_client("orders:write")
    first, second = client.post(PATH, body()), client.post(PATH, body())

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["id"] == second.json()["id"]
    assert (Order.objects.count(), FraudScore.objects.count()) == (1, 1)


def test_a_repeated_key_gets_the_first_answer_again(member: Any, product: Any) -> None:
    client = key_client("orders:write")
    first = client.post(PATH, body(), headers={"Idempotency-Key": "k1"})
    again = client.post(PATH, body(), headers={"Idempotency-Key": "k1"})
    other = client.post(PATH, body(order_no="W-2"), headers={"Idempotency-Key": "k1"})

    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert other.status_code == 422
    assert Order.objects.count() == 1


def test_a_member_cannot_order_for_another(member: Any, product: Any) -> None:
    other: Any = MemberFactory(member_no="B2")

    answer = member_client(other).post(PATH, body())

    assert answer.status_code in (400, 403)
    assert not Order.objects.exists()


def test_without_the_right_to_post_nothing_is_stored(member: Any, product: Any) -> None:
    refused = (key_client("orders:read"), staff_client("membership.view_order"))

    assert [client.post(PATH, body()).status_code for client in refused] == [403, 403]
    assert nobody().post(PATH, body()).status_code == 401
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"lines": []}, "lines"), ({"member": "nobody"}, "member"), ({"order_no": ""}, "order_no"),
     ({"lines": [{"sku": "none", "quantity": 1}]}, "lines")],
)  # fmt: skip
def test_bad_input_is_named_by_its_field(member: Any, product: Any, changes: Any, field: str) -> None:
    answer = key_client("orders:write").post(PATH, body(**changes))

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"].startswith(field)
    assert not Order.objects.exists()


# --- more than there is ----------------------------------------------------------------------------------
def test_a_shortage_is_told_and_told_again(member: Any) -> None:
    oversell(Oversell.BACKORDER)
    ProductFactory(sku="TEA", price="4.00", stock=1)
    client = key_client("orders:write")
    told = [{"line_no": 1, "sku": "TEA", "missing": 1, "backordered": 1}]

    assert client.post(PATH, body()).json()["shortages"] == told
    assert client.post(PATH, body()).json()["shortages"] == told


def test_a_refused_order_is_409_and_names_what_is_left(member: Any) -> None:
    oversell(Oversell.REFUSE)
    ProductFactory(sku="TEA", price="4.00", stock=1)
    answer = key_client("orders:write").post(PATH, body(), HTTP_IDEMPOTENCY_KEY="o-1")

    assert answer.status_code == 409
    assert answer.json()["errors"] == [{"field": "lines.0.quantity", "message": "Of TEA only 1 are left."}]
    assert not Order.objects.exists()
    Product.objects.update(stock=5)
    retried = key_client("orders:write").post(PATH, body(), HTTP_IDEMPOTENCY_KEY="o-1")
    assert retried.status_code == 201


def test_a_member_learns_no_more_of_a_shortage_than_the_status(member: Any) -> None:
    ProductFactory(sku="TEA", price="4.00", stock=0)
    answer = member_client(member).post(PATH, {"order_no": "W-1", "lines": [{"sku": "TEA", "quantity": 1}]})

    assert set(answer.json()) == {"id", "order_no", "status"}


def test_orders_compete_for_the_last_pieces_and_no_more_are_sold(threaded_db: None) -> None:
    oversell(Oversell.REFUSE)
    MemberFactory(member_no="A1")
    ProductFactory(sku="TEA", price="4.00", stock=3)
    ProductFactory(sku="CUP", price="9.00", stock=100)
    client = key_client("orders:write")

    def order(number: int) -> int:
        skus = ("TEA", "CUP") if number % 2 else ("CUP", "TEA")  # in either order: nobody blocks another
        lines = [{"sku": sku, "quantity": 1} for sku in skus]
        try:
            return int(client.post(PATH, body(order_no=f"W-{number}", lines=lines)).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        statuses = Counter(pool.map(order, range(8)))

    assert statuses == {201: 3, 409: 5}
    assert dict(Product.objects.values_list("sku", "stock")) == {"TEA": 0, "CUP": 97}
    assert Order.objects.count() == 3
