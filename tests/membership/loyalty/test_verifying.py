"""Whether the ledger's parts agree."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from membership.loyalty.ledger import add_points
from membership.models import PointsLot
from tests.factories import MemberFactory

pytestmark = pytest.mark.django_db


def test_lots_that_were_tampered_with_are_named(capsys):
    entry = add_points(member=MemberFactory(), points=10, reason="x")
    call_command("verify_points")
    assert "1 lots and 1 entries agree" in capsys.readouterr().out
    PointsLot.objects.update(remaining=11)
    with pytest.raises(CommandError):
        call_command("verify_points")
    assert f"lot {entry.lot_id}: 11 left, entries add up to 10" in capsys.readouterr().out
