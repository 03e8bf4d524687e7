"""The ledger of points."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connections, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from membership.errors import Conflict
from membership.loyalty.ledger import Kind, Why, add_points, movements
from membership.models import MemberFeatures, PointsEntry, PointsLot
from tests.factories import NOON, MemberFactory, OrderFactory
from tests.membership.loyalty.shop import check_ledger, standing

pytestmark = pytest.mark.django_db


def test_a_credit_is_an_entry_with_its_order_and_marks_the_member(noon) -> None:
    order = OrderFactory()

    entry = add_points(member=order.member, points=20, reason="order", order=order, at=noon)

    assert (entry.points, entry.order, entry.occurred_at) == (20, order, noon)
    assert order.member.points_balance(at=noon) == 20
    assert MemberFeatures.objects.get(member=order.member).dirty_at is not None


def test_a_debit_that_the_balance_does_not_cover_is_refused_with_both_figures(noon) -> None:
    member = MemberFactory()
    add_points(member=member, points=20, reason="gift", at=noon)

    with pytest.raises(Conflict, match="The balance is 20; 21 cannot be taken"):
        add_points(member=member, points=-21, reason="coupon", at=noon)
    assert PointsEntry.objects.count() == 1


def test_all_points_may_be_spent(noon) -> None:
    member = MemberFactory()
    add_points(member=member, points=20, reason="gift", at=noon)
    add_points(member=member, points=-20, reason="coupon", at=noon)

    assert member.points_balance(at=noon) == 0


def test_expired_points_cannot_be_spent(noon) -> None:
    member = MemberFactory()
    add_points(member=member, points=20, reason="gift", at=noon, expires_at=noon + timedelta(days=1))

    assert member.points_balance(at=noon + timedelta(hours=23)) == 20
    with pytest.raises(Conflict):
        add_points(member=member, points=-1, reason="coupon", at=noon + timedelta(days=1))


def test_points_of_another_member_do_not_count(noon) -> None:
    add_points(member=MemberFactory(), points=20, reason="gift", at=noon)

    with pytest.raises(Conflict):
        add_points(member=MemberFactory(), points=-1, reason="coupon", at=noon)


class WithoutExpiry(TestCase):
    """Credits and debits in any order: no balance is ever below zero, and none is lost."""

    @settings(max_examples=25)
    @given(st.lists(st.integers(-60, 60).filter(bool), max_size=8))
    def test_the_balance_is_the_sum_of_what_was_accepted(self, movements) -> None:
        member, balance = MemberFactory(), 0
        for number, points in enumerate(movements):
            at = NOON + timedelta(minutes=number)
            if balance + points < 0:
                with pytest.raises(Conflict):
                    add_points(member=member, points=points, reason="test", at=at)
            else:
                add_points(member=member, points=points, reason="test", at=at)
                balance += points
            assert member.points_balance(at=at) == balance >= 0


def test_a_spent_point_cannot_expire(noon) -> None:
    member = MemberFactory()
    later = noon + timedelta(days=1)
    add_points(member=member, points=100, reason="gift", at=noon, expires_at=later)
    add_points(member=member, points=-100, reason="coupon", at=noon)
    add_points(member=member, points=50, reason="gift", at=noon)

    assert member.points_balance(at=noon) == 50
    assert member.points_balance(at=later + timedelta(days=1)) == 50
    check_ledger(member, at=later)


def test_what_expires_first_is_spent_first(noon) -> None:
    member = MemberFactory()
    for days in (None, 3, 2):
        expires_at = noon + timedelta(days=days) if days else None
        add_points(member=member, points=10, reason="gift", at=noon, expires_at=expires_at)

    spent = add_points(member=member, points=-15, reason="coupon", at=noon)

    assert spent.points == -15
    assert [lot.remaining for lot in PointsLot.objects.order_by("id")] == [10, 5, 0]


def test_what_has_lapsed_is_posted_as_an_entry_of_that_moment(noon) -> None:
    member = MemberFactory()
    lapses = noon + timedelta(days=1)
    add_points(member=member, points=10, reason="gift", at=noon, expires_at=lapses)
    add_points(member=member, points=1, reason="gift", at=lapses + timedelta(days=5))

    expired = PointsEntry.objects.get(kind="expired")
    assert (expired.points, expired.occurred_at) == (-10, lapses)
    check_ledger(member, at=lapses + timedelta(days=5))


def test_the_database_refuses_more_than_a_lot_holds(noon) -> None:
    entry = add_points(member=MemberFactory(), points=10, reason="gift", at=noon)

    with pytest.raises(IntegrityError), transaction.atomic():
        PointsEntry.objects.create(member=entry.member, lot=entry.lot, points=-11, reason="by hand")
    assert PointsLot.objects.get().remaining == 10


def test_the_database_refuses_to_change_an_entry(noon) -> None:
    entry = add_points(member=MemberFactory(), points=10, reason="gift", at=noon)

    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        PointsEntry.objects.filter(pk=entry.pk).update(points=11)


def test_debt_is_visible_and_paid_by_what_comes_next(noon) -> None:
    member = MemberFactory()
    with movements(member=member, at=noon) as ledger:
        ledger.take_or_owe(points=30, why=Why(Kind.TAKEN_BACK, "refund"))
    assert standing(member, at=noon) == (0, 30)

    add_points(member=member, points=50, reason="gift", at=noon, expires_at=noon + timedelta(days=2))

    assert standing(member, at=noon) == (20, 0)
    check_ledger(member, at=noon)
    assert standing(member, at=noon + timedelta(days=3)) == (0, 0)


def test_pending_points_pay_debt_once_they_are_available_even_if_nobody_looked_before_they_expired(noon):
    member = MemberFactory()
    with movements(member=member, at=noon) as ledger:
        ledger.take_or_owe(points=30, why=Why(Kind.TAKEN_BACK, "refund"))
        lot = ledger.new_lot(
            source=PointsLot.Source.STAFF,
            available_at=noon + timedelta(days=1),
            expires_at=noon + timedelta(days=2),
        )
        ledger.add(lot=lot, points=40, why=Why(Kind.GIVEN, "gift"))
    assert standing(member, at=noon) == (0, 30)
    assert member.points_balance(at=noon + timedelta(days=1)) == 10

    with movements(member=member, at=noon + timedelta(days=9)):
        pass

    assert standing(member, at=noon + timedelta(days=9)) == (0, 0)
    assert PointsEntry.objects.get(kind="expired").points == -10
    check_ledger(member, at=noon + timedelta(days=9))


def test_of_twenty_that_spend_at_once_only_as_many_succeed_as_the_balance_covers(threaded_db, noon) -> None:
    member = MemberFactory()
    add_points(member=member, points=70, reason="gift", at=noon)

    def spend(_number: int) -> bool:
        try:
            add_points(member=member, points=-10, reason="coupon", at=noon)
        except Conflict:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(max_workers=8) as pool:
        done = list(pool.map(spend, range(20)))

    assert sum(done) == 7
    assert standing(member, at=noon) == (0, 0)
