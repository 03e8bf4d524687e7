"""The checkout with a trained model: what each decision makes of an order."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from config import checkout
from config.checkout import place_order
from fraud.models import FraudAlert
from fraud.services.rescoring import score_orders
from fraud.services.scoring import score_order
from membership.errors import Rejected
from membership.models import Member, Order
from registry.models import ModelVersion
from registry.services import load_live, versions
from tests.api_client import key_client
from tests.factories import ProductFactory, StoreFactory
from tests.fraud.conftest import live, now, shop  # noqa: F401  # fixtures

EVERYTHING, NOTHING = 0.0, 2.0


@pytest.fixture
def product() -> Any:
    cache.clear()
    return ProductFactory(sku="CAMERA", price=Decimal("90.00"))


def data(**changes: Any) -> dict[str, Any]:
    member = Member.objects.order_by("pk")[1]
    return {
        "member": member.member_no,
        "order_no": "W-1",
        "lines": [{"sku": "CAMERA", "quantity": 2}],
        "payment_method": "card",
        "payment_fingerprint": f"pay-{member.pk}",
        "device_fingerprint": "own-1",
        **changes,
    }


def set_thresholds(version: ModelVersion, *, review: float, decline: float | None = None) -> None:
    version.parameters = {**version.parameters, "thresholds": {"review": review, "decline": decline}}
    version.save(update_fields=("parameters",))
    versions._loaded.clear()  # a version in use is not read again


@pytest.mark.parametrize(
    ("review", "decline", "decision", "status"),
    [
        (NOTHING, None, "approve", "paid"),
        (EVERYTHING, None, "review", "held"),
        (EVERYTHING, EVERYTHING, "decline", "declined"),
    ],
)
def test_the_decision_settles_the_order(live, product, review, decline, decision, status):  # noqa: F811  # a fixture that is imported
    set_thresholds(live, review=review, decline=decline)
    result = place_order(data=data(), source="test")
    assert (result.decision, result.order.status) == (decision, status)
    assert (Order.objects.get(order_no="W-1").status, result.model_version) == (status, str(live))
    assert 0 <= (result.probability or 0.0) <= 1
    assert FraudAlert.objects.filter(order=result.order).exists() == (decision != "approve")


def test_an_approved_order_that_is_not_paid_yet_stays_pending(live, product):  # noqa: F811  # a fixture that is imported
    set_thresholds(live, review=NOTHING)
    assert place_order(data=data(status="pending"), source="test").order.status == "pending"


def test_a_theft_is_held_and_its_reasons_reach_the_shop(live, product):  # noqa: F811  # a fixture that is imported
    client = key_client("orders:write")
    body = data(order_no="W-0", lines=[{"sku": "CAMERA", "quantity": 1, "unit_price": "15.00"}])
    client.post("/api/v1/orders/", {**body, "device_fingerprint": "thief"})
    answer = client.post("/api/v1/orders/", data(device_fingerprint="thief"))
    assert answer.data["status"] in ("held", "declined")
    assert all(set(reason) == {"code", "text"} and reason["text"] for reason in answer.data["reasons"])
    assert answer.data["reasons"]


@pytest.mark.parametrize(
    ("review", "decline", "status", "at_most"),
    # three take the goods off the stock, one reads refunds, one asks for points; six give the goods back
    [(NOTHING, None, "paid", 17), (EVERYTHING, None, "held", 16), (EVERYTHING, EVERYTHING, "declined", 23)],
)
def test_a_warm_order_takes_few_queries(live, product, review, decline, status, at_most):  # noqa: F811  # a fixture that is imported
    set_thresholds(live, review=review, decline=decline)
    store = StoreFactory(code="S1")
    client = key_client("orders:write")
    client.post("/api/v1/orders/", data(order_no="W-0"))
    Order.objects.filter(device_fingerprint="own-1").update(store=store)
    body = data(store="S1")
    with CaptureQueriesContext(connection) as captured:
        answer = client.post("/api/v1/orders/", body)
    assert (answer.status_code, answer.data["status"]) == (201, status)
    control = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")
    queries = [query["sql"] for query in captured if not query["sql"].startswith(control)]
    assert len(queries) <= at_most, "\n".join(queries)


def test_the_order_is_committed_before_it_is_scored(live, product, monkeypatch):  # noqa: F811  # a fixture that is imported
    seen: list[str] = []

    def look(**kwargs: Any) -> Any:
        seen.append(Order.objects.get(order_no="W-1").status)
        return score_order(**kwargs)

    monkeypatch.setattr(checkout, "score_order", look)
    set_thresholds(live, review=NOTHING)
    assert place_order(data=data(), source="test").order.status == "paid"
    assert seen == ["held"]  # what a process that dies now leaves behind


def test_a_retry_settles_what_was_scored_in_the_background(live, product, monkeypatch):  # noqa: F811  # a fixture that is imported
    def dies(**kwargs: Any) -> None:
        raise KeyboardInterrupt

    set_thresholds(live, review=NOTHING)
    with monkeypatch.context() as patch:
        patch.setattr(checkout, "score_order", dies)
        with pytest.raises(KeyboardInterrupt):
            place_order(data=data(), source="test")
    score_orders(loaded=load_live("fraud"))
    assert Order.objects.get(order_no="W-1").status == "held"
    result = place_order(data=data(), source="test")
    assert (result.is_new, Order.objects.get(order_no="W-1").status) == (False, "paid")


def test_an_order_is_kept_when_its_score_cannot_be_stored(live, product, monkeypatch):  # noqa: F811  # a fixture that is imported
    def broken(**kwargs: Any) -> None:
        raise DatabaseError("disk full")

    monkeypatch.setattr(checkout, "score_order", broken)
    result = place_order(data=data(), source="test")
    assert (result.decision, result.reasons[0]["code"]) == ("review", "model_unavailable")
    assert Order.objects.get(order_no="W-1").status == "held"


@pytest.mark.django_db
def test_bad_input_comes_back_by_field():
    with pytest.raises(Rejected) as refusal:
        place_order(data={"member": "nobody"}, source="test")
    assert [error.field for error in refusal.value.errors] == ["order_no", "lines"]
