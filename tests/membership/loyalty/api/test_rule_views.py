"""Earning rules, tier rules, the preview and the liability over the API."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from membership.loyalty.ledger import add_points
from membership.loyalty.tiers import review_tiers
from membership.models import EarningRule, TierRule
from tests.api_client import key_client, member_client, staff_client
from tests.factories import CategoryFactory, MemberFactory

pytestmark = pytest.mark.django_db
RULES, TIERS = "/api/v1/loyalty/rules/", "/api/v1/loyalty/tiers/"
WRITE, READ = "loyalty:write", "loyalty:read"


def test_a_rule_is_made_changed_and_removed():
    CategoryFactory(path="Tea", name="Tea")
    client = key_client(WRITE, READ)
    made = client.post(RULES, {"name": "Tea", "kind": "rate", "value": "2", "category": "Tea"})
    assert (made.status_code, made.data["category"], made.data["is_active"]) == (201, "Tea", True)
    one = f"{RULES}{made.data['id']}/"
    assert client.patch(one, {"value": "3"}).data["value"] == "3.0000"
    assert [row["name"] for row in client.get(RULES).data["results"]] == ["Tea"]
    assert client.get(one).data["value"] == "3.0000"
    assert client.delete(one).status_code == 204
    assert not EarningRule.objects.exists()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"value": "0"}, "value"),
        ({"kind": "gift"}, "kind"),
        ({"tier": "iron"}, "tier"),
        ({"category": "No such"}, "category"),
        ({"ends_at": "2001-01-01T00:00:00Z"}, "ends_at"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_by_field(body, field):
    answer = key_client(WRITE).post(RULES, {"name": "x", "kind": "rate", "value": "1", **body})
    assert (answer.status_code, answer.data["errors"][0]["field"]) == (400, field)


def test_a_tier_has_one_rule():
    client = key_client(WRITE, READ)
    body = {"tier": "gold", "measure": "spend", "threshold": "500"}
    made = client.post(TIERS, body)
    assert (made.status_code, client.post(TIERS, body).status_code) == (201, 400)
    assert client.post(TIERS, {**body, "tier": "basic"}).status_code == 400
    one = f"{TIERS}{made.data['id']}/"
    assert client.patch(one, {"grace_days": 5}).data["grace_days"] == 5
    assert client.delete(one).status_code == 204


def test_the_preview_names_who_loses_a_tier():
    TierRule.objects.create(tier="gold", measure="orders", threshold=Decimal(1), grace_days=10)
    member = MemberFactory(tier="gold")
    review_tiers(as_of=timezone.now() - timedelta(days=5))
    rows = key_client(READ).get(f"{TIERS}preview/", {"days": 6}).data
    assert [(row["member_no"], row["tier"], row["earned"]) for row in rows] == [
        (member.member_no, "gold", "basic")
    ]
    assert key_client(READ).get(f"{TIERS}preview/", {"days": 4}).data == []
    assert key_client(READ).get(f"{TIERS}preview/", {"days": "x"}).status_code == 400


def test_the_liability_adds_up():
    add_points(member=MemberFactory(), points=30, reason="x")
    answer = key_client(READ).get("/api/v1/loyalty/liability/").data
    assert (answer["outstanding"], answer["members"], answer["breakage"]) == (30, 1, None)


@pytest.mark.parametrize("path", [RULES, TIERS, f"{TIERS}preview/", "/api/v1/loyalty/liability/"])
def test_members_and_staff_without_the_right_are_refused(path):
    assert member_client(MemberFactory()).get(path).status_code == 403
    assert staff_client().get(path).status_code == 403
    assert key_client("members:read").get(path).status_code == 403
