"""The alert queue over REST."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fraud.models import AlertReview, FraudAlert
from membership.models import Order
from tests.api_client import key_client, member_client, nobody, staff_client
from tests.factories import FraudAlertFactory, FraudScoreFactory, ModelVersionFactory

pytestmark = pytest.mark.django_db
URL = "/api/v1/alerts/"
REVIEWERS = ("fraud.view_fraudalert", "fraud.change_fraudalert", "fraud.add_alertreview")


@pytest.fixture
def alert() -> FraudAlert:
    reasons = [{"code": "amount", "text": "old words", "weight": 2.0, "facts": {"amount": 50, "ratio": 3.1}}]
    alert = FraudAlertFactory(reasons=reasons, priority=Decimal(9))
    FraudScoreFactory(order=alert.order, model_version=ModelVersionFactory(family="fraud", number=4))
    return alert


def test_the_queue_is_sorted_by_expected_loss(alert):
    FraudAlertFactory(priority=Decimal(50))
    answer = staff_client("fraud.view_fraudalert").get(URL)

    assert answer.status_code == 200
    assert [Decimal(row["priority"]) for row in answer.data["results"]] == [Decimal(50), Decimal(9)]


def test_the_queue_is_filtered_by_state_and_loss(alert):
    FraudAlertFactory(priority=Decimal(1))
    client = key_client("fraud:read")

    assert len(client.get(URL, {"state": "open", "min_priority": "5"}).data["results"]) == 1
    assert client.get(URL, {"state": "dismissed"}).data["results"] == []
    assert client.get(URL, {"state": "nonsense"}).status_code == 400


def test_an_alert_says_why_in_words(alert):
    body = key_client("fraud:read").get(f"{URL}{alert.public_id}/").data

    assert body["reasons"] == [{"code": "amount", "text": "3.1× this member's usual amount", "weight": 2.0}]
    assert (body["order_no"], body["decision"], body["model_version"]) == (
        alert.order.order_no,
        "review",
        "fraud v4",
    )


def test_a_verdict_over_the_api_labels_the_order(alert):
    answer = staff_client(*REVIEWERS).post(
        f"{URL}{alert.public_id}/review/", {"verdict": "fraud", "note": "stolen card"}
    )

    assert answer.status_code == 201, answer.data
    assert (answer.data["state"], answer.data["reviews"][0]["note"]) == ("confirmed", "stolen card")
    assert Order.objects.get().is_fraud is True


def test_a_genuine_order_that_was_declined_says_that_it_can_be_reopened(alert):
    Order.objects.filter(pk=alert.order_id).update(status="declined")
    client, url = staff_client(*REVIEWERS), f"{URL}{alert.public_id}/review/"

    left = client.post(url, {"verdict": "genuine"})
    assert (left.status_code, left.data["order_status"], left.data["can_reopen"]) == (201, "declined", True)
    reopened = client.post(url, {"verdict": "genuine", "reopen": True})
    assert (reopened.data["order_status"], reopened.data["can_reopen"]) == ("paid", False)
    assert client.post(url, {"verdict": "fraud", "reopen": True}).status_code == 400


def test_a_repeated_request_is_one_verdict(alert):
    client, url = key_client("fraud:write"), f"{URL}{alert.public_id}/review/"
    first = client.post(url, {"verdict": "genuine"}, headers={"Idempotency-Key": "k1"})
    second = client.post(url, {"verdict": "genuine"}, headers={"Idempotency-Key": "k1"})

    assert (first.status_code, second.status_code) == (201, 201)
    assert AlertReview.objects.count() == 1


def test_a_verdict_must_be_one_of_three(alert):
    answer = staff_client(*REVIEWERS).post(f"{URL}{alert.public_id}/review/", {"verdict": "maybe"})

    assert answer.status_code == 400
    assert answer.data["errors"][0]["field"] == "verdict"


def test_who_may_not(alert):
    review = f"{URL}{alert.public_id}/review/"

    assert nobody().get(URL).status_code == 401
    assert key_client("orders:read").get(URL).status_code == 403
    assert member_client(alert.order.member).get(URL).status_code == 403
    assert staff_client("fraud.view_fraudalert").post(review, {"verdict": "fraud"}).status_code == 403
    assert key_client("fraud:read").post(review, {"verdict": "fraud"}).status_code == 403
    assert AlertReview.objects.count() == 0


def test_an_unknown_alert_is_not_found(alert):
    answer = key_client("fraud:read").get(f"{URL}00000000-0000-4000-8000-000000000000/")

    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"


def test_a_longer_queue_needs_no_more_queries():
    client = staff_client("fraud.view_fraudalert")
    counts = []
    for _ in range(2):
        FraudAlertFactory.create_batch(3)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(URL).status_code == 200
        counts.append(len(queries))

    assert counts[0] == counts[1]
