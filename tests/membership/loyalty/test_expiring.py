"""What time does to points."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from membership.loyalty.expiring import note_expiries, settle_points, withdraw_expired_coupons
from membership.loyalty.ledger import Kind, Why, add_points, movements
from membership.loyalty.redeeming import redeem_points
from membership.models import Coupon, PointsEntry, PointsLot, PointsNotice
from tests.factories import MemberFactory
from tests.membership.loyalty.shop import check_ledger, program, standing

pytestmark = pytest.mark.django_db


def test_lapsed_points_are_posted_in_bounded_batches(noon):
    members = MemberFactory.create_batch(3)
    for member in members:
        add_points(member=member, points=10, reason="x", at=noon, expires_at=noon + timedelta(days=1))
    later = noon + timedelta(days=2)
    assert [settle_points(at=later, at_most=2) for _batch in range(3)] == [2, 1, 0]
    assert PointsEntry.objects.filter(kind="expired", points=-10).count() == 3
    check_ledger(members[0], at=later)


def test_what_becomes_available_pays_debt_without_anybody_asking(noon):
    member = MemberFactory()
    with movements(member=member, at=noon) as ledger:
        ledger.take_or_owe(points=30, why=Why(Kind.TAKEN_BACK, "refund"))
        lot = ledger.new_lot(source=PointsLot.Source.STAFF, available_at=noon + timedelta(days=1))
        ledger.add(lot=lot, points=40, why=Why(Kind.GIVEN, "gift"))
    assert settle_points(at=noon) == 0
    assert settle_points(at=noon + timedelta(days=1)) == 1
    assert standing(member, at=noon + timedelta(days=1)) == (10, 0)


def test_an_unused_coupon_that_expires_gives_its_points_back():
    program(point_value=Decimal("0.05"), coupon_days=5)
    member = MemberFactory()
    add_points(member=member, points=100, reason="x")
    redeem_points(member=member, points=100)
    assert withdraw_expired_coupons() == 0
    assert withdraw_expired_coupons(at=timezone.now() + timedelta(days=7)) == 1
    assert (Coupon.objects.get().withdrawn_at is None, standing(member)[0]) == (False, 0)
    assert member.points_balance(at=timezone.now() + timedelta(days=7)) == 100


def test_a_notice_for_each_day_on_which_points_expire_soon_until_they_are_spent(noon):
    program(notice_days=10)
    member = MemberFactory()
    for days, points in ((5, 10), (5, 7), (8, 1), (40, 100)):
        add_points(member=member, points=points, reason="x", at=noon, expires_at=noon + timedelta(days=days))
    assert (note_expiries(at=noon), note_expiries(at=noon)) == (2, 2)
    rows = PointsNotice.objects.values_list("expires_on", "points")
    assert list(rows) == [(date(2026, 3, 7), 17), (date(2026, 3, 10), 1)]
    add_points(member=member, points=-118, reason="voucher", at=noon)
    assert (note_expiries(at=noon), PointsNotice.objects.count()) == (0, 0)
