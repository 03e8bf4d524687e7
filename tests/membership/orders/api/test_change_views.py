"""Orders change over REST: statuses, lines, refunds, and who may."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from rest_framework.test import APIClient

from membership.models import Order, Refund
from tests.api_client import key_client, member_client, nobody, staff_client
from tests.membership.orders.makers import product, taken

pytestmark = pytest.mark.django_db
WRITE = ("orders:read", "orders:write")


@pytest.fixture
def order() -> Order:
    product("TEA", "2.50", stock=10)
    product("CUP", "10.00", stock=10)
    return taken({"TEA": 3, "CUP": 1}, shipping=Decimal(4))


@pytest.fixture
def client() -> APIClient:
    return key_client(*WRITE)


def url(order: Order, tail: str = "") -> str:
    return f"/api/v1/orders/{order.public_id}/{tail}"


def test_an_order_is_cancelled_with_its_reason(client, order) -> None:
    answer = client.patch(url(order), {"status": "cancelled", "reason": "out of stock"})

    assert (answer.status_code, answer.data["status"]) == (200, "cancelled")
    changes = client.get(url(order, "changes/")).data["results"]
    assert [(one["source"], one["reason"], one["after"]["status"]) for one in changes] == [
        ("api", "out of stock", "cancelled")
    ]
    assert changes[0]["who"].startswith("key:")


def test_a_status_that_cannot_be_is_a_conflict_in_words(client, order) -> None:
    client.patch(url(order), {"status": "shipped"})

    answer = client.patch(url(order), {"status": "cancelled"})

    assert (answer.status_code, answer["Content-Type"]) == (409, "application/problem+json")
    assert "refund it instead" in answer.json()["detail"]
    assert [error["field"] for error in answer.json()["errors"]] == ["status"]
    chinese = client.patch(url(order), {"status": "cancelled"}, headers={"accept-language": "zh-hans"})
    assert "退款" in chinese.json()["detail"]


def test_lines_change_before_the_order_is_shipped(client, order) -> None:
    answer = client.patch(url(order), {"lines": [{"sku": "TEA", "quantity": 1}], "reason": "asked"})

    assert answer.status_code == 200
    assert [(line["sku"], line["quantity"]) for line in answer.data["lines"]] == [("TEA", 1)]
    assert answer.data["total"] == "2.500"
    Order.objects.update(status="shipped")
    assert client.patch(url(order), {"lines": [{"sku": "TEA", "quantity": 2}]}).status_code == 409


@pytest.mark.parametrize(
    "body",
    [{}, {"status": "cancelled", "lines": [{"sku": "TEA", "quantity": 1}]}, {"status": "gone"},
     {"lines": []}, {"lines": [{"sku": "TEA", "quantity": 0}]}, {"lines": [{"sku": "NONE", "quantity": 1}]}],
)  # fmt: skip
def test_what_is_no_change_is_refused(client, order, body) -> None:
    assert client.patch(url(order), body).status_code == 400
    assert Order.objects.get().status == "paid"


def test_if_match_keeps_what_the_caller_has_not_seen(client, order) -> None:
    tag = client.get(url(order))["ETag"]
    assert client.get(url(order), headers={"if-none-match": tag}).status_code == 304
    first = client.patch(url(order), {"status": "shipped"}, headers={"if-match": tag})
    assert first.status_code == 200
    late = client.patch(url(order), {"status": "completed"}, headers={"if-match": tag})
    assert late.status_code == 412
    fresh = client.patch(url(order), {"status": "completed"}, headers={"if-match": first["ETag"]})
    assert fresh.status_code == 200


def test_pieces_are_refunded_and_go_back_to_stock(client, order) -> None:
    body = {"lines": [{"line_no": 1, "quantity": 2}], "reason": "stale", "restock": True}

    answer = client.post(url(order, "refunds/"), body)

    assert answer.status_code == 201
    assert (answer.data["goods"], answer.data["total"], answer.data["status"]) == ("5.000", "12.500", "paid")
    assert answer.json()["lines"] == [{"line_no": 1, "quantity": 2, "amount": "5.000"}]
    assert order.items.get(line_no=1).product.stock == 9


@pytest.mark.parametrize(
    ("body", "goods", "shipping", "status"),
    [({"all": True}, "17.500", "4.000", "refunded"), ({"amount": "12.00"}, "12.000", "0.000", "paid")],
)
def test_all_or_an_amount_is_refunded(client, order, body, goods, shipping, status) -> None:
    answer = client.post(url(order, "refunds/"), body)

    assert (answer.data["goods"], answer.data["shipping"], answer.data["status"]) == (goods, shipping, status)


@pytest.mark.parametrize(
    "body",
    [{}, {"all": False}, {"all": True, "amount": "1.00"}, {"amount": "0"}, {"amount": "-1"},
     {"lines": [{"line_no": 1, "quantity": 1}, {"line_no": 1, "quantity": 1}]},
     {"lines": [{"line_no": 7, "quantity": 1}]}, {"amount": "0.001"}],
)  # fmt: skip
def test_what_is_no_refund_is_refused(client, order, body) -> None:
    assert client.post(url(order, "refunds/"), body).status_code == 400
    assert not Refund.objects.exists()


def test_more_than_was_paid_is_a_conflict(client, order) -> None:
    answer = client.post(url(order, "refunds/"), {"amount": "17.51"})

    assert answer.status_code == 409
    assert "$17.50" in answer.json()["detail"]


def test_a_refund_that_is_sent_twice_happens_once(client, order) -> None:
    body, once = {"amount": "5.00"}, {"idempotency-key": "refund-1"}
    first = client.post(url(order, "refunds/"), body, headers=once)
    second = client.post(url(order, "refunds/"), body, headers=once)

    assert first.json() == second.json()
    assert second["Idempotent-Replayed"] == "true"
    assert Order.objects.get().refunded == 5


def callers(order: Order) -> list[tuple[APIClient, int]]:
    return [
        (nobody(), 401),
        (member_client(order.member), 403),
        (key_client("orders:read"), 403),
        (staff_client("membership.view_order"), 403),
        (staff_client("membership.change_order"), 0),
    ]


def test_only_the_shop_changes_orders(order) -> None:
    for client, status in callers(order):
        patch = client.patch(url(order), {"status": "shipped"}).status_code
        post = client.post(url(order, "refunds/"), {"amount": "1.00"}).status_code
        assert (patch, post) == ((status, status) if status else (200, 201))


def test_a_member_reads_no_history_and_strangers_no_orders(order) -> None:
    assert member_client(order.member).get(url(order, "changes/")).status_code == 403
    stranger = taken({"TEA": 1})
    assert member_client(order.member).get(url(stranger)).status_code == 404


def test_a_history_costs_the_same_however_long(
    client: APIClient, order: Order, django_assert_num_queries: Any
) -> None:
    client.get(url(order, "changes/"))
    for _once in range(2):
        client.post(url(order, "refunds/"), {"amount": "1.00"})
    with django_assert_num_queries(5):
        client.get(url(order, "changes/"))
    for _once in range(5):
        client.post(url(order, "refunds/"), {"amount": "1.00"})
    with django_assert_num_queries(5):
        assert len(client.get(url(order, "changes/")).data["results"]) == 7
