"""Points follow their order through everything that can become of it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from membership.loyalty.following import points_follow_order
from membership.loyalty.ledger import add_points, pending_of
from membership.models import EarnedLine, EarningRule, ExchangeRate, PointsEntry, PointsLot
from membership.orders.changes import change_order, reverse_change
from membership.orders.taking import release_held_order, settle_order
from tests.factories import CategoryFactory, MemberFactory, ProductFactory
from tests.membership.loyalty.shop import change, check_ledger, order, paid, program, rule, standing

pytestmark = pytest.mark.django_db


def test_without_rules_nothing_is_earned():
    assert standing(paid(10).member) == (0, 0)
    assert not EarnedLine.objects.exists()


@pytest.mark.parametrize("status", ["pending", "held", "declined", "cancelled"])
def test_an_order_that_is_not_paid_earns_nothing(status):
    program()
    rule()
    made = order(10)
    settle_order(order=made, status=status)
    assert standing(made.member) == (0, 0)


def test_a_paid_order_earns_by_line_and_is_rounded_down_once():
    program()
    rule(value="1.5")
    made = paid("0.50", "0.50", "9.70")
    assert standing(made.member) == (16, 0)  # 16.05
    assert [line.points for line in made.earned_lines.all()] == [
        Decimal(n) for n in ("0.75", "0.75", "14.55")
    ]


def test_an_order_that_staff_release_earns():
    program()
    rule()
    made = order(10)
    release_held_order(order=made, genuine=True)
    assert standing(made.member) == (10, 0)


def test_following_twice_books_once():
    program()
    rule()
    made = paid(10)
    change(made, "shipped")
    change(made, "completed")
    points_follow_order(order=made)
    assert PointsEntry.objects.count() == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        PointsLot.objects.create(member=made.member, order=made, source="order")


def test_a_cancelled_order_that_is_reopened_earns_again():
    program()
    rule()
    made = paid(10)
    for _again in range(2):
        change(made, "cancelled")
        assert standing(made.member) == (0, 0)
        change(made, "paid")
        assert standing(made.member) == (10, 0)
    check_ledger(made.member, at=timezone.now())


def test_a_change_that_is_undone_gives_the_points_back():
    program()
    rule()
    made = paid(10)
    cancelled = change_order(order=made, values={"status": "cancelled"}, source="test")
    reverse_change(change=cancelled)
    assert standing(made.member) == (10, 0)


@pytest.mark.parametrize("then", ["changed", "gone"])
def test_a_refunded_line_gives_back_what_it_earned_by_the_rule_of_then(then):
    program()
    was = rule(value=2)
    made = paid(10, 30)
    assert standing(made.member) == (80, 0)
    EarningRule.objects.update(value=9) if then == "changed" else was.delete()
    change(made, refunded={2: 30})
    assert standing(made.member) == (20, 0)
    change(made, refunded={2: 15})
    assert standing(made.member) == (50, 0)


def test_points_spent_before_a_refund_become_debt_that_the_next_order_pays():
    program()
    rule()
    made = paid(100)
    add_points(member=made.member, points=-80, reason="voucher")
    change(made, "refunded", refunded={1: 100})
    assert standing(made.member) == (0, 80)
    paid(100, member=made.member)
    assert standing(made.member) == (20, 0)
    check_ledger(made.member, at=timezone.now())


def test_points_that_had_expired_are_not_owed_after_a_refund(noon):
    program(life_days=10)
    rule()
    made = order(100, placed_at=noon, status="paid")
    points_follow_order(order=made, at=noon)
    add_points(member=made.member, points=-30, reason="voucher", at=noon)
    made.status = "cancelled"
    made.save()
    late = noon + timedelta(days=40)
    points_follow_order(order=made, at=late)
    assert standing(made.member, at=late) == (0, 30)
    made.status = "paid"
    made.save()
    points_follow_order(order=made, at=late)
    assert standing(made.member, at=late) == (0, 0)
    check_ledger(made.member, at=late)


def test_points_are_pending_until_the_return_window_has_passed_and_cannot_be_spent():
    program(return_days=14)
    rule()
    made = paid(10)
    now = timezone.now()
    assert (standing(made.member), pending_of(member_id=made.member_id, at=now)) == ((0, 0), 10)
    assert made.member.points_balance(at=now + timedelta(days=15)) == 10
    change(made, "cancelled")
    assert pending_of(member_id=made.member_id, at=now) == 0
    assert made.member.points_balance(at=now + timedelta(days=15)) == 0
    check_ledger(made.member, at=now)


def test_an_order_that_becomes_anothers_takes_its_points_along():
    program()
    rule()
    made = paid(10)
    first, second = made.member, MemberFactory()
    change_order(order=made, values={"member_id": second.pk}, source="test")
    assert (standing(first), standing(second)) == ((0, 0), (10, 0))


def test_an_order_in_another_currency_earns_by_the_rate_of_its_day_and_nothing_without_one():
    program()
    rule()
    assert standing(paid(9000, currency="JPY").member) == (0, 0)
    ExchangeRate.objects.create(currency="JPY", day=timezone.localdate(), rate=Decimal("0.005"))
    assert standing(paid(9000, currency="JPY").member) == (45, 0)


def test_an_order_placed_before_the_rule_began_earns_nothing():
    program()
    rule(starts_at=timezone.now())
    assert standing(paid(10, placed_at=timezone.now() - timedelta(days=1)).member) == (0, 0)


# --- kinds of rules --------------------------------------------------------------------------------------


def test_the_highest_rate_counts_and_every_factor_multiplies():
    program()
    tea = CategoryFactory()
    green = CategoryFactory(parent=tea)
    rule(value=1)
    rule(value=3, category=tea)
    rule("factor", 2, tier="gold")
    rule("factor", "1.5")
    products = [ProductFactory(category=green), ProductFactory()]
    made = paid(10, 10, products=products, member=MemberFactory(tier="gold"))
    assert standing(made.member) == (90 + 30, 0)


def test_the_first_order_earns_once_and_its_fixed_points_go_with_its_lines():
    program()
    rule("first_order", 100)
    made = paid(10, 10, 10)
    paid(10, member=made.member)
    assert standing(made.member) == (100, 0)
    change(made, refunded={2: 10})
    assert standing(made.member) == (66, 0)


def test_what_was_refunded_before_the_order_was_paid_earns_nothing_either():
    program()
    rule()
    rule("order", 100)
    made = order(10, 10)
    change(made, refunded={2: 10})
    change(made, "paid")
    assert standing(made.member) == (60, 0)
    change(made, refunded={2: 0})
    assert standing(made.member) == (120, 0)


def test_fixed_points_need_the_smallest_order():
    program()
    rule("order", 50, smallest_order=Decimal(20))
    assert [standing(paid(total).member)[0] for total in (19, 20)] == [0, 50]


class AnyHistory(TestCase):
    """Whatever became of an order, its points are those of an order that came to the same at once."""

    STEP = st.one_of(
        st.sampled_from(["paid", "shipped", "completed", "cancelled", "held", "refunded"]),
        st.dictionaries(st.integers(1, 3), st.integers(0, 10), min_size=1),
    )

    @settings(max_examples=25)
    @given(st.lists(STEP, max_size=8), st.sampled_from([0, 14]), st.integers(0, 25))
    def test_the_end_says_what_is_earned(self, steps, return_days, spent) -> None:
        program(return_days=return_days)
        rule(value="1.3")
        rule("first_order", 10)
        made = paid(10, 10, 5)
        if 0 < spent <= made.member.points_balance():
            add_points(member=made.member, points=-spent, reason="voucher")
        else:
            spent = 0
        for step in steps:
            if isinstance(step, str):
                change(made, step)
            else:
                change(made, refunded={no: min(part, 5) for no, part in step.items()})
        wanted = 0
        if made.status in ("paid", "shipped", "completed"):
            left = made.total / Decimal(25)
            wanted = int(Decimal("32.5") * left + 10 * left)
        balance, debt = standing(made.member)
        pending = pending_of(member_id=made.member_id, at=timezone.now())
        assert balance + pending - debt == wanted - spent
        check_ledger(made.member, at=timezone.now())
