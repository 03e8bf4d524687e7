"""The bitmap of a segment's members, and overlaps counted from bitmaps."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from pyroaring import BitMap

from membership.errors import Rejected
from membership.models import Member, Segment, SegmentMembership, SegmentSnapshot
from membership.segments.bitmaps import members_by_stays, members_now, overlap, store
from membership.segments.stays import set_members
from tests.factories import NOON, MemberFactory, SegmentFactory

pytestmark = pytest.mark.django_db
MANUAL = SegmentMembership.Source.MANUAL


def inside(segment: Segment) -> set[int]:
    stays = SegmentMembership.objects.current().filter(segment=segment)
    return set(stays.values_list("member_id", flat=True))


def test_a_bitmap_always_says_what_the_stays_say(noon) -> None:
    members = [member.pk for member in MemberFactory.create_batch(6)]
    segment = SegmentFactory()
    for wanted, among in (({0, 1, 2}, None), ({3}, {2, 3}), (set(), {0}), ({1, 3, 5}, None)):
        set_members(
            segment=segment,
            member_ids=[members[n] for n in wanted],
            source=MANUAL,
            at=noon,
            among=None if among is None else [members[n] for n in among],
        )
        assert set(members_now(segment=segment)) == inside(segment)
    assert inside(segment) == {members[1], members[3], members[5]}
    assert Segment.objects.get().member_count == SegmentSnapshot.objects.get().count == 3


def test_overlaps_are_counted_for_each_pair_and_for_all(noon, django_assert_num_queries) -> None:
    members = [member.pk for member in MemberFactory.create_batch(5)]
    segments = SegmentFactory.create_batch(3)
    for segment, wanted in zip(segments, ((0, 1, 2, 3), (2, 3, 4), (3,)), strict=True):
        set_members(segment=segment, member_ids=[members[n] for n in wanted], source=MANUAL, at=noon)

    with django_assert_num_queries(1):
        counts = overlap(segments=segments)

    assert counts.sizes == [4, 3, 1]
    assert [(pair.both, round(pair.jaccard, 2)) for pair in counts.pairs] == [(2, 0.4), (1, 0.25), (1, 0.33)]
    assert (counts.in_all, counts.in_any) == (1, 5)


def test_an_overlap_needs_two_segments() -> None:
    with pytest.raises(Rejected, match="2 to 10"):
        overlap(segments=[SegmentFactory()])


def test_eleven_segments_are_too_many_to_compare() -> None:
    with pytest.raises(Rejected, match="2 to 10"):
        overlap(segments=SegmentFactory.create_batch(11))


def test_a_segment_without_a_bitmap_is_counted_from_its_stays(noon) -> None:
    segments, member = SegmentFactory.create_batch(2), MemberFactory()
    for segment in segments:
        set_members(segment=segment, member_ids=[member.pk], source=MANUAL, at=noon)
    SegmentSnapshot.objects.filter(segment=segments[0]).delete()

    assert overlap(segments=segments).in_all == 1
    assert members_now(segment=segments[0]) == members_by_stays(segment=segments[0]) == BitMap([member.pk])


def test_two_empty_segments_share_nobody() -> None:
    counts = overlap(segments=SegmentFactory.create_batch(2))

    assert (counts.sizes, counts.in_all, counts.in_any) == ([0, 0], 0, 0)
    assert counts.pairs[0].both == 0


def test_a_bitmap_is_stored_once_for_each_segment(noon) -> None:
    segment = SegmentFactory()
    store(segment=segment, members=BitMap([1, 2, 3]), at=noon)
    store(segment=segment, members=BitMap([7]), at=noon)

    assert SegmentSnapshot.objects.get().count == 1
    assert members_now(segment=segment) == BitMap([7])


class AnySteps(TestCase):
    """Whatever is set, one step after another: bitmap, stays and count agree with a plain Python set."""

    members: list[Member]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.members = MemberFactory.create_batch(6)

    @settings(max_examples=25)
    @given(
        st.lists(
            st.tuples(st.sets(st.integers(0, 5)), st.none() | st.sets(st.integers(0, 5))),
            min_size=1,
            max_size=4,
        )
    )
    def test_bitmap_stays_and_count_agree(self, steps: list[tuple[set[int], set[int] | None]]) -> None:
        segment, expected = SegmentFactory(), set[int]()
        ids = [member.pk for member in self.members]
        for wanted, among in steps:
            entered, left = set_members(
                segment=segment,
                member_ids=[ids[n] for n in wanted],
                source=MANUAL,
                at=NOON,
                among=None if among is None else [ids[n] for n in among],
            )
            after = wanted if among is None else (wanted & among) | (expected - among)
            assert (entered, left) == (len(after - expected), len(expected - after))
            expected = after
        assert inside(segment) == set(members_now(segment=segment)) == {ids[n] for n in expected}
        assert Segment.objects.get(pk=segment.pk).member_count == len(expected)
