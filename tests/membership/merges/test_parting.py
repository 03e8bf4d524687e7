"""Points of two become one ledger, and two again: nothing appears, nothing is lost."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from membership.loyalty.ledger import Kind, Why, add_points, movements
from membership.loyalty.redeeming import redeem_points, return_unused
from membership.loyalty.verifying import differences
from membership.merges.undoing import undo_merge
from membership.models import Coupon, Member, Merge, PointsEntry, PointsLot
from tests.membership.loyalty.shop import change, check_ledger, paid, program, rule, standing
from tests.membership.merges.people import merge, pair

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> tuple[Member, Member]:
    return pair()


def give(member: Member, points: int, *, days: int | None = None) -> PointsLot:
    now = timezone.now()
    expires_at = now + timedelta(days=days) if days else None
    lot = add_points(member=member, points=points, reason="given", expires_at=expires_at).lot
    assert lot is not None
    return lot


def owe(member: Member, points: int) -> None:
    with movements(member=member) as ledger:
        ledger.take_or_owe(points=points, why=Why(Kind.TAKEN_BACK, "refund"))


def joined(keep: Member, other: Member) -> Merge:
    return merge(keep, other, at=timezone.now())


def part(made: Merge) -> None:
    undo_merge(merge=made, who="boss")
    for member in (made.kept, made.other):
        check_ledger(member, at=timezone.now())
    assert differences().lines == []


def test_balances_add_up_and_what_expires_first_is_spent_first(people):
    keep, other = people
    give(keep, 100, days=30)
    soon = give(other, 50, days=5)
    joined(keep, other)
    assert standing(keep) == (150, 0)
    add_points(member=keep, points=-20, reason="spent")
    soon.refresh_from_db()
    assert (soon.member_id, soon.remaining) == (keep.pk, 30)
    check_ledger(keep, at=timezone.now())
    assert differences().lines == []


@pytest.mark.parametrize("debtor", [0, 1])
def test_points_of_one_pay_what_the_other_owes_and_after_an_undo_it_is_owed_again(people, debtor):
    owing, having = people[debtor], people[1 - debtor]
    owe(owing, 30)
    give(having, 100, days=9)
    made = joined(*people)
    assert standing(people[0]) == (70, 0)
    part(made)
    assert (standing(owing), standing(having)) == ((0, 30), (100, 0))


def test_both_owe_together(people):
    owe(people[0], 30)
    owe(people[1], 20)
    made = joined(*people)
    assert standing(people[0]) == (0, 50)
    give(people[0], 40)
    assert standing(people[0]) == (0, 10)
    part(made)  # the points came while they were one: they are the kept member's
    assert (standing(people[0]), standing(people[1])) == ((10, 0), (0, 20))


def test_without_anything_in_between_lots_and_entries_are_as_before(people):
    keep, other = people
    give(keep, 10, days=3)
    give(other, 20, days=4)
    add_points(member=other, points=-5, reason="spent")
    before = [list(model.objects.order_by("pk").values()) for model in (PointsLot, PointsEntry)]
    part(joined(keep, other))
    assert [list(model.objects.order_by("pk").values()) for model in (PointsLot, PointsEntry)] == before


def test_what_was_spent_while_they_were_one_is_paid_by_the_kept_member(people):
    keep, other = people
    give(keep, 30, days=50)
    give(other, 100, days=5)
    made = joined(keep, other)
    add_points(member=keep, points=-80, reason="spent")
    part(made)
    assert (standing(keep), standing(other)) == ((0, 50), (100, 0))


def test_a_coupon_bought_while_they_were_one_gives_back_what_the_kept_member_paid(people):
    program(point_value=Decimal("0.05"))
    keep, other = people
    give(keep, 60, days=50)
    give(other, 50, days=5)
    made = joined(keep, other)
    coupon = redeem_points(member=keep, points=40)
    part(made)
    assert (standing(keep), standing(other)) == ((20, 0), (50, 0))
    return_unused(coupon=Coupon.objects.get(pk=coupon.pk))
    assert (standing(keep), standing(other)) == ((60, 0), (50, 0))
    assert differences().lines == []


def test_a_refund_of_the_others_order_is_borne_by_the_other(people):
    program()
    rule()
    keep, other = people
    order = paid(50, member=other)
    assert standing(other) == (50, 0)
    give(keep, 10)
    made = joined(keep, other)
    add_points(member=keep, points=-55, reason="spent")
    change(order, refunded={1: 50})  # 5 points are there, 45 are owed
    assert standing(keep) == (0, 45)
    part(made)
    # the kept member spent 55 with 10; the other one's order earned 50 and was refunded
    assert (standing(keep), standing(other)) == ((0, 45), (0, 0))


def test_an_order_that_earns_after_the_merge_earns_for_whose_it_is(people):
    program()
    rule()
    keep, other = people
    order = paid(50, member=other)
    change(order, refunded={1: 50})
    made = joined(keep, other)
    change(order, refunded={1: 20})
    assert standing(keep) == (30, 0)
    part(made)
    assert (standing(keep), standing(other)) == ((0, 0), (30, 0))


def test_an_order_and_a_birthday_that_both_had_points_for(people):
    keep, other = people
    order = paid(10, member=other)
    for member in people:
        with movements(member=member) as ledger:
            for source, made_for in ((PointsLot.Source.ORDER, order), (PointsLot.Source.BIRTHDAY, None)):
                lot = ledger.new_lot(
                    source=source, order=made_for, occasion="" if made_for else "birthday:2026"
                )
                ledger.add(lot=lot, points=7, why=Why(Kind.EARNED, "earned"))
    before = list(PointsLot.objects.order_by("pk").values())
    made = joined(keep, other)
    assert standing(keep) == (28, 0)
    part(made)
    assert list(PointsLot.objects.order_by("pk").values()) == before


def test_what_lapsed_meanwhile_has_lapsed(people):
    keep, other = people
    lot = give(other, 20, days=5)
    made = joined(keep, other)
    later = timezone.now() + timedelta(days=6)
    undo_merge(merge=made, who="boss", at=later)
    lot.refresh_from_db()
    assert (lot.member_id, lot.remaining, standing(other, at=later)) == (other.pk, 0, (0, 0))
