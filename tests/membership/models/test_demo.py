"""The one row that says how far the demo's days have been replayed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from membership.models import DemoReplay
from tests.factories import NOON

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("changes", [{"pk": 2}, {"replayed_until": NOON + timedelta(days=8)}])
def test_there_is_one_row_and_it_ends_at_its_end(changes) -> None:
    values = {"pk": 1, "replayed_until": NOON, "ends_at": NOON + timedelta(days=7), **changes}

    with pytest.raises(IntegrityError), transaction.atomic():
        DemoReplay.objects.create(**values)


def test_it_is_shown_by_its_minute() -> None:
    assert str(DemoReplay(replayed_until=NOON)) == "2026-03-02 12:00"
