"""Lists about a merged member are about the one who is kept."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fraud.models import ListAction, ListEntry, ListKind
from fraud.services.policies.lists import values_of
from membership.merges.undoing import undo_merge
from tests.factories import NOON, OrderFactory
from tests.membership.merges.people import merge, pair

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(days=1)


def entry(value: str, *, action: str = "block", kind: str = "member", **values: object) -> ListEntry:
    return ListEntry.objects.create(action=action, kind=kind, value=value, **values)


def entries() -> list[tuple[str, str, str]]:
    return list(ListEntry.objects.order_by("pk").values_list("action", "kind", "value"))


def test_a_block_of_the_merged_number_meets_the_kept_member_and_is_as_before_after_an_undo():
    keep, other = pair()
    entry("OTHER")
    made = merge(keep, other)
    assert ("member", "KEEP") in values_of(OrderFactory.create(member=keep))
    assert entries() == [("block", "member", "KEEP")]
    undo_merge(merge=made, who="boss", at=LATER)
    assert entries() == [("block", "member", "OTHER")]


@pytest.mark.parametrize(("mine", "theirs"), [("allow", "block"), ("block", "allow"), ("block", "block")])
def test_of_two_entries_a_block_counts(mine, theirs):
    keep, other = pair()
    entry("KEEP", action=mine)
    entry("OTHER", action=theirs)
    before = entries()
    made = merge(keep, other)
    assert ListEntry.objects.get(value="KEEP").action == ListAction.BLOCK
    undo_merge(merge=made, who="boss", at=LATER)
    assert entries() == before


def test_a_blocked_address_that_is_given_up_blocks_the_member():
    keep, other = pair()
    entry("lee@example.com", kind="email")
    merge(keep, other)
    assert entries() == [("block", ListKind.MEMBER, "KEEP")]


def test_an_expired_entry_blocks_nobody():
    keep, other = pair()
    entry("OTHER", expires_at=NOON - timedelta(days=1))
    merge(keep, other)
    assert entries() == [("block", "member", "OTHER")]
