"""One member becomes two again, each as it was."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from membership.members.figures import mark_dirty
from membership.members.refusals import follow_refusal
from membership.merges.checking import check_contacts_free, check_may_undo
from membership.merges.fields import CONTACTS, columns_of
from membership.merges.joining.consents import copy_later_withdrawals
from membership.merges.joining.parting import part_points
from membership.merges.joining.segments import return_to_segments
from membership.merges.joining.tiers import tier_changed_since
from membership.merges.merging import lock_members, write_members
from membership.merges.relations import merge_followers, moving_relations
from membership.merges.rows import as_stored, remove_made, restore_changed, return_rows
from membership.models import Consent, Member, Merge, PointsEntry, TierHistory, TierStanding


def undo_merge(*, merge: Merge, who: str, at: datetime | None = None) -> Merge:
    """Give both members back what they were and had.

    What came since stays with the member who was kept, and so does a value that was changed since. A consent
    withdrawn since is withdrawn for both. All or nothing; raises Conflict with the reason why not.
    """
    at = at or timezone.now()
    with transaction.atomic():
        kept, other = lock_members(merge.kept, merge.other)
        merge = Merge.objects.select_for_update().get(pk=merge.pk)
        check_may_undo(merge=merge, kept=kept, other=other, at=at)
        check_contacts_free(merge=merge, kept=kept, other=other)
        merge.kept, merge.other = kept, other
        part_points(merge=merge, at=at)
        for model, field in moving_relations():
            if model is not PointsEntry:  # parted already
                return_rows(merge=merge, model=model, field=field)
        return_to_segments(merge=merge, at=at)
        for written in (Consent, TierHistory):
            remove_made(merge=merge, model=written)
        if not tier_changed_since(merge=merge, kept=kept):
            remove_made(merge=merge, model=TierStanding)
            restore_changed(merge=merge, model=TierStanding)
        write_members(merge=merge, values=_values_again(merge), at=at)
        if copy_later_withdrawals(merge=merge):
            follow_refusal(member_ids=[other.pk], at=at)
        merge.undone_at, merge.undone_by = at, who[:150]
        merge.save(update_fields=("undone_at", "undone_by"))
        for follower in merge_followers().values():
            if follower.undone is not None:
                follower.undone(merge)
        mark_dirty(member_ids=[kept.pk, other.pk])
    return merge


def _values_again(merge: Merge) -> dict[str, dict[str, Any]]:
    """The columns of both from before the merge, but for what was changed of the one who was kept since."""
    before = {side: as_stored(Member, merge.fields["before"][side]) for side in ("kept", "other")}
    after = as_stored(Member, merge.fields["after"]["kept"])
    return {"kept": _unless_changed(columns_of(merge.kept), before, after), "other": before["other"]}


def _unless_changed(
    now: Mapping[str, Any], before: Mapping[str, Mapping[str, Any]], after: Mapping[str, Any]
) -> dict[str, Any]:
    values = {}
    for name, value in now.items():
        theirs = name in (*CONTACTS, "user_id") and value is not None and value == before["other"][name]
        values[name] = before["kept"][name] if theirs or value == after[name] else value
    return values
