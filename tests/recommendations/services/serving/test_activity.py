from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from membership.models import Event, Member, Order
from recommendations.services.serving.activity import Activity, member_state, recent_activity
from tests.factories import (
    NOON,
    EventFactory,
    MemberFactory,
    OrderFactory,
    ProductFactory,
    RecommendationFactory,
)

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def of(member: Member) -> Activity:
    """Since a list that was made at noon."""
    at = NOON + 2 * HOUR
    state = member_state(member=member, surface="for-you", at=at)
    return recent_activity(member=member, since=NOON, at=at, state=state)


def event(member: Member, kind: str, product: Any, *, hours: float = 1) -> None:
    EventFactory(member=member, type=kind, product=product, occurred_at=NOON + hours * HOUR)


def test_nobody_who_did_nothing_is_newer():
    assert of(MemberFactory()) == Activity()


def test_what_was_looked_at_counts_more_the_newer_and_the_stronger():
    member, viewed, carted, old = MemberFactory(), ProductFactory(), ProductFactory(), ProductFactory()
    event(member, "view", viewed)
    event(member, "cart", carted)
    event(member, "view", old, hours=-100)
    found = of(member)

    assert found.is_newer
    assert found.interest[carted.pk] > found.interest[viewed.pk] > found.interest[old.pk]


def test_what_left_the_cart_is_wanted_as_if_it_had_not_been_there():
    member, viewed, removed = MemberFactory(), ProductFactory(), ProductFactory()
    for product in (viewed, removed):
        event(member, "view", product)
    event(member, "cart", removed, hours=1.2)
    event(member, "cart_remove", removed, hours=1.4)
    interest = of(member).interest

    assert interest[removed.pk] == interest[viewed.pk]


def test_what_is_not_interesting_is_not_wanted_unless_it_is_looked_at_again():
    member, unwanted, again = MemberFactory(), ProductFactory(), ProductFactory()
    for product in (unwanted, again):
        event(member, "view", product)
        event(member, "not_interested", product, hours=1.2)
    event(member, "view", again, hours=1.4)

    assert set(of(member).interest) == {again.pk}


def test_events_from_before_the_list_do_not_make_it_old():
    member = MemberFactory()
    event(member, "view", ProductFactory(), hours=-1)

    assert not of(member).is_newer


def test_being_shown_something_is_nothing_the_member_did():
    member, product = MemberFactory(), ProductFactory()
    event(member, "impression", product)
    event(member, "impression", product, hours=1.5)
    found = of(member)

    assert (found.is_newer, found.interest, found.impressions[product.pk]) == (False, {}, 2)


def test_a_click_forgives_the_impressions_before_it():
    member, product = MemberFactory(), ProductFactory()
    for hours in (0.1, 0.2, 0.3):
        event(member, "impression", product, hours=hours)
    event(member, "click", product, hours=0.5)
    event(member, "impression", product, hours=0.9)

    assert of(member).impressions[product.pk] == 1


def test_an_order_makes_the_list_old():
    member = MemberFactory()
    RecommendationFactory(member=member, scored_at=NOON)
    OrderFactory(member=member, placed_at=NOON + HOUR, imported_at=NOON + HOUR)

    assert of(member).is_newer


def test_an_order_of_before_that_comes_in_late_makes_the_list_old():
    member = MemberFactory()
    RecommendationFactory(member=member, scored_at=NOON)
    OrderFactory(member=member, placed_at=NOON - 24 * HOUR, imported_at=NOON + HOUR)

    assert of(member).is_newer


@pytest.mark.parametrize("kind", sorted({*Event.Type.values} - {Event.Type.IMPRESSION}))
def test_the_stamp_moves_with_every_deed(kind: str):
    member, product = MemberFactory(), ProductFactory()

    def stamp() -> str:
        return member_state(member=member, surface="for-you", at=NOON + 2 * HOUR).stamp

    before = stamp()
    assert stamp() == before
    event(member, Event.Type.IMPRESSION, product)
    assert stamp() == before
    event(member, kind, product)
    assert stamp() != before


@pytest.mark.parametrize("status", ["declined", "cancelled", "refunded", "paid"])
def test_the_stamp_moves_when_a_held_order_becomes_something_else(status: str):
    member = MemberFactory()
    order = OrderFactory(member=member, status="held")

    def stamp() -> str:
        return member_state(member=member, surface="for-you", at=NOON + 2 * HOUR).stamp

    before = stamp()
    Order.objects.filter(pk=order.pk).update(status=status)
    assert stamp() != before
