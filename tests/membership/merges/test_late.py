"""Rows that come for a member after it was merged follow within the minute."""

from __future__ import annotations

from datetime import timedelta

import pytest

from membership.merges.late import move_late_rows
from membership.merges.undoing import undo_merge
from membership.models import MemberFeatures
from tests.factories import NOON, EventFactory, MemberFactory, OrderItemFactory
from tests.membership.merges.people import merge, pair

pytestmark = pytest.mark.django_db
SOON = NOON + timedelta(minutes=1)


def test_an_order_that_named_the_merged_member_follows_and_goes_back_with_an_undo():
    keep, other = pair()
    made = merge(keep, other)
    item = OrderItemFactory.create(order__member=other)
    MemberFeatures.objects.update(dirty_at=None)
    assert move_late_rows(at=SOON) == 2
    item.refresh_from_db()
    assert (item.member, item.order.member) == (keep, keep)
    assert MemberFeatures.objects.filter(member=keep, dirty_at__isnull=False).exists()
    assert move_late_rows(at=SOON) == 0
    undo_merge(merge=made, who="boss", at=SOON)
    item.refresh_from_db()
    assert item.member == other


def test_rows_follow_a_chain():
    keep, other = pair()
    last = MemberFactory.create()
    merge(keep, other)
    merge(last, keep)
    event = EventFactory.create(member=other)
    move_late_rows(at=SOON)
    event.refresh_from_db()
    assert event.member == last


def test_an_undone_merge_and_an_old_one_are_left_alone():
    keep, other = pair()
    undo_merge(merge=merge(keep, other), who="boss", at=SOON)
    EventFactory.create(member=other)
    assert move_late_rows(at=SOON) == 0
    merge(keep, other)
    EventFactory.create(member=other)
    assert move_late_rows(at=NOON + timedelta(days=2)) == 0


def test_nothing_to_move_costs_the_same_however_many_merges(django_assert_num_queries):
    from membership.merges.relations import moving_relations

    keep, other = pair()
    merge(keep, other)
    for _number in range(4):
        merge(keep, MemberFactory.create())
    with django_assert_num_queries(len(moving_relations()) + 1):
        move_late_rows(at=SOON)
