"""What happened to a member, a page at a time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from membership.loyalty.ledger import add_points
from membership.members.timeline import KINDS, SHOWN_TO_MEMBERS, Entry, Position, timeline
from membership.models import Consent, Member, PointsEntry, TierHistory
from tests.factories import NOON, EventFactory, MemberFactory, OrderFactory, SegmentMembershipFactory

pytestmark = pytest.mark.django_db
ALL = frozenset(KINDS)


def full(noon) -> Member:
    """A member to whom one thing of each kind happened, an hour apart."""
    member: Member = OrderFactory(placed_at=noon).member
    EventFactory(member=member, occurred_at=noon + timedelta(hours=1))
    Consent.objects.create(
        member=member, purpose="marketing", channel="email", granted=True, source="x",
        occurred_at=noon + timedelta(hours=2),
    )  # fmt: skip
    add_points(member=member, points=5, reason="gift", at=noon + timedelta(hours=3))
    TierHistory.objects.create(member=member, tier="gold", source="x", changed_at=noon + timedelta(hours=4))
    SegmentMembershipFactory(member=member, entered_at=noon + timedelta(hours=5))
    return member


def test_everything_is_listed_newest_first(noon) -> None:
    entries, following = timeline(member=full(noon), kinds=ALL, size=10)

    assert [entry.kind for entry in entries] == ["segment", "tier", "points", "consent", "event", "order"]
    assert following is None


@pytest.mark.parametrize("kind", KINDS)
def test_one_kind_at_a_time(noon, kind) -> None:
    entries, _following = timeline(member=full(noon), kinds=frozenset({kind}), size=10)

    assert [entry.kind for entry in entries] == [kind]
    assert entries[0].details


def test_members_do_not_see_segments() -> None:
    assert {"segment"} == ALL - SHOWN_TO_MEMBERS


def test_a_page_costs_one_query_a_kind(noon, django_assert_num_queries) -> None:
    member = full(noon)
    EventFactory.create_batch(5, member=member)

    with django_assert_num_queries(len(KINDS)):
        timeline(member=member, kinds=ALL, size=10)


class AnyMoments(TestCase):
    """Pages of any size, at moments that are often the same: every entry once, in one order."""

    @settings(max_examples=20)
    @given(
        st.lists(st.tuples(st.sampled_from(["points", "tier"]), st.integers(0, 2)), max_size=9),
        st.integers(1, 4),
    )
    def test_pages_put_together_are_the_whole(self, happened, size) -> None:
        member = MemberFactory()
        for kind, hours in happened:
            at = NOON + timedelta(hours=hours)
            if kind == "points":
                PointsEntry.objects.create(member=member, points=1, reason="x", occurred_at=at)
            else:
                TierHistory.objects.create(member=member, tier="gold", source="x", changed_at=at)
        pages: list[Entry] = []
        position: Position | None = None
        while True:
            page, position = timeline(member=member, kinds=ALL, size=size, after=position)
            pages += page
            if position is None:
                break
            assert len(page) == size
        whole, _following = timeline(member=member, kinds=ALL, size=50)
        assert pages == whole
        assert len({(entry.kind, entry.pk) for entry in whole}) == len(happened)
