"""Possible duplicates over the API."""

from __future__ import annotations

import uuid

import pytest

from membership.models import DuplicateCandidate, Member
from tests.api_client import key_client, member_client, nobody, staff_client
from tests.factories import MemberFactory
from tests.membership.duplicates.pairs import candidate

pytestmark = pytest.mark.django_db
URL = "/api/v1/members/duplicates/"
READ, WRITE = "members:read", "members:write"
SEE = ("membership.view_duplicatecandidate", "membership.view_member")
DECIDE = ("membership.view_duplicatecandidate", "membership.change_member")


def dismiss_url(pair: DuplicateCandidate) -> str:
    return f"{URL}{pair.public_id}/dismiss/"


def ids(answer) -> list[str]:
    return [row["id"] for row in answer.data["results"]]


def test_pairs_come_likeliest_first_with_reasons():
    less, more = candidate(probability=0.93), candidate(probability=0.99)
    candidate(probability=0.6)
    answer = key_client(READ).get(URL)
    assert (answer.status_code, ids(answer)) == (200, [str(more.public_id), str(less.public_id)])
    row = answer.data["results"][0]
    assert [one["id"] for one in row["members"]] == [str(more.low.public_id), str(more.high.public_id)]
    assert row["reasons"][0] == {"code": "same_name", "text": "The names are the same.", "weight": 9.5}
    assert (row["state"], row["probability"], row["decided_by"]) == ("open", 0.99, "")


def test_pages_hold_every_pair_once():
    pairs = {str(candidate(probability=0.95).public_id) for _number in range(5)}
    client, url, seen = key_client(READ), f"{URL}?page_size=2", []
    while url:
        answer = client.get(url)
        seen += ids(answer)
        url = answer.data["next"]
    assert (len(seen), set(seen)) == (5, pairs)


def test_the_filters():
    unlikely, dismissed = candidate(probability=0.6), candidate(state="dismissed")
    client = key_client(READ)
    assert ids(client.get(URL, {"min_probability": "0.5"})) == [str(unlikely.public_id)]
    assert ids(client.get(URL, {"state": "dismissed"})) == [str(dismissed.public_id)]
    for side in (unlikely.low, unlikely.high):
        assert ids(client.get(URL, {"member": str(side.public_id), "min_probability": "0"})) == [
            str(unlikely.public_id)
        ]
    assert ids(client.get(URL, {"member": str(uuid.uuid4())})) == []


@pytest.mark.parametrize("query", [{"member": "x"}, {"min_probability": "2"}, {"state": "x"}])
def test_bad_filters_are_refused(query):
    assert key_client(READ).get(URL, query).status_code == 400


def test_the_number_of_queries_is_constant(django_assert_num_queries):
    client = staff_client(*SEE)
    client.get(URL)
    for _number in range(8):
        candidate()
    with django_assert_num_queries(4):
        client.get(URL)


@pytest.mark.parametrize("status", [Member.Status.MERGED, Member.Status.ERASED])
def test_merged_and_erased_members_never_appear(status):
    target = MemberFactory() if status == Member.Status.MERGED else None
    pair = candidate(low=MemberFactory(status=status, merged_into=target))
    assert ids(key_client(READ).get(URL)) == []
    assert key_client(WRITE).post(dismiss_url(pair)).status_code == 404


def test_a_pair_is_dismissed():
    pair = candidate()
    answer = key_client(WRITE).post(dismiss_url(pair))
    assert (answer.status_code, answer.data["state"]) == (200, "dismissed")
    assert answer.data["decided_by"].startswith("key:")
    assert ids(key_client(READ).get(URL)) == []
    assert key_client(WRITE).post(dismiss_url(pair)).status_code == 200


def test_a_merged_pair_is_a_conflict():
    answer = key_client(WRITE).post(dismiss_url(candidate(state="merged")))
    assert answer.status_code == 409
    assert answer["Content-Type"] == "application/problem+json"


def test_staff_need_the_permissions():
    pair = candidate()
    assert staff_client(*SEE).get(URL).status_code == 200
    assert staff_client("membership.view_member").get(URL).status_code == 403
    assert staff_client(*SEE).post(dismiss_url(pair)).status_code == 403
    assert staff_client(*DECIDE).post(dismiss_url(pair)).status_code == 200


def test_others_are_refused():
    pair = candidate()
    assert nobody().get(URL).status_code == 401
    assert member_client(pair.low).get(URL).status_code == 403
    assert member_client(pair.low).post(dismiss_url(pair)).status_code == 403
    assert key_client("orders:read").get(URL).status_code == 403
    assert key_client(READ).post(dismiss_url(pair)).status_code == 403


def test_a_members_own_address_is_not_taken():
    member = MemberFactory()
    assert key_client(READ).get(f"/api/v1/members/{member.public_id}/").data["member_no"] == member.member_no
