"""How far a caller gets."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from rest_framework.test import APIClient

from tests.api_client import bearer, key_client, member_client, nobody, staff_client
from tests.factories import MemberFactory, StaffFactory

pytestmark = pytest.mark.django_db
MEMBERS = "/api/v1/members/"
TOKEN = "/api/v1/auth/token/"
PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def fresh_counters() -> None:
    cache.clear()


def with_key(secret: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Api-Key {secret}")
    return client


def test_alice_sees_herself_and_bob_is_not_there():
    alice, bob = MemberFactory(), MemberFactory()
    client = member_client(alice)
    assert [row["id"] for row in client.get(MEMBERS).data["results"]] == [str(alice.public_id)]
    for part in ("", "timeline/", "consents/", "points/", "points/balance/"):
        assert client.get(f"{MEMBERS}{alice.public_id}/{part}").status_code == 200, part
        assert client.get(f"{MEMBERS}{bob.public_id}/{part}").status_code == 404, part
    consent = {"purpose": "marketing", "channel": "sms", "granted": True}
    assert client.post(f"{MEMBERS}{bob.public_id}/consents/", consent).status_code == 404
    assert not bob.consents.exists()


def test_charlie_of_the_staff_does_only_what_the_permission_says():
    alice = MemberFactory()
    charlie = staff_client("membership.view_member")
    assert charlie.get(f"{MEMBERS}{alice.public_id}/").status_code == 200
    assert charlie.patch(f"{MEMBERS}{alice.public_id}/", {"name": "x"}).status_code == 403
    assert charlie.get(f"{MEMBERS}{alice.public_id}/segments/").status_code == 403


@pytest.mark.parametrize(
    ("method", "status"), [("get", 200), ("head", 200), ("options", 403), ("delete", 405), ("put", 405)]
)
def test_head_counts_as_get_and_a_method_that_is_not_there_is_405(method, status):
    client = key_client("members:read")

    assert getattr(client, method)(MEMBERS).status_code == status


def test_credentials_of_nobody_are_401_and_too_few_rights_403():
    answers = [client.get(MEMBERS) for client in (nobody(), key_client("orders:read"), staff_client())]

    assert [answer.status_code for answer in answers] == [401, 403, 403]
    assert "members:read" in answers[1].data["detail"]
    assert "membership.view_member" in answers[2].data["detail"]


def test_staff_who_are_also_members_count_as_staff():
    member = MemberFactory(user=StaffFactory())

    assert bearer(member.user).get(MEMBERS).status_code == 403
    assert bearer(member.user).get(f"{MEMBERS}{member.public_id}/").status_code == 403


def test_a_frozen_member_still_reads_their_own_data():
    member = MemberFactory(status="frozen")

    assert member_client(member).get(f"{MEMBERS}{member.public_id}/").status_code == 200
