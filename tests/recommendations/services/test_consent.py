from __future__ import annotations

from datetime import timedelta

import pytest

from membership.members.profiling import profiling_refusals, refuses_profiling
from membership.models import Consent, Member
from recommendations.features import load_interactions
from recommendations.models import Surface
from recommendations.services.serving.member_lists import recommend
from tests.factories import NOON, MemberFactory, OrderItemFactory, ProductFactory, RecommendationFactory

pytestmark = pytest.mark.django_db


def say(
    member: Member, granted: bool, *, hours: int = 0, channel: str = "onsite", purpose: str = "profiling"
):
    Consent.objects.create(
        member=member,
        purpose=purpose,
        channel=channel,
        granted=granted,
        source="test",
        occurred_at=NOON + timedelta(hours=hours),
    )


def agrees(member: Member) -> bool:
    """Both ways of asking must agree."""
    one = not refuses_profiling(member=member)
    assert one == (member.pk not in set(profiling_refusals()))
    return one


def test_silence_is_no_refusal():
    assert agrees(MemberFactory())


def test_the_newest_statement_counts():
    member = MemberFactory()
    say(member, True)
    say(member, False, hours=1)
    assert not agrees(member)
    say(member, True, hours=2)
    assert agrees(member)


def test_of_two_at_the_same_moment_the_later_row_counts():
    member = MemberFactory()
    say(member, True)
    say(member, False)

    assert not agrees(member)


def test_a_refusal_on_any_channel_is_one_and_of_marketing_is_none():
    member, other = MemberFactory(), MemberFactory()
    say(member, True, hours=1)
    say(member, False, channel="email")
    say(other, False, purpose="marketing")

    assert not agrees(member)
    assert agrees(other)


def test_who_refuses_is_not_learned_from():
    refusing, kept = OrderItemFactory(), OrderItemFactory()
    say(refusing.member, False)

    read = load_interactions(as_of=NOON + timedelta(days=1))
    assert read.members.ids.tolist() == [kept.member_id]


def test_who_refuses_gets_no_personal_list():
    popular = OrderItemFactory().product
    row = RecommendationFactory(products=[{"product": ProductFactory().pk, "score": 1.0, "because": []}])
    OrderItemFactory(order__member=row.member)
    say(row.member, False)
    for_you = recommend(member=row.member, surface=Surface.FOR_YOU)
    again = recommend(member=row.member, surface=Surface.BUY_AGAIN)

    assert (for_you.source, [one.product for one in for_you.products]) == ("popular", [popular])
    assert (again.source, again.products) == ("none", [])
