"""The demo's points and rules."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.utils import timezone

from config.setting_up.loyalty import is_loaded, load_loyalty
from membership.loyalty.verifying import differences
from membership.models import EarningRule, LoyaltyProgram, TierRule
from tests.factories import MemberFactory

pytestmark = pytest.mark.django_db


def test_the_demo_gets_lots_and_rules_that_reach_only_forward(tmp_path: Path) -> None:
    member = MemberFactory(member_no="M1")
    now = timezone.now()
    points = [(60, "Welcome", now - timedelta(days=20)), (-20, "Voucher", now - timedelta(days=2))]
    rows = [
        {"member_no": no, "points": some, "reason": why, "occurred_at": at, "expires_at": now + timedelta(9)}
        for no in ("M1", "M2")
        for some, why, at in points
    ]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "points.parquet")
    consent = {"purpose": "marketing", "channel": "email", "granted": True, "source": "sign-up"}
    pq.write_table(
        pa.Table.from_pylist([{"member_no": "M1", "occurred_at": now, **consent}]),
        tmp_path / "consents.parquet",
    )
    assert load_loyalty(directory=tmp_path) == 3
    assert (is_loaded(), member.points_balance(), differences().lines) == (True, 40, [])
    assert LoyaltyProgram.current().point_value > 0
    assert not EarningRule.objects.in_force(now - timedelta(minutes=1)).exists()
    assert (EarningRule.objects.count(), TierRule.objects.count()) == (5, 3)
