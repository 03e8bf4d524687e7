"""Two members who are one person become one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from membership.members.figures import mark_dirty
from membership.members.profiling import refuses_profiling
from membership.members.refusals import follow_refusal
from membership.merges.checking import check_may_merge
from membership.merges.fields import CONTACTS, choices, columns_of, left_values, merged_values
from membership.merges.joining.consents import joined_consents, write_joined
from membership.merges.joining.lots import move_lots, newest_entry, settle
from membership.merges.joining.segments import leave_segments
from membership.merges.joining.tiers import take_tier
from membership.merges.relations import merge_followers, moving_relations
from membership.merges.rows import move_rows
from membership.models import Member, Merge, Order

UNDO_DAYS = 30


def merge_members(
    *,
    keep: Member,
    other: Member,
    who: str,
    choose: Mapping[str, str] | None = None,
    at: datetime | None = None,
) -> Merge:
    """Merge ``other`` into ``keep``: everything of both is one member's, and the other's number finds it.

    ``choose`` says by field whose value is taken, ``{"name": "other"}``; ``merges.fields.choices`` has the
    rules for the rest. All or nothing; raises Rejected on an unknown choice and Conflict where the two cannot
    be merged. Can be undone for 30 days (``undo_merge``).
    """
    at = at or timezone.now()
    with transaction.atomic():
        kept, gone = lock_members(keep, other)
        check_may_merge(keep=kept, other=gone)
        sides = choices(keep=kept, other=gone, choose=choose or {})
        consents = joined_consents(keep=kept, other=gone, sides=sides)
        after = {
            "kept": columns_of(kept) | merged_values(keep=kept, other=gone, sides=sides),
            "other": columns_of(gone) | left_values(keep=kept, other=gone, sides=sides),
        }
        merge = Merge.objects.create(
            kept=kept, other=gone, choices=sides, who=who[:150], merged_at=at,
            fields={"before": {"kept": columns_of(kept), "other": columns_of(gone)}, "after": after},
            newest_entry_id=newest_entry(member_ids=(kept.pk, gone.pk)),
            undoable_until=at + timedelta(days=UNDO_DAYS),
        )  # fmt: skip
        refused = refuses_profiling(member=kept)
        leave_segments(merge=merge, at=at)
        move_everything(merge=merge)
        write_joined(merge=merge, joined=consents, at=at)
        take_tier(merge=merge, side=sides["tier"], tier=str(after["kept"]["tier"]), at=at)
        write_members(merge=merge, values=after, at=at)
        settle(member_id=kept.pk, at=at)
        _let_follow(merge, refused=refused, at=at)
    return merge


def _let_follow(merge: Merge, *, refused: bool, at: datetime) -> None:
    """What apps keep of members besides rows that name them; figures and segments by their marks."""
    if not refused and refuses_profiling(member=merge.kept):
        follow_refusal(member_ids=[merge.kept_id], at=at)
    for follower in merge_followers().values():
        if follower.merged is not None:
            follower.merged(merge)
    mark_dirty(member_ids=[merge.kept_id, merge.other_id])


def lock_members(first: Member, second: Member) -> tuple[Member, Member]:
    """Both rows as they are, locked in the order of their ids.

    Their orders are locked before: whoever changes an order locks it first and its member then. New orders,
    events and points of either wait until the end of the transaction.
    """
    ids = (first.pk, second.pk)
    list(Order.objects.select_for_update().filter(member_id__in=ids).order_by("pk").values_list("pk"))
    rows = {row.pk: row for row in Member.objects.select_for_update().filter(pk__in=ids).order_by("pk")}
    return rows[first.pk], rows[second.pk]


def move_everything(*, merge: Merge) -> int:
    """All rows of the other member that move, of every app; how many."""
    moved = move_lots(merge=merge)
    return moved + sum(
        move_rows(merge=merge, model=model, field=field) for model, field in moving_relations()
    )


def write_members(*, merge: Merge, values: Mapping[str, Mapping[str, object]], at: datetime) -> None:
    """Write the columns of both: unique ones are given up by both before either takes them."""
    both = Member.objects.filter(pk__in=(merge.kept_id, merge.other_id))
    both.update(**dict.fromkeys((*CONTACTS, "user_id")))
    for side, pk in (("kept", merge.kept_id), ("other", merge.other_id)):
        Member.objects.filter(pk=pk).update(**values[side], updated_at=at)
    merge.kept.refresh_from_db()
    merge.other.refresh_from_db()
