"""The tier of the member who is kept, with what holds it."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext_noop

from membership.merges.fields import Side
from membership.merges.rows import change_row, note_made
from membership.models import Member, Merge, TierHistory, TierStanding

SOURCE = gettext_noop("merge")


def take_tier(*, merge: Merge, side: Side, tier: str, at: datetime) -> None:
    """The hold goes with the tier that was taken, and the joined history says so. Call after it moved."""
    if side == "other":
        _take_standing(merge, TierStanding.objects.filter(member_id=merge.other_id).first())
    newest = TierHistory.objects.filter(member_id=merge.kept_id).first()
    said = newest.tier if newest is not None else (tier if side == "this" else None)
    if said == tier:
        return
    standing = TierStanding.objects.filter(member_id=merge.kept_id).first()
    row = TierHistory.objects.create(
        member_id=merge.kept_id, tier=tier, source=SOURCE,
        changed_at=max(at, newest.changed_at) if newest else at,
        held_until=standing.held_until if standing else None,
    )  # fmt: skip
    note_made(merge=merge, row=row)


def _take_standing(merge: Merge, theirs: TierStanding | None) -> None:
    mine = TierStanding.objects.filter(member_id=merge.kept_id).first()
    taken = theirs or TierStanding()
    values = {
        "held_until": taken.held_until, "reason": taken.reason, "by": taken.by,
        "below_since": taken.below_since,
    }  # fmt: skip
    if mine is not None:
        change_row(merge=merge, row=mine, **values)
    elif theirs is not None:
        note_made(merge=merge, row=TierStanding.objects.create(member_id=merge.kept_id, **values))


def tier_changed_since(*, merge: Merge, kept: Member) -> bool:
    """Whether somebody gave the member who was kept another tier after the merge."""
    return bool(kept.tier != merge.fields["after"]["kept"]["tier"])
