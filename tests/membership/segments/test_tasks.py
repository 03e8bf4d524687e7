"""Background work on segments: each task does what its service does."""

from __future__ import annotations

import pytest

from membership.members.figures import mark_dirty
from membership.models import MemberFeatures, Segment, SegmentMembership
from membership.rules.checking import everything
from membership.rules.reading import read_rule
from membership.segments.by_rule import create_rule_segment
from membership.segments.learned.look_alikes import request_look_alikes
from membership.segments.tasks import (
    fill_look_alikes,
    refresh_all_members,
    refresh_changed_members,
    refresh_clusters,
    refresh_due_segments,
    refresh_rfm,
)
from tests.factories import MemberFactory, OrderFactory, SegmentMembershipFactory

pytestmark = pytest.mark.django_db


def test_a_shop_without_members_has_nothing_to_do() -> None:
    assert refresh_changed_members() == refresh_due_segments() == refresh_clusters() == refresh_rfm() == 0


def test_marked_members_are_renewed() -> None:
    member = OrderFactory().member
    mark_dirty(member_ids=[member.pk])

    assert refresh_changed_members() == 1
    assert MemberFeatures.objects.get().orders_total == 1


def test_figures_bitmaps_groups_and_rules_are_all_rebuilt() -> None:
    member = MemberFactory()
    segment = create_rule_segment(
        draft={"name": "Gold"}, rule=read_rule(text="tier = gold", may=everything), user=None
    )
    member.tier = "gold"
    member.save()

    assert refresh_all_members() == 1
    assert SegmentMembership.objects.current().filter(segment=segment).get().member == member
    assert Segment.objects.filter(key__startswith="rfm-").count() == 9


def test_look_alikes_of_a_segment_that_is_gone_are_none() -> None:
    assert fill_look_alikes(12345) == 0


def test_when_there_is_too_little_to_learn_from_the_segment_says_so() -> None:
    stay = SegmentMembershipFactory()
    made = request_look_alikes(segment=stay.segment, size=5, name="Alike", user=None)

    assert fill_look_alikes(made.pk) == 0
    made.refresh_from_db()
    assert "Look-alikes cannot be found" in made.description
