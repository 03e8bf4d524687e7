"""What stands against a merge, or against undoing one; each with one clear sentence."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from membership.errors import Conflict
from membership.members.lookups import WALK_IN_NUMBER
from membership.merges.fields import CONTACTS
from membership.models import Member, Merge

Status = Member.Status


def check_may_merge(*, keep: Member, other: Member) -> None:
    """Raises Conflict where the two cannot be made one. Both rows as they are now."""
    if keep.pk == other.pk:
        raise Conflict(_("%(number)s is this member already.") % {"number": keep.member_no})
    for member in (keep, other):
        if member.status == Status.ERASED:
            raise Conflict(
                _("Member %(number)s is erased and cannot be merged.") % {"number": member.member_no}
            )
        if member.status == Status.MERGED:
            target = member.merged_into.member_no if member.merged_into else ""
            message = _("Member %(number)s is merged into %(target)s already.")
            raise Conflict(message % {"number": member.member_no, "target": target})
        if member.member_no == WALK_IN_NUMBER:
            message = _("Member %(number)s stands for all buyers without a name and cannot be merged.")
            raise Conflict(message % {"number": member.member_no})


def check_may_undo(*, merge: Merge, kept: Member, other: Member, at: datetime) -> None:
    """Raises Conflict where the merge cannot be undone. All rows as they are now."""
    names = {"kept": kept.member_no, "other": other.member_no}
    if merge.undone_at is not None:
        raise Conflict(_("The merge of %(other)s into %(kept)s has been undone already.") % names)
    if at > merge.undoable_until:
        raise Conflict(_("A merge can be undone within 30 days; these are over."))
    for member in (kept, other):
        if member.status == Status.ERASED:
            message = _("Member %(number)s has been erased since; the merge cannot be undone.")
            raise Conflict(message % {"number": member.member_no})
    if kept.status == Status.MERGED:
        target = kept.merged_into.member_no if kept.merged_into else ""
        message = _("%(kept)s has been merged into %(target)s since: undo that first.")
        raise Conflict(message % {**names, "target": target})


def check_contacts_free(*, merge: Merge, kept: Member, other: Member) -> None:
    """Raises Conflict where somebody else has an e-mail or phone now that one of both had before."""
    for column in CONTACTS:
        values = {merge.fields["before"][side][column] for side in ("kept", "other")} - {None, ""}
        owner = Member.objects.filter(**{f"{column}__in": values}).exclude(pk__in=(kept.pk, other.pk)).first()
        if owner is not None:
            message = _("Member %(number)s has %(value)s now: change that first.")
            raise Conflict(message % {"number": owner.member_no, "value": getattr(owner, column)})
