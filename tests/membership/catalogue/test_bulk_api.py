"""``POST products/bulk/``: a result for each, and never half a product."""

from __future__ import annotations

import pytest
from django.core.cache import cache

from membership.models import Product
from tests.api_client import key_client, member_client, nobody, staff_client
from tests.factories import MemberFactory

pytestmark = pytest.mark.django_db
BULK = "/api/v1/products/bulk/"
TEA = {"sku": "TEA", "price": "2.50", "stock": 3}


@pytest.fixture(autouse=True)
def fresh_counters() -> None:
    cache.clear()


def test_each_product_has_its_result() -> None:
    client = key_client("products:write")
    wrong = {"sku": "CUP", "price": "much", "category": "Never made"}

    first = client.post(BULK, {"products": [TEA, wrong]})
    again = client.post(BULK, [TEA])  # the list alone is understood, too

    assert (first.status_code, again.status_code) == (201, 200)
    answer = first.json()
    assert {word: answer[word] for word in ("created", "updated", "unchanged", "rejected")} == {
        "created": 1, "updated": 0, "unchanged": 0, "rejected": 1,
    }  # fmt: skip
    product = Product.objects.get()
    assert answer["results"][0] == {
        "index": 0, "sku": "TEA", "id": str(product.public_id), "status": "created", "errors": [],
    }  # fmt: skip
    assert [error["field"] for error in answer["results"][1]["errors"]] == ["price"]
    assert again.json()["unchanged"] == 1


def test_the_same_key_is_answered_the_same() -> None:
    client = key_client("products:write")
    first = client.post(BULK, {"products": [TEA]}, HTTP_IDEMPOTENCY_KEY="b-1")
    again = client.post(BULK, {"products": [TEA]}, HTTP_IDEMPOTENCY_KEY="b-1")

    assert again.json() == first.json()
    assert again.headers["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize("body", [{}, {"products": []}, {"products": {}}, [], [TEA] * 1_001])
def test_one_to_a_thousand_at_a_time(body: object) -> None:
    assert key_client("products:write").post(BULK, body).status_code == 400
    assert not Product.objects.exists()


@pytest.mark.parametrize("odd", [None, "TEA", 3, [TEA]])
def test_what_is_no_product_is_rejected_beside_one_that_is(odd: object) -> None:
    answer = key_client("products:write").post(BULK, {"products": [odd, TEA]}).json()

    assert [one["status"] for one in answer["results"]] == ["rejected", "created"]


def test_who_may_not() -> None:
    body = {"products": [TEA]}
    assert nobody().post(BULK, body).status_code == 401
    assert key_client("products:read").post(BULK, body).status_code == 403
    assert member_client(MemberFactory()).post(BULK, body).status_code == 403
    assert staff_client("membership.add_product").post(BULK, body).status_code == 403
    both = staff_client("membership.add_product", "membership.change_product")
    assert both.post(BULK, body).status_code == 201
