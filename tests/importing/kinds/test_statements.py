from __future__ import annotations

from datetime import timedelta

import pytest

from importing.kinds.statements import save_consents, save_points
from membership.models import Consent, PointsEntry
from tests.factories import NOON, MemberFactory

pytestmark = pytest.mark.django_db


def test_a_consent_is_noted_only_where_it_changes():
    member = MemberFactory.create()
    for day, granted in enumerate((False, True, True, False)):
        save_consents({member.pk: {"email": granted}}, now=NOON + timedelta(days=day))
    entries = Consent.objects.filter(member=member).order_by("occurred_at")
    assert list(entries.values_list("granted", "source")) == [(True, "import"), (False, "import")]


def test_points_become_the_balance_that_the_file_says():
    member = MemberFactory.create()
    PointsEntry.objects.create(member=member, points=30, reason="order", occurred_at=NOON)
    for _again in range(2):
        save_points({member.pk: 50}, now=NOON)
    assert list(PointsEntry.objects.order_by("id").values_list("points", flat=True)) == [30, 20]


def test_points_that_have_expired_do_not_count():
    member = MemberFactory.create()
    yesterday = NOON - timedelta(days=1)
    PointsEntry.objects.create(
        member=member, points=30, reason="order", occurred_at=NOON - timedelta(days=9), expires_at=yesterday
    )
    save_points({member.pk: 10}, now=NOON)
    assert PointsEntry.objects.latest("id").points == 10
