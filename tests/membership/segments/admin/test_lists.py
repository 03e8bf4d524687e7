"""Segments kept by a rule in the admin."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from membership.models import Segment
from membership.segments.by_rule import rule_text
from tests.factories import (
    AdminFactory,
    MemberFactory,
    SegmentFactory,
    SegmentMembershipFactory,
    StaffFactory,
)

pytestmark = pytest.mark.django_db

ADD = "admin:membership_segment_add"
EMPTY_INLINES = {
    f"{prefix}-{name}": 0
    for prefix in ("memberships", "versions")
    for name in ("TOTAL_FORMS", "INITIAL_FORMS")
}


@pytest.fixture
def boss(client: Client) -> Client:
    client.force_login(AdminFactory())
    return client


def save(client: Client, url: str, **data: str):
    return client.post(url, {"description": "", **EMPTY_INLINES, **data})


def test_a_rule_makes_a_segment_with_its_members(boss: Client) -> None:
    MemberFactory(tier="gold")

    answer = save(boss, reverse(ADD), name="Best", key="best", rule_text="tier = gold")

    segment = Segment.objects.get()
    assert (answer.status_code, segment.kind, segment.member_count) == (302, "dynamic", 1)
    assert segment.versions.get().created_by is not None


def test_without_a_rule_members_are_put_in_by_hand(boss: Client) -> None:
    save(boss, reverse(ADD), name="Best", key="best", rule_text="")
    assert Segment.objects.get().kind == "manual"


def test_a_mistake_is_shown_with_its_place_and_nothing_is_saved(boss: Client) -> None:
    answer = save(
        boss, reverse(ADD), name="Best", key="best", rule_text="tier = gold and\nlast_ordr_at < -60d"
    )

    assert "2:1 unknown field `last_ordr_at`; did you mean `last_order_at`?" in answer.content.decode()
    assert not Segment.objects.exists()


def test_another_rule_is_another_version(boss: Client) -> None:
    save(boss, reverse(ADD), name="Best", key="best", rule_text="tier = gold")
    url = reverse("admin:membership_segment_change", args=(Segment.objects.get().pk,))

    assert "tier = &quot;gold&quot;" in boss.get(url).content.decode()
    assert save(boss, url, name="Better", rule_text="tier = platinum").status_code == 302
    assert save(boss, url, name="Better", rule_text="").status_code == 200

    segment = Segment.objects.get()
    assert (segment.name, rule_text(segment), segment.versions.count()) == ("Better", 'tier = "platinum"', 2)


def test_staff_ask_only_what_they_may_see(client: Client) -> None:
    client.force_login(StaffFactory(groups=["Marketing"]))
    page = client.get(reverse(ADD)).content.decode()
    assert "data-preview-url" in page
    assert "last_order_at" in page


def test_a_segment_that_a_rule_names_cannot_be_deleted(boss: Client) -> None:
    base = SegmentFactory(key="base", name="Base")
    save(boss, reverse(ADD), name="Rest", key="rest", rule_text='not segment("base")')

    boss.post(reverse("admin:membership_segment_delete", args=(base.pk,)), {"post": "yes"})

    assert Segment.objects.filter(key="base").exists()


@pytest.mark.parametrize(
    ("path", "factory"),
    [
        ("segment", SegmentFactory),
    ],
)
def test_lists_cost_the_same_whatever_their_length(
    boss: Client, django_assert_max_num_queries: Any, path: str, factory: Any
) -> None:
    factory.create_batch(32)
    with django_assert_max_num_queries(14):
        assert boss.get(f"/admin/membership/{path}/").status_code == 200


def test_a_segment_lists_the_members_of_now(boss: Client, noon: datetime) -> None:
    stay = SegmentMembershipFactory(member__name="Still here")
    gone = noon + timedelta(days=1)
    SegmentMembershipFactory(segment=stay.segment, member__name="Left", exited_at=gone)
    url = reverse("admin:membership_segment_change", args=(stay.segment_id,))
    page = boss.get(url).content.decode()
    assert "Still here" in page
    assert ">Left<" not in page


def test_a_long_segment_is_paged(boss: Client, django_assert_max_num_queries: Any) -> None:
    segment = SegmentFactory()
    SegmentMembershipFactory.create_batch(30, segment=segment)
    url = reverse("admin:membership_segment_change", args=(segment.pk,))
    with django_assert_max_num_queries(14):
        page = boss.get(url).content.decode()
    assert page.count("/admin/membership/member/") < 30
