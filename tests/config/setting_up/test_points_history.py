"""Points that moved elsewhere before."""

from __future__ import annotations

from datetime import timedelta

import pytest

from config.setting_up.points_history import load_history
from membership.loyalty.ledger import add_points
from membership.models import PointsLot
from tests.factories import MemberFactory
from tests.membership.loyalty.shop import check_ledger, standing

pytestmark = pytest.mark.django_db


def test_debits_take_what_expires_first_and_what_has_expired_is_posted(noon):
    member, day = MemberFactory(), timedelta(days=1)
    rows = [
        (member.pk, 100, "a", noon, noon + 9 * day),
        (member.pk, 100, "b", noon, noon + 2 * day),
        (member.pk, 30, "c", noon, noon + 9 * day),
        (member.pk, -60, "v", noon + day, None),
        (member.pk, -110, "v", noon + 3 * day, None),
    ]
    assert load_history(rows=rows, at=noon + 4 * day) == 7
    assert sorted(PointsLot.objects.values_list("remaining", flat=True)) == [0, 0, 20]
    assert standing(member, at=noon + 4 * day) == (20, 0)
    check_ledger(member, at=noon + 4 * day)
    add_points(member=member, points=-20, reason="v", at=noon + 4 * day)
    assert standing(member, at=noon + 20 * day) == (0, 0)


def test_more_than_there_was_cannot_be_spent(noon):
    with pytest.raises(ValueError, match="5 points more"):
        load_history(rows=[(MemberFactory().pk, -5, "v", noon, None)])
