"""What the shop owes in points."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from membership.loyalty.expiring import settle_points
from membership.loyalty.ledger import Kind, Why, add_points, movements
from membership.loyalty.liability import breakage_shares, liability
from membership.models import PointsLot
from tests.factories import MemberFactory
from tests.membership.loyalty.shop import program

pytestmark = pytest.mark.django_db


def test_outstanding_points_are_worth_what_the_program_says(noon):
    program(point_value=Decimal("0.05"))
    first, second = MemberFactory.create_batch(2)
    add_points(member=first, points=100, reason="x", at=noon)
    with movements(member=second, at=noon) as ledger:
        ledger.take_or_owe(points=7, why=Why(Kind.TAKEN_BACK, "refund"))
        lot = ledger.new_lot(source=PointsLot.Source.STAFF, available_at=noon + timedelta(days=1))
        ledger.add(lot=lot, points=40, why=Why(Kind.GIVEN, "gift"))
    report = liability(at=noon)
    assert (report.available, report.pending, report.outstanding, report.debt) == (100, 40, 140, 7)
    assert (report.members, report.worth, report.breakage) == (2, Decimal(7), None)
    assert report.expected_worth is None


def test_breakage_is_the_share_that_expired_of_what_was_left_so_many_days_before(noon):
    """Of 100 points each, half are spent 50 days before the end, a tenth of the rest 10 days before it."""
    ends = noon + timedelta(days=300)
    for member in MemberFactory.create_batch(20):
        add_points(member=member, points=100, reason="x", at=noon, expires_at=ends)
        add_points(member=member, points=-50, reason="v", at=ends - timedelta(days=50))
        add_points(member=member, points=-5, reason="v", at=ends - timedelta(days=10))
    assert breakage_shares(at=ends - timedelta(days=1)) == {}
    settle_points(at=ends)
    shares = breakage_shares(at=ends)
    assert (shares[30], shares[90], shares[180]) == (0.9, 0.45, 0.45)
    assert 365 not in shares  # no lot lived that long
    fresh = MemberFactory()
    for days, points in ((20, 100), (60, 100), (200, 100), (None, 500)):
        expires_at = ends + timedelta(days=days) if days else None
        add_points(member=fresh, points=points, reason="x", at=ends, expires_at=expires_at)
    assert liability(at=ends).breakage == 90 + 45 + 45
