from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from membership.models import Event, Member
from recommendations.services.serving.activity import Activity, member_state, recent_activity
from tests.factories import NOON, EventFactory, MemberFactory, OrderItemFactory, ProductFactory

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def of(member: Member, *, since: Any = NOON) -> Activity:
    return recent_activity(member=member, since=since, at=NOON + 2 * HOUR)


def event(member: Member, kind: str, product: Any, *, hours: float = 1) -> None:
    EventFactory(member=member, type=kind, product=product, occurred_at=NOON + hours * HOUR)


def test_nobody_who_did_nothing_is_newer():
    assert of(MemberFactory()) == Activity()


def test_what_was_looked_at_counts_more_the_newer_and_the_stronger():
    member, viewed, carted, old = MemberFactory(), ProductFactory(), ProductFactory(), ProductFactory()
    event(member, "view", viewed)
    event(member, "cart", carted)
    event(member, "view", old, hours=-100)
    activity = of(member)

    assert activity.is_newer
    assert activity.interest[carted.pk] > activity.interest[viewed.pk] > activity.interest[old.pk]
    assert activity.in_cart == {carted.pk}


def test_events_from_before_the_list_do_not_make_it_old():
    member = MemberFactory()
    event(member, "view", ProductFactory(), hours=-1)

    assert not of(member).is_newer


def test_being_shown_something_is_nothing_the_member_did():
    member, product = MemberFactory(), ProductFactory()
    event(member, "impression", product)
    event(member, "impression", product, hours=1.5)
    activity = of(member)

    assert (activity.is_newer, activity.interest, activity.impressions[product.pk]) == (False, {}, 2)


def test_a_click_forgives_the_impressions_before_it():
    member, product = MemberFactory(), ProductFactory()
    for hours in (0.1, 0.2, 0.3):
        event(member, "impression", product, hours=hours)
    event(member, "click", product, hours=0.5)
    event(member, "impression", product, hours=0.9)

    assert of(member).impressions[product.pk] == 1


def test_an_order_makes_the_list_old_and_empties_the_cart():
    member, product = MemberFactory(), ProductFactory()
    event(member, "cart", product, hours=0.5)
    line = OrderItemFactory(order__member=member, order__placed_at=NOON + HOUR, product=product)
    activity = of(member)

    assert (activity.is_newer, activity.bought, activity.in_cart) == (
        True,
        frozenset({line.product_id}),
        frozenset(),
    )


def test_what_was_sent_back_is_returned_until_it_is_bought_again():
    member, kept, back = MemberFactory(), ProductFactory(), ProductFactory()
    for product in (kept, back):
        OrderItemFactory(order__member=member, order__status="refunded", product=product)
    OrderItemFactory(order__member=member, order__placed_at=NOON + HOUR, product=kept)

    assert of(member).returned == {back.pk}


@pytest.mark.parametrize("kind", ["view", "cart", "wishlist", "click"])
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
