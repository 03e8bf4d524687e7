"""A POST that is sent twice happens once, whatever comes between."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connections
from django.utils import timezone

from config import checkout
from membership.models import IdempotencyKey, Member, Order, OrderItem, Product, Segment
from tests.api_client import key_client, staff_client
from tests.factories import MemberFactory, ProductFactory

ORDERS, SEGMENTS = "/api/v1/orders/", "/api/v1/segments/"
BODY = {"member": "A1", "order_no": "W-1", "lines": [{"sku": "BEANS", "quantity": 2}]}
ONCE = {"idempotency-key": "once"}


@pytest.fixture
def shop(db: None) -> tuple[Member, Product]:
    cache.clear()
    return MemberFactory(member_no="A1"), ProductFactory(sku="BEANS", price=Decimal("3.00"))


def test_the_same_key_and_body_get_the_same_answer(shop):
    client = key_client("orders:write")
    first = client.post(ORDERS, BODY, headers=ONCE)
    second = client.post(ORDERS, BODY, headers=ONCE)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert second["Idempotent-Replayed"] == "true"
    assert second["Location"] == first["Location"]
    assert Order.objects.count() == 1


def test_the_same_key_with_another_body_is_refused(shop):
    client = key_client("orders:write")
    client.post(ORDERS, BODY, headers=ONCE)
    answer = client.post(ORDERS, {**BODY, "order_no": "W-2"}, headers=ONCE)
    assert answer.status_code == 422
    assert Order.objects.count() == 1


def test_the_same_json_in_another_order_is_the_same_body(shop):
    client = key_client("orders:write")
    client.post(ORDERS, BODY, headers=ONCE)
    answer = client.post(ORDERS, dict(reversed(BODY.items())), headers=ONCE)
    assert answer["Idempotent-Replayed"] == "true"


def test_a_key_belongs_to_its_caller(shop):
    staff = staff_client("membership.add_segment")
    first = key_client("segments:write").post(SEGMENTS, {"name": "One"}, headers=ONCE)
    second = staff.post(SEGMENTS, {"name": "Two"}, headers=ONCE)
    assert (first.status_code, second.status_code) == (201, 201)


def test_after_an_error_the_key_is_free_again(shop):
    client = key_client("orders:write", "segments:write")
    assert client.post(ORDERS, {**BODY, "member": "nobody"}, headers=ONCE).status_code == 400
    assert not IdempotencyKey.objects.exists()
    assert client.post(ORDERS, BODY, headers=ONCE).status_code == 201
    assert client.post(SEGMENTS, {"name": ""}, headers={"idempotency-key": "two"}).status_code == 400
    assert client.post(SEGMENTS, {"name": "Two"}, headers={"idempotency-key": "two"}).status_code == 201


@pytest.mark.parametrize("key", ["", "k" * 121, "kéy"])
def test_a_key_that_cannot_be_kept_is_refused(shop, key):
    answer = key_client("orders:write").post(ORDERS, BODY, headers={"idempotency-key": key})
    assert answer.status_code == 400
    assert not Order.objects.exists()


def dies(*args: Any, **kwargs: Any) -> None:
    """What a killed process looks like from inside: nothing after this line runs, no handler either."""
    raise KeyboardInterrupt


@pytest.mark.parametrize("point", ["create_order", "_score", "settle_order"])
def test_after_a_crash_the_retry_completes_the_order(shop, monkeypatch, point):
    client = key_client("orders:write")
    with monkeypatch.context() as patch:
        patch.setattr(checkout, point, dies)
        with pytest.raises(KeyboardInterrupt):
            client.post(ORDERS, BODY, headers=ONCE)
    too_soon = client.post(ORDERS, BODY, headers=ONCE)
    assert (too_soon.status_code, too_soon["Retry-After"]) == (409, "1")
    IdempotencyKey.objects.update(created_at=timezone.now() - timedelta(seconds=60))
    answer = client.post(ORDERS, BODY, headers=ONCE)
    assert answer.status_code in (200, 201)
    assert (Order.objects.get().status, OrderItem.objects.count()) == ("paid", 1)
    assert client.post(ORDERS, BODY, headers=ONCE)["Idempotent-Replayed"] == "true"


def at_once(count: int, call: Callable[[], Any]) -> list[Any]:
    """``call`` from ``count`` threads together, each with a database connection of its own."""

    def run(_number: int) -> Any:
        try:
            return call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def test_one_key_at_the_same_moment_makes_one_order(threaded_db):
    cache.clear()
    MemberFactory(member_no="A1")
    ProductFactory(sku="BEANS")
    client = key_client("orders:write")
    answers = at_once(8, lambda: copy(client).post(ORDERS, BODY, headers=ONCE))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    assert (Order.objects.count(), OrderItem.objects.count()) == (1, 1)
    assert client.post(ORDERS, BODY, headers=ONCE)["Idempotent-Replayed"] == "true"


def test_one_order_number_at_the_same_moment_makes_one_order(threaded_db):
    cache.clear()
    MemberFactory(member_no="A1")
    ProductFactory(sku="BEANS")
    client = key_client("orders:write")
    answers = at_once(8, lambda: copy(client).post(ORDERS, BODY))
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert len({answer.data["id"] for answer in answers}) == 1
    assert (Order.objects.count(), OrderItem.objects.count()) == (1, 1)


def test_a_second_request_waits_for_the_first_and_gets_its_answer(threaded_db):
    cache.clear()
    client = key_client("segments:write")
    answers = at_once(8, lambda: copy(client).post(SEGMENTS, {"name": "Tea"}, headers=ONCE))
    assert [answer.status_code for answer in answers] == [201] * 8
    assert len({answer.content for answer in answers}) == 1
    assert sum(not answer.has_header("Idempotent-Replayed") for answer in answers) == 1
    assert Segment.objects.count() == 1
