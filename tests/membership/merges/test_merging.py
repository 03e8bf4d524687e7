"""Two members become one: their rows, values, contacts, segments, and who is refused."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from membership.errors import Conflict, Rejected
from membership.members.registration import update_member
from membership.merges.merging import merge_members
from membership.models import (
    Event,
    Member,
    MemberFeatures,
    Merge,
    OrderItem,
    SegmentMembership,
    SegmentOverride,
    TierHistory,
    TierStanding,
)
from membership.segments.bitmaps import members_by_stays, members_now
from membership.segments.members import change_members
from membership.segments.refreshing import refresh_changed
from recommendations.models import Exposure
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
from tests.membership.merges.people import merge, pair

pytestmark = pytest.mark.django_db


def test_orders_lines_and_events_are_the_kept_members():
    keep, other = pair()
    item = OrderItemFactory.create(order__member=other)
    event = EventFactory.create(member=other)
    merge(keep, other)
    assert [order.pk for order in keep.orders.all()] == [item.order_id]
    assert OrderItem.objects.get().member_id == Event.objects.get(pk=event.pk).member_id == keep.pk
    assert (other.status, other.merged_into) == ("merged", keep)


def test_an_event_that_both_have_is_counted_once():
    keep, other = pair()
    first = EventFactory.create(member=keep)
    EventFactory.create(member=other, product=first.product)
    EventFactory.create(member=other, product=first.product, session="another")
    merge(keep, other)
    assert (keep.events.count(), other.events.count()) == (2, 1)


def test_a_list_shown_to_both_on_a_day_is_counted_once():
    keep, other = pair()
    for member in (keep, other):
        Exposure.objects.create(
            member=member, surface="for-you", day=NOON.date(), source="model", shown_at=NOON
        )
    Exposure.objects.create(member=other, surface="buy-again", day=NOON.date(), source="model", shown_at=NOON)
    merge(keep, other)
    assert (keep.exposures.count(), other.exposures.count()) == (2, 1)


def test_without_a_choice_the_kept_values_stay_and_gaps_are_filled():
    keep, other = pair(birth_date=date(1990, 5, 1), country="DE")
    Member.objects.filter(pk=keep.pk).update(phone=None)
    made = merge(keep, other)
    assert (keep.name, keep.email, keep.country) == ("Ann Lee", "ann@example.com", "US")
    assert (keep.phone, keep.birth_date) == ("+12125550102", date(1990, 5, 1))
    assert made.choices["phone"] == "other"
    assert made.choices["name"] == "this"


def test_chosen_values_are_taken_and_contacts_change_places():
    keep, other = pair()
    merge(keep, other, choose={"name": "other", "email": "other"})
    assert (keep.name, keep.email, keep.phone) == ("A. Lee", "lee@example.com", "+12125550101")
    assert (other.name, other.email, other.phone) == ("A. Lee", "ann@example.com", "+12125550102")


@pytest.mark.parametrize(
    ("mine", "theirs", "joined"),
    [(5, 3, 3), (3, 5, 3), (None, 5, 5), (5, None, 5), (None, None, None)],
)
def test_the_earliest_joining_counts(mine, theirs, joined):
    def day(number: int | None) -> Any:
        return None if number is None else NOON + timedelta(days=number)

    keep, other = pair(joined_at=day(theirs))
    Member.objects.filter(pk=keep.pk).update(joined_at=day(mine))
    merge(keep, other)
    assert keep.joined_at == day(joined)


def test_the_higher_tier_comes_with_its_hold():
    keep, other = pair(tier="gold")
    until = NOON + timedelta(days=90)
    TierStanding.objects.create(member=other, held_until=until, reason="wedding", by="eve")
    TierHistory.objects.create(member=other, tier="gold", source="eve", changed_at=NOON - timedelta(days=9))
    TierHistory.objects.create(
        member=keep, tier="basic", source="import", changed_at=NOON - timedelta(days=2)
    )
    merge(keep, other)
    assert (keep.tier, keep.tier_standing.held_until, keep.tier_standing.reason) == ("gold", until, "wedding")
    newest, *older = keep.tier_history.all()
    assert (newest.tier, newest.source, len(older)) == ("gold", "merge", 2)


def test_tags_are_joined():
    keep, other = pair()
    both, only = TagFactory.create(), TagFactory.create()
    keep.tags.add(both)
    other.tags.add(both, only)
    merge(keep, other)
    assert set(keep.tags.all()) == {both, only}


def test_the_login_of_the_other_is_taken_only_by_who_has_none():
    user = UserFactory.create()
    keep, other = pair(user=user)
    merge(keep, other)
    assert (keep.user, other.user) == (user, None)
    third = MemberFactory.create(user=UserFactory.create())
    merge(keep, third)
    assert (keep.user, third.user is None) == (user, False)


def test_frozen_stays_frozen_whoever_was():
    keep, other = pair(status="frozen")
    merge(keep, other)
    assert keep.status == "frozen"


def test_stays_end_and_hand_made_ones_go_over():
    keep, other = pair()
    by_hand, by_model = SegmentFactory.create(), SegmentFactory.create(kind="model")
    change_members(segment=by_hand, add=["OTHER"])
    SegmentMembership.objects.create(segment=by_model, member=other, source="model", entered_at=NOON)
    merge(keep, other)
    current = SegmentMembership.objects.current()
    assert list(current.values_list("segment_id", "member_id")) == [(by_hand.pk, keep.pk)]
    for segment in (by_hand, by_model):
        segment.refresh_from_db()
        assert members_now(segment=segment) == members_by_stays(segment=segment)
        assert segment.member_count == len(members_now(segment=segment))


def test_a_decision_by_hand_goes_over_unless_the_kept_member_has_one():
    keep, other = pair()
    first, second = SegmentFactory.create(kind="dynamic"), SegmentFactory.create(kind="dynamic")
    SegmentOverride.objects.create(segment=first, member=other, decision="in")
    SegmentOverride.objects.create(segment=second, member=other, decision="in")
    SegmentOverride.objects.create(segment=second, member=keep, decision="out")
    merge(keep, other)
    decisions = keep.segment_overrides.order_by("segment").values_list("segment", "decision")
    assert list(decisions) == [(first.pk, "in"), (second.pk, "out")]


def test_figures_follow_at_the_next_refresh():
    keep, other = pair()
    for member in (keep, other):
        OrderFactory.create(member=member, total="7.00")
    merge(keep, other)
    assert refresh_changed(at_most=10) == 2
    orders = dict(MemberFeatures.objects.values_list("member_id", "orders_total"))
    assert orders == {keep.pk: 2, other.pk: 0}


def test_chains_are_followed_to_their_end():
    keep, other = pair()
    last = MemberFactory.create()
    OrderFactory.create(member=other)
    merge(keep, other)
    merge(last, keep)
    assert other.after_merges() == last
    assert last.orders.count() == 1


def test_a_contact_that_was_given_up_can_be_taken_again():
    keep, other = pair()
    merge(keep, other)
    update_member(member=keep, changes={"email": "lee@example.com"}, source="test")
    keep.refresh_from_db()
    other.refresh_from_db()
    assert (keep.email, other.email) == ("lee@example.com", None)


@pytest.mark.parametrize("side", ["keep", "other"])
@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"status": "erased"}, "is erased"),
        ({"member_no": "walk-in", "status": "frozen"}, "buyers without a name"),
    ],
)
def test_who_cannot_be_merged(side, values, words):
    people = dict(zip(("keep", "other"), pair(), strict=True))
    Member.objects.filter(pk=people[side].pk).update(**values)
    with pytest.raises(Conflict, match=words):
        merge(people["keep"], people["other"])
    assert not Merge.objects.exists()


def test_merged_already_and_oneself_are_refused():
    keep, other = pair()
    with pytest.raises(Conflict, match="this member already"):
        merge(keep, keep)
    merge(keep, other)
    with pytest.raises(Conflict, match="OTHER is merged into KEEP already"):
        merge(keep, other)
    with pytest.raises(Conflict, match="OTHER is merged into KEEP already"):
        merge(other, MemberFactory.create())


@pytest.mark.parametrize(
    ("choose", "field"), [({"shoe_size": "this"}, "choose.shoe_size"), ({"name": "both"}, "choose.name")]
)
def test_an_unknown_choice_is_refused(choose, field):
    keep, other = pair()
    with pytest.raises(Rejected) as refused:
        merge_members(keep=keep, other=other, choose=choose, who="boss")
    assert [error.field for error in refused.value.errors] == [field]
    other.refresh_from_db()
    assert other.status == "active"
