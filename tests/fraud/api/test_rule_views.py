"""Rules, back-tests and lists over REST."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from fraud.models import FraudRule, ListEntry
from tests.api_client import key_client, member_client, staff_client
from tests.factories import MemberFactory, OrderFactory

pytestmark = pytest.mark.django_db
RULES, LISTS = "/api/v1/fraud/rules/", "/api/v1/fraud/lists/"


def writer():
    return key_client("fraud:read", "fraud:write")


def test_a_rule_is_written_tried_made_live_and_deleted():
    OrderFactory(total=Decimal(500), placed_at=timezone.now())
    client = writer()
    made = client.post(RULES, {"name": "large", "text": "amount > 100", "action": "review"})
    assert (made.status_code, made.data["state"]) == (201, "draft")
    url = made["Location"]
    tried = client.post(f"{url}backtest/", {"days": 30})
    assert (tried.status_code, tried.data["status"], tried.data["result"]["hits"]) == (201, "succeeded", 1)
    assert client.get(f"{url}backtest/").data["id"] == tried.data["id"]
    assert client.patch(url, {"state": "live"}).data["state"] == "live"
    assert client.get(RULES, {"state": "live"}).data["results"][0]["text"] == "amount > 100"
    assert client.delete(url).status_code == 204
    assert not FraudRule.objects.exists()


def test_a_mistake_has_its_place_and_a_suggestion():
    answer = writer().post(RULES, {"name": "x", "text": "amuont > 1", "action": "review"})
    assert answer.status_code == 400
    assert {key: answer.data["errors"][0][key] for key in ("column", "suggestion")} == {
        "column": 1,
        "suggestion": "amount",
    }


def test_a_name_is_taken_once():
    body = {"name": "x", "text": "amount > 1", "action": "review"}
    client = writer()
    assert [client.post(RULES, body).status_code for _ in range(2)] == [201, 409]


def test_an_entry_is_added_moved_and_removed():
    client = writer()
    made = client.post(LISTS, {"action": "block", "kind": "ip", "value": "203.0.113.9/24"})
    assert (made.status_code, made.data["value"]) == (201, "203.0.113.0/24")
    assert client.patch(made["Location"], {"action": "allow"}).data["action"] == "allow"
    assert client.delete(made["Location"]).status_code == 204
    assert not ListEntry.objects.exists()


@pytest.mark.parametrize(
    "body", [{"kind": "ip", "value": "x"}, {"kind": "ip", "value": "0.0.0.0/0"},
             {"kind": "device", "value": "d", "expires_at": "2020-01-01T00:00:00Z"}],
)  # fmt: skip
def test_a_bad_entry_is_refused(body):
    assert writer().post(LISTS, {"action": "block", **body}).status_code == 400
    assert not ListEntry.objects.exists()


def test_who_may_not():
    for url in (RULES, LISTS):
        assert key_client("fraud:read").post(url, {}).status_code == 403
        assert member_client(MemberFactory()).get(url).status_code == 403
        assert staff_client("fraud.view_fraudalert").get(url).status_code == 403


@pytest.mark.parametrize("url", [RULES, LISTS])
def test_a_longer_list_needs_no_more_queries(url):
    client, counts = writer(), []
    for start in (0, 3):
        for n in range(start, start + 3):
            client.post(RULES, {"name": f"r{n}", "text": "amount > 1", "action": "review"})
            client.post(LISTS, {"action": "block", "kind": "device", "value": f"d{n}"})
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]
