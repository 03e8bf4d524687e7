"""Segments over the API."""

from __future__ import annotations

import pytest
from django.core.cache import cache

from membership.models import Member, Product, Segment, SegmentMembership
from membership.segments.by_rule import rule_text
from tests.api_client import key_client, member_client, staff_client
from tests.factories import (
    MemberFactory,
    ProductFactory,
    SegmentFactory,
    SegmentMembershipFactory,
)
from tests.membership.rules.rule_texts import dynamic

pytestmark = pytest.mark.django_db
PRODUCTS, EVENTS, SEGMENTS = "/api/v1/products/", "/api/v1/events/", "/api/v1/segments/"


@pytest.fixture(autouse=True)
def fresh_counters() -> None:
    cache.clear()


@pytest.fixture
def alice() -> Member:
    return MemberFactory(member_no="A1")


@pytest.fixture
def beans() -> Product:
    return ProductFactory(sku="BEANS", name="Coffee beans")


def test_a_segment_is_made_filled_and_emptied(alice):
    client = key_client("segments:read", "segments:write")
    made = client.post(SEGMENTS, {"name": "Tea lovers"})
    assert (made.status_code, made.data["key"]) == (201, "tea-lovers")
    url = f"{SEGMENTS}{made.data['id']}/members/"
    assert client.post(url, {"add": ["A1"]}).data == {"entered": 1, "left": 0, "member_count": 1}
    assert [row["member_no"] for row in client.get(url).data["results"]] == ["A1"]
    assert client.post(url, {"remove": [str(alice.public_id)]}).data["left"] == 1
    assert client.get(url).data["results"] == []
    assert SegmentMembership.objects.get().exited_at is not None


def test_an_unknown_member_keeps_all_others_out_too(alice):
    segment = SegmentFactory()
    answer = key_client("segments:write").post(
        f"{SEGMENTS}{segment.public_id}/members/", {"add": ["A1", "nobody"]}
    )
    assert (answer.status_code, answer.data["errors"][0]["field"]) == (400, "add.1")
    assert not SegmentMembership.objects.exists()


@pytest.mark.parametrize("kind", ["model", "dynamic"])
def test_nobody_is_put_by_hand_into_a_segment_that_keeps_itself(alice, kind):
    url = f"{SEGMENTS}{SegmentFactory(kind=kind).public_id}/members/"
    assert key_client("segments:write").post(url, {"add": ["A1"]}).status_code == 409


def test_a_models_segments_are_left_alone():
    segment = SegmentFactory(kind="model")
    url = f"{SEGMENTS}{segment.public_id}/"
    client = key_client("segments:write")
    assert client.patch(url, {"name": "x"}).status_code == 409
    assert client.delete(url).status_code == 409
    assert Segment.objects.filter(pk=segment.pk, name=segment.name).exists()


def test_a_segment_is_renamed_and_deleted():
    segment = SegmentFactory()
    url = f"{SEGMENTS}{segment.public_id}/"
    client = staff_client("membership.change_segment", "membership.delete_segment")
    assert client.patch(url, {"name": "New"}).data["name"] == "New"
    assert client.delete(url, headers={"if-match": '"old"'}).status_code == 412
    assert client.delete(url).status_code == 204
    assert not Segment.objects.exists()


def test_a_taken_key_is_a_conflict():
    SegmentFactory(key="tea")
    answer = key_client("segments:write").post(SEGMENTS, {"name": "Tea"})
    assert (answer.status_code, answer.data["errors"][0]["field"]) == (409, "key")


def test_an_erased_member_is_in_no_segments_list():
    stay = SegmentMembershipFactory(member__status="erased")
    url = f"{SEGMENTS}{stay.segment.public_id}/members/"
    assert key_client("segments:read").get(url).data["results"] == []


def test_who_may_make_and_fill_a_segment(alice):
    segment = SegmentFactory(key="hand")
    url = f"{SEGMENTS}{segment.public_id}/members/"

    for client in (
        key_client("segments:read"),
        staff_client("membership.view_segment"),
        member_client(alice),
    ):
        assert client.post(SEGMENTS, {"name": "X"}).status_code == 403
        assert client.post(url, {"add": ["A1"]}).status_code in (403, 405)
    assert not SegmentMembership.objects.exists()


def test_a_segment_that_rules_name_is_deleted_only_with_another_in_its_place():
    base, other = SegmentFactory(key="base"), SegmentFactory(key="other")
    using = dynamic("using", 'not segment("base")')
    url, client = f"{SEGMENTS}{base.public_id}/", staff_client("membership.delete_segment")

    refused = client.delete(url)
    unknown = client.delete(f"{url}?replacement={base.public_id}")
    done = client.delete(f"{url}?replacement={other.public_id}")

    assert (refused.status_code, unknown.status_code, done.status_code) == (409, 409, 204)
    assert using.name in refused.json()["detail"]
    assert rule_text(using) == 'not segment("other")'
    assert client.delete(f"{SEGMENTS}{other.public_id}/?replacement=x").status_code == 400
