"""Merges over REST."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.cache import cache

from membership.models import Member, Merge
from tests.api_client import key_client, member_client, staff_client
from tests.factories import NOON, OrderFactory, UserFactory
from tests.membership.merges.people import merge, pair

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_counters() -> None:
    cache.clear()


@pytest.fixture
def people() -> tuple[Member, Member]:
    return pair()


def url(member: Member, tail: str = "merge/") -> str:
    return f"/api/v1/members/{member.public_id}/{tail}"


@pytest.mark.parametrize("name", ["id", "number"])
def test_a_member_is_merged_and_the_merge_is_read_and_undone(people, name):
    keep, other = people
    client = key_client("members:write", "members:read")
    named = str(other.public_id) if name == "id" else other.member_no.lower()
    answer = client.post(url(keep), {"other": named, "choose": {"name": "other"}}, format="json")
    assert answer.status_code == 201, answer.data
    assert answer.data["kept"]["name"] == "A. Lee"
    assert (answer.data["other"]["member_no"], answer.data["choices"]["name"]) == ("OTHER", "other")
    assert answer.data["who"].startswith("key:")
    assert client.get(answer["Location"]).data == answer.data
    undone = client.post(f"{answer['Location']}undo/")
    assert undone.status_code == 200
    assert undone.data["undone_at"] is not None
    assert undone.data["undone_by"] == answer.data["who"]
    again = client.post(f"{answer['Location']}undo/")
    assert again.status_code == 409
    assert "undone already" in again.data["detail"]


def test_a_repeated_request_merges_once(people):
    keep, _other = people
    client = key_client("members:write")
    answers = [
        client.post(url(keep), {"other": "OTHER"}, format="json", HTTP_IDEMPOTENCY_KEY="once")
        for _time in range(2)
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].content == answers[1].content
    assert Merge.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({}, 400, "other"),
        ({"other": "NOBODY"}, 400, "other"),
        ({"other": "OTHER", "choose": {"name": "both"}}, 400, "choose.name"),
        ({"other": "OTHER", "choose": {"shoes": "this"}}, 400, "choose.shoes"),
        ({"other": "KEEP"}, 409, None),
    ],
)
def test_what_cannot_be_is_refused(people, body, status, field):
    answer = key_client("members:write").post(url(people[0]), body, format="json")
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    if field:
        assert [error["field"] for error in answer.data["errors"]] == [field]
    assert not Merge.objects.exists()


def test_who_may_not(people):
    keep, other = people
    made = merge(keep, other)
    routes = [url(keep), f"/api/v1/merges/{made.public_id}/undo/"]
    callers = [
        key_client("members:read"), member_client(keep),
        staff_client("membership.view_merge", "membership.change_member"),
    ]  # fmt: skip
    for client in callers:
        assert [client.post(route, {"other": "OTHER"}).status_code for route in routes] == [403, 403]
    assert member_client(keep).get(f"/api/v1/merges/{made.public_id}/").status_code == 403
    may = staff_client("membership.add_merge", "membership.change_merge", "membership.view_merge")
    assert may.get(f"/api/v1/merges/{made.public_id}/").status_code == 200
    assert may.get(f"/api/v1/merges/{uuid4()}/").status_code == 404


def test_the_merged_id_number_and_contacts_find_the_kept_member(people):
    keep, other = people
    merge(keep, other)
    client = key_client("members:read", "members:write", "orders:write")
    assert client.get(url(other, "")).data["id"] == str(keep.public_id)
    assert client.get(url(other, "timeline/")).status_code == 200
    changed = client.patch(url(other, ""), {"name": "Ann Roe"}, format="json")
    assert changed.data["member_no"] == "KEEP"
    for query in ({"member_no": "OTHER"}, {"email": "lee@example.com"}, {"phone": "+12125550102"}):
        found = client.get("/api/v1/members/", query).data["results"]
        assert [row["member_no"] for row in found] == ["KEEP"], query


def test_the_login_of_a_merged_member_sees_nothing_where_the_kept_one_has_its_own(people):
    keep, other = people
    Member.objects.filter(pk=keep.pk).update(user=UserFactory.create())
    client = member_client(other)
    keep.refresh_from_db()
    OrderFactory.create(member=keep, placed_at=NOON - timedelta(days=1))
    merge(keep, other)
    assert client.get(url(keep, "")).status_code in (401, 403, 404)
    assert client.get(url(other, "")).status_code in (401, 403, 404)
