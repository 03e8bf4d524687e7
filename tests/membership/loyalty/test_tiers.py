"""Tiers by rule, with grace, and by hand."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from membership.errors import Rejected
from membership.loyalty.ledger import add_points
from membership.loyalty.tiers import review_tiers, verdicts
from membership.members.accounts import change_tier
from membership.models import Member, TierHistory, TierRule
from tests.factories import MemberFactory, OrderFactory
from tests.membership.loyalty.shop import paid, program, rule

pytestmark = pytest.mark.django_db


def tier_rule(
    tier: str = "gold", measure: str = "spend", threshold: object = 100, **values: object
) -> TierRule:
    given = {"period_days": 365, "grace_days": 30, **values}
    return TierRule.objects.create(tier=tier, measure=measure, threshold=Decimal(str(threshold)), **given)


def tier_of(member: Member) -> str:
    return Member.objects.get(pk=member.pk).tier


def test_without_rules_every_tier_stays():
    member = MemberFactory(tier="platinum")
    review_tiers(as_of=timezone.now() + timedelta(days=900))
    assert tier_of(member) == "platinum"


def test_the_highest_tier_that_is_earned_is_given_at_once_and_recorded(noon):
    tier_rule("silver", threshold=50)
    tier_rule("gold", threshold=100)
    member = OrderFactory(total=Decimal(100), placed_at=noon).member
    OrderFactory(total=Decimal(9), placed_at=noon)
    OrderFactory(total=Decimal(900), placed_at=noon, currency="JPY")
    review = review_tiers(as_of=noon)
    assert (review.raised, review.lowered, tier_of(member)) == (1, 0, "gold")
    assert TierHistory.objects.values_list("tier", "source").get() == ("gold", "rule")


@pytest.mark.parametrize("measure", ["spend", "orders", "points"])
def test_a_tier_falls_only_after_the_days_of_grace(measure):
    program()
    rule()
    tier_rule(measure=measure, threshold=1, period_days=10, grace_days=30)
    member = paid(50).member
    now = timezone.now()
    review_tiers(as_of=now)
    assert tier_of(member) == "gold"
    below = now + timedelta(days=11)
    assert review_tiers(as_of=below).in_grace == 1
    assert [one.member_id for one in verdicts(as_of=below, within_days=30)] == [member.pk]
    assert list(verdicts(as_of=below, within_days=29)) == []
    review_tiers(as_of=below + timedelta(days=29))
    assert tier_of(member) == "gold"
    assert review_tiers(as_of=below + timedelta(days=30)).lowered == 1
    assert tier_of(member) == "basic"


def test_who_earns_the_tier_again_begins_a_new_grace(noon):
    tier_rule(period_days=10)
    member = OrderFactory(total=Decimal(100), placed_at=noon).member
    review_tiers(as_of=noon)
    review_tiers(as_of=noon + timedelta(days=11))
    OrderFactory(member=member, total=Decimal(100), placed_at=noon + timedelta(days=20))
    for days in (21, 40, 41):
        review_tiers(as_of=noon + timedelta(days=days))
    assert tier_of(member) == "gold"


def test_points_that_are_spent_count_for_the_tier_those_given_by_hand_do_not():
    program()
    rule()
    tier_rule(measure="points", threshold=50)
    spender, given = paid(50).member, MemberFactory()
    add_points(member=spender, points=-50, reason="voucher")
    add_points(member=given, points=500, reason="gift")
    review_tiers()
    assert (tier_of(spender), tier_of(given)) == ("gold", "basic")


def test_a_tier_held_by_hand_stays_until_its_end():
    tier_rule(grace_days=0)
    member = MemberFactory()
    until = timezone.now() + timedelta(days=10)
    change_tier(member=member, tier="gold", source="ann", reason="press", held_until=until)
    review_tiers(as_of=until - timedelta(hours=1))
    assert tier_of(member) == "gold"
    review_tiers(as_of=until + timedelta(hours=1))
    assert tier_of(member) == "basic"
    newest = TierHistory.objects.filter(tier="gold").get()
    assert (newest.reason, newest.held_until, newest.source) == ("press", until, "ann")


def test_an_end_that_has_passed_is_refused():
    with pytest.raises(Rejected):
        change_tier(member=MemberFactory(), tier="gold", source="ann", held_until=timezone.now())


def test_a_tier_without_a_rule_is_left_alone():
    tier_rule("silver")
    member = MemberFactory(tier="platinum")
    review_tiers(as_of=timezone.now() + timedelta(days=400))
    assert tier_of(member) == "platinum"


def test_a_review_takes_as_many_queries_whatever_the_number_of_members(django_assert_max_num_queries):
    tier_rule()
    MemberFactory.create_batch(30)
    with django_assert_max_num_queries(6):
        review_tiers()
