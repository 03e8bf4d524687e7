"""Block and allow lists after a merge: an entry about a merged member is about the one who is kept."""

from __future__ import annotations

from fraud.models import ListAction, ListEntry, ListKind
from membership.merges.relations import MergeFollower
from membership.merges.rows import change_row, restore_changed
from membership.models import Merge


def list_follower() -> MergeFollower:
    return MergeFollower(merged=_follow, undone=_return)


def _follow(merge: Merge) -> None:
    """The entry about the merged number names the kept one. Where both have an entry, a block counts.

    A block of an e-mail or phone that was given up becomes one of the member, who would not be met otherwise.
    """
    active = ListEntry.objects.active(at=merge.merged_at)
    members = active.filter(kind=ListKind.MEMBER)
    theirs = members.filter(value=merge.other.member_no).first() or _blocked_contact(merge)
    mine = members.filter(value=merge.kept.member_no).first()
    if theirs is None:
        return
    if mine is None:
        ListEntry.objects.filter(kind=ListKind.MEMBER, value=merge.kept.member_no).delete()  # expired
        change_row(merge=merge, row=theirs, kind=ListKind.MEMBER.value, value=merge.kept.member_no)
    elif mine.action == ListAction.ALLOW and theirs.action == ListAction.BLOCK:
        change_row(merge=merge, row=mine, action=ListAction.BLOCK.value, expires_at=theirs.expires_at)


def _blocked_contact(merge: Merge) -> ListEntry | None:
    blocks = ListEntry.objects.active(at=merge.merged_at).filter(action=ListAction.BLOCK)
    email = blocks.filter(kind=ListKind.EMAIL, value=merge.other.email or "").first()
    return email or blocks.filter(kind=ListKind.PHONE, value=merge.other.phone or "").first()


def _return(merge: Merge) -> None:
    restore_changed(merge=merge, model=ListEntry)
