"""Bad input at the checkout: a clear answer, a safe decision, nothing half-written."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone

from membership.models import Order
from tests.api_client import bearer, key_client, member_client
from tests.factories import MemberFactory, OrderFactory, ProductFactory, StaffFactory
from tests.fraud.conftest import now, retrain, shop  # noqa: F401  # fixtures

pytestmark = pytest.mark.django_db
URL = "/api/v1/orders/"


@pytest.fixture
def body() -> dict[str, Any]:
    cache.clear()
    product = ProductFactory(sku="CAMERA")
    lines = [{"sku": product.sku, "quantity": 1}]
    return {"member": MemberFactory().member_no, "order_no": "W-1", "lines": lines, "device_fingerprint": "d"}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"currency": "ZZZ"}, "currency"),
        ({"store": "nowhere"}, "store"),
        ({"lines": [{"sku": "CAMERA", "quantity": 1, "unit_price": "-5"}]}, "lines.0.unit_price"),
        ({"lines": [{"sku": "CAMERA", "quantity": 1_000_000, "unit_price": "999999999"}]}, "lines"),
        ({"lines": [{"sku": "CAMERA", "quantity": 1, "unit_price": "1e400"}]}, "lines.0.unit_price"),
    ],
)
def test_invalid_orders_are_refused_by_field(body, change, field):
    answer = key_client("orders:write").post(URL, {**body, **change})
    assert answer.status_code == 400, answer.data
    assert answer.data["errors"][0]["field"].startswith(field)
    assert not Order.objects.exists()


def test_odd_orders_are_taken_and_decided(body):
    client = key_client("orders:write")
    late = OrderFactory(placed_at=timezone.now()).member.member_no
    early = (timezone.now() - timedelta(days=30)).isoformat()
    cheap = [{"sku": "CAMERA", "quantity": 1, "unit_price": "9"}]
    odd: list[tuple[dict[str, Any], str]] = [
        ({"device_fingerprint": ""}, "approve"),
        ({"placed_at": early, "member": late}, "approve"),
        ({"currency": "JPY"}, "review"),  # nobody knows its rate
    ]
    for number, (change, decision) in enumerate(odd):
        answer = client.post(URL, {**body, "order_no": f"ODD-{number}", "lines": cheap, **change})
        assert answer.status_code == 201, answer.data
        assert (answer.status_code, answer.data["decision"]) == (201, decision), answer.data


def test_an_order_that_comes_twice_is_one_and_another_one_is_refused(body):
    client = key_client("orders:write")
    answers = [client.post(URL, body).status_code for _ in range(2)]
    other = client.post(URL, {**body, "device_fingerprint": "other"})
    assert (answers, other.status_code, Order.objects.count()) == ([201, 200], 409, 1)


def test_a_member_learns_the_status_and_nothing_of_the_decision(body):
    member = MemberFactory()
    given = {"order_no": "W-2", "lines": body["lines"]}
    answer = member_client(member).post(URL, given)
    assert set(answer.data) == {"id", "order_no", "status"}


def test_an_order_raises_an_alert_gets_a_verdict_and_trains_the_next_model(body, shop):  # noqa: F811  # a fixture that is imported
    lines = [{"sku": "CAMERA", "quantity": 1, "unit_price": "900"}]  # held in a shop without a model
    placed = key_client("orders:write").post(URL, {**body, "lines": lines})
    assert placed.data["status"] == "held"
    desk = bearer(StaffFactory(groups=["Risk"]))
    (alert,) = desk.get("/api/v1/alerts/", {"order_no": "W-1"}).data["results"]
    verdict = desk.post(f"/api/v1/alerts/{alert['id']}/review/", {"verdict": "fraud"})
    assert (verdict.status_code, verdict.data["state"]) == (201, "confirmed")
    # what became known within a second counts from the next one on
    Order.objects.filter(order_no="W-1").update(label_known_at=timezone.now() - timedelta(seconds=2))
    retrain()
    from registry.models import ModelVersion

    version = ModelVersion.objects.get(family="fraud")
    assert version.metrics["labels_by_review"] == 1
    assert version.metrics["training_frauds"] == Order.objects.filter(is_fraud=True).count()
