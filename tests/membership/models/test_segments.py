"""Segments, stays and decisions by hand: what the database accepts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from membership.models import Segment, SegmentMembership, SegmentOverride, SegmentVersion
from tests.factories import NOON, MemberFactory, SegmentFactory, SegmentMembershipFactory

pytestmark = pytest.mark.django_db


def test_a_member_is_in_a_segment_once_at_a_time() -> None:
    stay = SegmentMembershipFactory()

    with pytest.raises(IntegrityError), transaction.atomic():
        SegmentMembershipFactory(segment=stay.segment, member=stay.member)


def test_a_member_who_left_may_enter_again() -> None:
    stay = SegmentMembershipFactory(exited_at=NOON)
    again = SegmentMembershipFactory(segment=stay.segment, member=stay.member)

    assert list(SegmentMembership.objects.current()) == [again]


@pytest.mark.parametrize("changes", [{"exited_at": NOON - timedelta(seconds=1)}, {"source": "magic"}])
def test_the_database_refuses_an_impossible_stay(changes) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        SegmentMembershipFactory(**changes)


@pytest.mark.parametrize("kind", [kind.value for kind in Segment.Kind])
def test_every_kind_is_accepted_and_no_other(kind) -> None:
    SegmentFactory(kind=kind)
    with pytest.raises(IntegrityError, match="segment_kind_known"), transaction.atomic():
        SegmentFactory(kind="other")


def test_there_is_one_decision_for_each_member() -> None:
    segment, member = SegmentFactory(), MemberFactory()
    SegmentOverride.objects.create(segment=segment, member=member, decision="in")

    with pytest.raises(IntegrityError), transaction.atomic():
        SegmentOverride.objects.create(segment=segment, member=member, decision="out")
    with pytest.raises(IntegrityError, match="segment_override_known"), transaction.atomic():
        SegmentOverride.objects.create(segment=segment, member=MemberFactory(), decision="on")


def test_versions_are_numbered_once_and_the_newest_comes_first() -> None:
    segment = SegmentFactory()
    for number in (1, 2):
        SegmentVersion.objects.create(segment=segment, number=number, rule={})

    assert [version.number for version in segment.versions.all()] == [2, 1]
    with pytest.raises(IntegrityError), transaction.atomic():
        SegmentVersion.objects.create(segment=segment, number=2, rule={})


def test_deleting_a_segment_deletes_its_stays_and_versions() -> None:
    stay = SegmentMembershipFactory()
    SegmentVersion.objects.create(segment=stay.segment, number=1, rule={})

    stay.segment.delete()

    assert not SegmentMembership.objects.exists()
    assert not SegmentVersion.objects.exists()
