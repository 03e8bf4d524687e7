"""Members put into a segment and taken out of it by hand."""

from __future__ import annotations

import pytest
from django.utils import timezone

from membership.errors import Conflict, Rejected
from membership.members.figures import mark_dirty
from membership.models import Member, Segment, SegmentMembership, SegmentOverride
from membership.rules.checking import everything
from membership.rules.reading import read_rule
from membership.segments.bitmaps import members_now
from membership.segments.by_rule import create_rule_segment, refresh_due
from membership.segments.members import change_members
from membership.segments.refreshing import refresh_changed
from tests.factories import MemberFactory, SegmentFactory

pytestmark = pytest.mark.django_db
MANUAL = SegmentMembership.Source.MANUAL


def made(text: str, *, name: str = "Some") -> Segment:
    return create_rule_segment(draft={"name": name}, rule=read_rule(text=text, may=everything), user=None)


def inside(segment: Segment) -> set[int]:
    stays = SegmentMembership.objects.current().filter(segment=segment)
    return set(stays.values_list("member_id", flat=True))


def test_rules_look_again_when_a_segment_kept_by_hand_changes() -> None:
    member, hand = MemberFactory(), SegmentFactory(key="hand")
    follower = made('segment("hand")', name="Follower")

    change_members(segment=hand, add=[member.member_no])
    refresh_due()

    assert inside(follower) == {member.pk}
    assert not Segment.objects.filter(due_at__isnull=False).exists()


def test_decisions_by_hand_stand_against_the_rule_until_released(admin_user) -> None:
    gold, basic = MemberFactory(tier="gold"), MemberFactory(tier="basic")
    segment = made("tier = gold")

    moved = change_members(segment=segment, add=[basic.member_no], remove=[gold.member_no], user=admin_user)
    assert moved == (1, 1)
    Segment.objects.update(due_at=timezone.now())
    refresh_due()
    assert inside(segment) == {basic.pk}
    assert SegmentMembership.objects.current().get().source == MANUAL

    change_members(segment=segment, release=[basic.member_no, gold.member_no])
    assert inside(segment) == {gold.pk}
    assert not segment.overrides.exists()


def test_an_erased_member_is_not_kept_by_a_decision() -> None:
    member = MemberFactory(tier="basic")
    segment = made("tier = gold")
    change_members(segment=segment, add=[member.member_no])

    Member.objects.update(status="erased")
    mark_dirty(member_ids=[member.pk])
    refresh_changed(at_most=10)

    assert inside(segment) == set()
    assert member.pk not in members_now(segment=segment)


def test_a_member_cannot_be_added_and_removed_at_once() -> None:
    member, segment = MemberFactory(), made("tier = gold")

    with pytest.raises(Rejected, match="not two"):
        change_members(segment=segment, add=[member.member_no], remove=[member.member_no])


def test_nobody_changes_what_a_model_keeps() -> None:
    with pytest.raises(Conflict, match="kept by a model"):
        change_members(segment=SegmentFactory(kind="model"), add=[MemberFactory().member_no])


def test_members_are_named_by_number_or_id() -> None:
    by_number, by_id = MemberFactory(member_no="A1"), MemberFactory()
    segment = SegmentFactory()

    assert change_members(segment=segment, add=["a1", str(by_id.public_id)]) == (2, 0)
    assert inside(segment) == {by_number.pk, by_id.pk}


def test_an_unknown_member_is_named_with_its_position_and_nobody_enters() -> None:
    segment, member = SegmentFactory(), MemberFactory(member_no="A1")

    with pytest.raises(Rejected) as caught:
        change_members(segment=segment, add=["A1", "NOBODY"])

    assert [error.field for error in caught.value.errors] == ["add.1"]
    assert inside(segment) == set()
    assert not member.segment_memberships.exists()


def test_a_merged_member_stands_for_the_one_they_were_merged_into() -> None:
    target = MemberFactory()
    MemberFactory(member_no="OLD", status="merged", merged_into=target)
    segment = SegmentFactory()

    change_members(segment=segment, add=["OLD"])

    assert inside(segment) == {target.pk}


def test_a_decision_is_kept_with_whoever_made_it(admin_user) -> None:
    member, segment = MemberFactory(tier="basic"), made("tier = gold")

    change_members(segment=segment, add=[member.member_no], user=admin_user)

    decision = SegmentOverride.objects.get()
    assert (decision.member, decision.decision, decision.decided_by) == (member, "in", admin_user)


def test_a_second_decision_replaces_the_first() -> None:
    member, segment = MemberFactory(tier="gold"), made("tier = gold")
    change_members(segment=segment, remove=[member.member_no])
    change_members(segment=segment, add=[member.member_no])

    assert [one.decision for one in SegmentOverride.objects.all()] == ["in"]
    assert inside(segment) == {member.pk}
