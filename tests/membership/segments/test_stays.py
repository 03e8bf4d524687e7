from __future__ import annotations

from datetime import timedelta

import pytest

from membership.members.figures import refresh_features
from membership.models import Member, MemberFeatures, Segment, SegmentMembership
from membership.segments.stays import reconcile_bitmaps, refresh_rfm_segments, set_members
from tests.factories import MemberFactory, OrderFactory, SegmentFactory

pytestmark = pytest.mark.django_db

MANUAL = SegmentMembership.Source.MANUAL


def inside(segment: Segment) -> set[int]:
    return set(
        SegmentMembership.objects.current().filter(segment=segment).values_list("member_id", flat=True)
    )


def test_members_enter_and_leave_and_both_are_kept(noon) -> None:
    segment, stays, leaves, enters = SegmentFactory(), MemberFactory(), MemberFactory(), MemberFactory()
    set_members(segment=segment, member_ids=[stays.pk, leaves.pk], source=MANUAL, at=noon)

    later = noon + timedelta(days=1)
    moved = set_members(segment=segment, member_ids=[stays.pk, enters.pk], source=MANUAL, at=later)

    assert moved == (1, 1)
    assert inside(segment) == {stays.pk, enters.pk}
    assert SegmentMembership.objects.get(member=leaves).exited_at == later
    assert Segment.objects.get().member_count == 2


def test_setting_the_same_members_again_changes_nothing(noon) -> None:
    segment, member = SegmentFactory(), MemberFactory()
    set_members(segment=segment, member_ids=[member.pk], source=MANUAL, at=noon)

    assert set_members(segment=segment, member_ids=[member.pk], source=MANUAL, at=noon) == (0, 0)


def test_who_left_may_come_back(noon) -> None:
    segment, member = SegmentFactory(), MemberFactory()
    for days, members in ((0, [member.pk]), (1, []), (2, [member.pk])):
        set_members(segment=segment, member_ids=members, source=MANUAL, at=noon + timedelta(days=days))

    assert inside(segment) == {member.pk}
    assert SegmentMembership.objects.filter(member=member).count() == 2


def buyers(noon, count: int) -> list[Member]:
    """Members of whom each bought oftener and later than the one before."""
    members: list[Member] = MemberFactory.create_batch(count)
    for rank, member in enumerate(members):
        for order in range(rank + 1):
            OrderFactory(member=member, placed_at=noon - timedelta(days=(count - rank) * 10 + order))
    refresh_features(as_of=noon)
    return members


def test_rfm_puts_the_best_among_champions_and_everyone_into_one_segment(noon) -> None:
    members = buyers(noon, 10)

    assert refresh_rfm_segments(as_of=noon) == 10

    assert members[-1].pk in inside(Segment.objects.get(key="rfm-champions"))
    assert members[0].pk in inside(Segment.objects.get(key="rfm-hibernating"))
    assert SegmentMembership.objects.current().count() == 10
    assert MemberFeatures.objects.get(member=members[-1]).rfm_recency == 5


def test_a_frozen_member_leaves_the_rfm_segments(noon) -> None:
    members = buyers(noon, 5)
    refresh_rfm_segments(as_of=noon)
    Member.objects.filter(pk=members[-1].pk).update(status=Member.Status.FROZEN)

    refresh_rfm_segments(as_of=noon)

    assert not SegmentMembership.objects.current().filter(member=members[-1]).exists()


def test_a_shop_without_orders_has_nine_empty_segments(noon) -> None:
    assert refresh_rfm_segments(as_of=noon) == 0
    assert Segment.objects.filter(member_count=0).count() == 9


def test_a_wrong_bitmap_is_rebuilt(noon) -> None:
    member, segment = MemberFactory(), SegmentFactory()
    set_members(segment=segment, member_ids=[member.pk], source=MANUAL, at=noon)
    SegmentMembership.objects.all().delete()

    assert reconcile_bitmaps() == 1
    assert reconcile_bitmaps() == 0
    assert Segment.objects.get().member_count == 0
