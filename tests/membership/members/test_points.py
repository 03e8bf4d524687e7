"""The ledger of points."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from membership.errors import Conflict
from membership.members.points import add_points
from membership.models import MemberFeatures, PointsEntry
from tests.factories import NOON, MemberFactory, OrderFactory

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
