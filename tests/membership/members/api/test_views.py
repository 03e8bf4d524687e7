"""Members over the API: find, register, change; consents, points, segments, timeline."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone

from membership.models import Consent, Member, PointsEntry, TierHistory
from tests.api_client import key_client, member_client, staff_client
from tests.factories import (
    NOON,
    EventFactory,
    MemberFactory,
    OrderFactory,
    SegmentFactory,
    SegmentMembershipFactory,
    TagFactory,
)

pytestmark = pytest.mark.django_db
URL = "/api/v1/members/"


@pytest.fixture(autouse=True)
def fresh_counters() -> None:
    cache.clear()


@pytest.fixture
def alice() -> Member:
    return MemberFactory(
        member_no="A1", name="Alice Liddell", email="alice@example.com", phone="+12125550001"
    )


def numbers(answer: Any) -> list[str]:
    return [row["member_no"] for row in answer.data["results"]]


@pytest.mark.parametrize(
    "query",
    [{"search": "A1"}, {"search": "lidd"}, {"search": "alice@"}, {"search": "+1212"}, {"tier": "basic"}],
)
def test_members_are_found_by_what_staff_know_of_them(alice, query):
    MemberFactory(member_no="B1", tier="gold", phone=None)
    assert numbers(key_client("members:read").get(URL, query)) == ["A1"]


def test_members_are_found_by_tag_and_by_segment(alice):
    MemberFactory()
    alice.tags.add(TagFactory(name="vip"))
    stay = SegmentMembershipFactory(member=alice)
    client = key_client("members:read")
    assert numbers(client.get(URL, {"tag": "vip"})) == ["A1"]
    assert numbers(client.get(URL, {"segment": str(stay.segment.public_id)})) == ["A1"]


def test_closed_accounts_are_not_listed(alice):
    MemberFactory(status="erased")
    MemberFactory(status="merged", merged_into=alice)
    assert numbers(key_client("members:read").get(URL)) == ["A1"]


def test_the_list_costs_the_same_however_long(alice, django_assert_num_queries):
    client = key_client("members:read")
    client.get(URL)
    MemberFactory.create_batch(6)
    with django_assert_num_queries(3):
        assert len(client.get(URL).data["results"]) == 7


def test_a_member_is_registered_clean():
    answer = key_client("members:write").post(
        URL,
        {
            "member_no": " n-7 ", "name": "Ann", "email": "Ann@Example.COM", "phone": "(212) 555-0123",
            "country": "United States", "language": "zh-CN", "tier": "gold", "tags": ["vip"],
        },
    )  # fmt: skip
    assert answer.status_code == 201, answer.data
    member = Member.objects.get()
    assert (member.member_no, member.email, member.phone) == ("N-7", "ann@example.com", "+12125550123")
    assert (member.country, member.language) == ("US", "zh-hans")
    assert [tag.name for tag in member.tags.all()] == ["vip"]
    assert TierHistory.objects.get().tier == "gold"
    assert answer["Location"].endswith(f"/{member.public_id}/")
    assert answer["ETag"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": "no at"}, "email"),
        ({"phone": "123"}, "phone"),
        ({"birth_date": "2099-01-01"}, "birth_date"),
        ({"country": "Atlantis"}, "country"),
        ({"tier": "emerald"}, "tier"),
        ({"member_no": ""}, "member_no"),
        ({"joined_at": "2099-01-01T00:00:00Z"}, "joined_at"),
    ],
)
def test_what_cannot_be_is_refused(changes, field):
    answer = key_client("members:write").post(URL, {"member_no": "N1", **changes})
    assert answer.status_code == 400
    assert [error["field"] for error in answer.data["errors"]] == [field]
    assert not Member.objects.exists()


def test_what_another_member_has_is_a_conflict(alice):
    client = key_client("members:write")
    body = {"member_no": "a1", "email": "ALICE@example.com"}
    answer = client.post(URL, body)
    assert answer.status_code == 409
    assert [error["field"] for error in answer.data["errors"]] == ["member_no", "email"]
    bob = MemberFactory()
    answer = client.patch(f"{URL}{bob.public_id}/", {"phone": "+1 212 555 0001"})
    assert [error["field"] for error in answer.data["errors"]] == ["phone"]


def test_a_change_of_tier_is_remembered_and_freezing_works(alice):
    client = staff_client("membership.change_member")
    answer = client.patch(f"{URL}{alice.public_id}/", {"tier": "gold", "status": "frozen", "email": ""})
    assert (answer.data["tier"], answer.data["status"], answer.data["email"]) == ("gold", "frozen", None)
    assert TierHistory.objects.get(member=alice).tier == "gold"


def test_nothing_of_a_change_remains_when_part_of_it_fails(alice):
    MemberFactory(email="bob@example.com")
    client = key_client("members:write")
    assert (
        client.patch(f"{URL}{alice.public_id}/", {"tier": "gold", "email": "bob@example.com"}).status_code
        == 409
    )
    alice.refresh_from_db()
    assert alice.tier == "basic"
    assert not TierHistory.objects.exists()


def test_deleting_is_not_offered(alice):
    assert key_client("members:write").delete(f"{URL}{alice.public_id}/").status_code == 405


def test_a_member_withdraws_a_consent_and_both_statements_remain(alice):
    url = f"{URL}{alice.public_id}/consents/"
    body = {"purpose": "marketing", "channel": "email", "granted": True}
    key_client("members:write").post(url, body)
    answer = member_client(alice).post(url, {**body, "granted": False})
    assert (answer.status_code, answer.data["source"]) == (201, "member")
    assert [row.granted for row in Consent.objects.all()] == [False, True]
    assert [row["granted"] for row in member_client(alice).get(url).data["results"]] == [False, True]


def test_points_are_credited_and_spent_down_to_nothing(alice):
    client, url = key_client("members:read", "members:write"), f"{URL}{alice.public_id}/points/"
    client.post(url, {"points": 50, "reason": "welcome"})
    assert client.post(url, {"points": -30, "reason": "voucher"}).status_code == 201
    assert client.post(url, {"points": -21, "reason": "voucher"}).status_code == 409
    assert client.get(f"{url}balance/").data["balance"] == 20
    assert PointsEntry.objects.count() == 2


def test_points_of_anothers_order_are_refused(alice):
    body = {"points": 5, "reason": "order", "order": str(OrderFactory().public_id)}
    answer = key_client("members:write").post(f"{URL}{alice.public_id}/points/", body)
    assert (answer.status_code, answer.data["errors"][0]["field"]) == (400, "order")


def test_members_cannot_credit_themselves(alice):
    answer = member_client(alice).post(f"{URL}{alice.public_id}/points/", {"points": 5, "reason": "me"})
    assert answer.status_code == 403


def test_segments_of_a_member_now_and_ever(alice):
    SegmentMembershipFactory(member=alice, segment=SegmentFactory(key="now"))
    SegmentMembershipFactory(member=alice, segment=SegmentFactory(key="once"), exited_at=timezone.now())
    client, url = key_client("segments:read"), f"{URL}{alice.public_id}/segments/"
    assert [row["key"] for row in client.get(url).data["results"]] == ["now"]
    assert len(client.get(url, {"history": "true"}).data["results"]) == 2


def test_the_timeline_lists_everything_newest_first(alice):
    OrderFactory(member=alice, placed_at=NOON)
    EventFactory(member=alice, occurred_at=NOON + timedelta(hours=1))
    SegmentMembershipFactory(member=alice, entered_at=NOON + timedelta(hours=2))
    answer = key_client("members:read").get(f"{URL}{alice.public_id}/timeline/")
    assert [row["kind"] for row in answer.data["results"]] == ["segment", "event", "order"]


def test_the_timeline_pages_without_gaps_even_at_one_moment(alice):
    events = [EventFactory(member=alice) for _ in range(60)]
    OrderFactory.create_batch(60, member=alice)
    client, url = key_client("members:read"), f"{URL}{alice.public_id}/timeline/"
    kinds: list[str] = []
    orders = set()
    while url:
        page = client.get(url).data
        kinds += [row["kind"] for row in page["results"]]
        orders |= {row["details"].get("order_no") for row in page["results"]} - {None}
        url = page["next"]
    assert kinds == ["order"] * 60 + ["event"] * len(events)
    assert len(orders) == 60


def test_the_timeline_hides_segments_from_the_member(alice):
    SegmentMembershipFactory(member=alice)
    url = f"{URL}{alice.public_id}/timeline/"
    assert member_client(alice).get(url).data["results"] == []
    assert member_client(alice).get(url, {"kind": "segment"}).data["results"] == []


@pytest.mark.parametrize("query", [{"kind": "dream"}, {"cursor": "x"}, {"cursor": "bm90fGF8Y3Vyc29y"}])
def test_the_timeline_refuses_what_it_does_not_know(alice, query):
    answer = key_client("members:read").get(f"{URL}{alice.public_id}/timeline/", query)
    assert answer.status_code == 400
