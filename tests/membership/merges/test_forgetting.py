"""Former values are forgotten when a merge can no longer be undone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from membership.errors import Conflict
from membership.merges.forgetting import forget_old_merges
from membership.merges.undoing import undo_merge
from membership.models import MergedRow
from tests.factories import NOON, MemberFactory, OrderFactory
from tests.membership.merges.people import merge, pair

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(days=31)


def test_an_old_merge_keeps_who_and_when_and_a_new_one_all():
    keep, other = pair()
    OrderFactory.create(member=other)
    old = merge(keep, other)
    new = merge(keep, MemberFactory.create(), at=LATER - timedelta(days=2))
    assert forget_old_merges(at=LATER) == 1
    assert forget_old_merges(at=LATER) == 0
    old.refresh_from_db()
    new.refresh_from_db()
    assert (old.fields, old.who, new.fields != {}) == ({}, "boss", True)
    assert not MergedRow.objects.filter(merge=old).exists()
    with pytest.raises(Conflict, match="within 30 days"):
        undo_merge(merge=old, who="boss", at=LATER)
