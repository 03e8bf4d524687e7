from __future__ import annotations

import pytest

from membership.models import Segment
from tests.api_client import key_client, staff_client
from tests.factories import MemberFactory

pytestmark = pytest.mark.django_db

URL = "/api/v1/segments/draft/"


def test_words_become_a_rule_with_a_preview():
    gerda = MemberFactory(tier="gold")
    MemberFactory()

    answer = key_client("segments:read", "members:read").post(URL, {"text": "our gold members"})

    assert answer.status_code == 200
    body = answer.json()
    assert body["text"] == 'tier = "gold"'
    assert body["rule"]["where"] == {"field": "tier", "op": "=", "values": ["gold"]}
    assert (body["preview"]["count"], body["preview"]["examples"][0]["id"]) == (1, str(gerda.public_id))
    assert (body["unsure"], body["refusal"], body["source"]) == ([], "", "grammar")
    assert not Segment.objects.exists()


def test_what_the_rule_language_cannot_express_is_refused_with_the_reason():
    body = key_client("segments:read", "members:read").post(URL, {"text": "members who like jazz"}).json()
    assert (body["rule"], body["preview"], body["text"]) == (None, None, "")
    assert "jazz" in body["refusal"]


def test_a_key_without_members_read_cannot_draft_rules_about_members():
    body = key_client("segments:read").post(URL, {"text": "gold members"}).json()
    assert body["rule"] is None


@pytest.mark.parametrize("data", [{}, {"text": ""}, {"text": "x" * 501}, {"text": 5, "rule": []}])
def test_it_wants_a_sentence(data):
    answer = key_client("segments:read").post(URL, data)
    assert answer.status_code == 400 or answer.json()["rule"] is None


def test_anonymous_requests_are_refused(client):
    assert client.post(URL, {"text": "gold members"}).status_code == 401
    assert key_client("orders:read").post(URL, {"text": "gold members"}).status_code == 403
    assert staff_client("membership.view_member").post(URL, {"text": "gold members"}).status_code == 403


@pytest.mark.parametrize(
    "text",
    [
        "members with more than 99999999999999999999 points",
        "members who bought in 99999999 days",
        "members who joined more than 90000 years ago",
        "积分高于一亿亿亿的会员",
        "members with 0.0000001 points",
    ],
)
def test_what_no_rule_may_hold_is_refused(text):
    answer = key_client("segments:read", "members:read").post(URL, {"text": text})
    assert answer.status_code == 200
    assert answer.json()["rule"] is None
    assert answer.json()["refusal"]
