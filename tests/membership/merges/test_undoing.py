"""A merge is undone: both are what they were, in every row; and who is refused."""

from __future__ import annotations

from datetime import timedelta

import pytest

from membership.errors import Conflict
from membership.members.accounts import change_tier
from membership.members.registration import update_member
from membership.merges.undoing import undo_merge
from membership.models import Member, MergedRow, SegmentMembership, TierStanding
from membership.segments.bitmaps import members_by_stays, members_now
from membership.segments.members import change_members
from tests.factories import (
    NOON,
    EventFactory,
    MemberFactory,
    OrderFactory,
    OrderItemFactory,
    SegmentFactory,
    TagFactory,
    UserFactory,
)
from tests.membership.merges.people import all_rows, merge, pair, say

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(days=3)


def undo(made, **options):
    undone = undo_merge(merge=made, **{"who": "eve", "at": LATER, **options})
    for member in (undone.kept, undone.other):
        member.refresh_from_db()
    return undone


def test_every_row_of_both_is_as_it_was():
    keep, other = pair(tier="gold", status="frozen", user=UserFactory.create())
    TierStanding.objects.create(member=keep, reason="old", by="eve")
    TierStanding.objects.create(member=other, held_until=NOON + timedelta(days=90), reason="new", by="eve")
    for member in (keep, other):
        OrderItemFactory.create(order__member=member)
        event = EventFactory.create(member=member)
        member.tags.add(TagFactory.create())
        change_members(segment=SegmentFactory.create(), add=[member.member_no])
    EventFactory.create(member=keep, product=event.product)
    say(keep, True, days=-4)
    say(other, False, days=-5)
    before = all_rows(keep, other)
    made = merge(keep, other, choose={"email": "other", "phone": "other", "joined_at": "other"})
    assert all_rows(keep, other) != before
    undone = undo(made)
    assert all_rows(keep, other) == before
    assert (undone.undone_at, undone.undone_by) == (LATER, "eve")
    for segment in {stay.segment for stay in SegmentMembership.objects.all()}:
        assert members_now(segment=segment) == members_by_stays(segment=segment)


def test_what_came_since_stays_with_the_kept_member():
    keep, other = pair()
    before = OrderFactory.create(member=other)
    made = merge(keep, other)
    since = OrderFactory.create(member=keep)
    undo(made)
    assert [list(member.orders.all()) for member in (keep, other)] == [[since], [before]]


def test_a_value_that_was_changed_since_stays():
    keep, other = pair(tier="gold")
    made = merge(keep, other)
    update_member(member=keep, changes={"name": "Ann Roe", "country": "GB"}, source="test")
    change_tier(member=keep, tier="platinum", source="eve")
    keep = undo(made).kept
    assert (keep.name, keep.country, keep.tier, keep.email) == (
        "Ann Roe",
        "GB",
        "platinum",
        "ann@example.com",
    )


def test_an_address_of_the_other_goes_back_even_if_it_was_set_since():
    keep, other = pair()
    made = merge(keep, other)
    update_member(member=keep, changes={"email": "lee@example.com"}, source="test")
    undone = undo(made)
    assert (undone.kept.email, undone.other.email) == ("ann@example.com", "lee@example.com")


def test_both_can_be_merged_again():
    keep, other = pair()
    OrderFactory.create(member=other)
    undo(merge(keep, other))
    merge(other, keep)
    assert other.orders.count() == 1


def test_two_merges_into_one_member_are_undone_in_any_order():
    keep, other = pair()
    third = MemberFactory.create()
    for member in (other, third):
        OrderFactory.create(member=member)
    before = all_rows(keep, other, third)
    first, second = merge(keep, other), merge(keep, third)
    undo(first)
    undo(second)
    assert all_rows(keep, other, third) == before


def test_a_later_merge_is_undone_first():
    keep, other = pair()
    last = MemberFactory.create(member_no="LAST")
    OrderFactory.create(member=other)
    before = all_rows(keep, other, last)
    first = merge(keep, other)
    second = merge(last, keep)
    with pytest.raises(Conflict, match="KEEP has been merged into LAST since: undo that first"):
        undo(first)
    undo(second)
    undo(first)
    assert all_rows(keep, other, last) == before


def test_an_undo_is_refused_after_thirty_days():
    keep, other = pair()
    made = merge(keep, other)
    with pytest.raises(Conflict, match="within 30 days"):
        undo(made, at=NOON + timedelta(days=30, seconds=1))
    undo(made, at=NOON + timedelta(days=30))


def test_an_undo_is_refused_twice_and_for_an_erased_member():
    keep, other = pair()
    made = merge(keep, other)
    undo(made)
    with pytest.raises(Conflict, match="has been undone already"):
        undo(made)
    made = merge(keep, other)
    Member.objects.filter(pk=keep.pk).update(status="erased")
    with pytest.raises(Conflict, match="KEEP has been erased"):
        undo(made)


def test_an_undo_is_refused_while_somebody_else_has_the_address():
    keep, other = pair()
    made = merge(keep, other, choose={"email": "other"})
    update_member(member=keep, changes={"email": "new@example.com"}, source="test")
    MemberFactory.create(member_no="NEW", email="lee@example.com")
    with pytest.raises(Conflict, match=r"NEW has lee@example\.com now"):
        undo(made)


def test_rows_that_are_gone_or_anothers_by_now_are_left_alone():
    keep, other = pair()
    gone, moved = EventFactory.create(member=other), OrderFactory.create(member=other)
    made = merge(keep, other)
    assert MergedRow.objects.filter(merge=made, row_id=gone.pk, table="membership.Event").exists()
    gone.delete()
    third = MemberFactory.create()
    type(moved).objects.filter(pk=moved.pk).update(member=third)
    undo(made)
    moved.refresh_from_db()
    assert moved.member == third
