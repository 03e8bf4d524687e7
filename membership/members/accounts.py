"""What staff may do to a member. Each returns whether anything changed, so that repeating is harmless.

All raise Conflict for a member who was merged away or erased.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from membership.errors import Conflict, rejected
from membership.members.figures import mark_dirty
from membership.members.tags import find_tag
from membership.models import Member, Tag, TierHistory, TierStanding
from membership.models.members import Tier


def _locked(member: Member) -> Member:
    row = Member.objects.select_for_update().get(pk=member.pk)
    if row.status in (Member.Status.MERGED, Member.Status.ERASED):
        raise Conflict(
            _("%(member)s is %(status)s and can no longer be changed.")
            % {"member": row, "status": str(row.get_status_display()).lower()}
        )
    return row


def set_frozen(*, member: Member, frozen: bool) -> bool:
    """Freeze the account, or make it active again."""
    wanted = Member.Status.FROZEN if frozen else Member.Status.ACTIVE
    with transaction.atomic():
        row = _locked(member)
        if row.status == wanted:
            return False
        row.status = wanted
        row.save(update_fields=("status", "updated_at"))
        mark_dirty(member_ids=[row.pk])
    return True


def change_tier(
    *, member: Member, tier: str, source: str, reason: str = "", held_until: datetime | None = None
) -> bool:
    """Set the tier and record since when, why and by whom; until ``held_until`` no tier rule changes it.

    Raises Rejected on an unknown tier or an end that has passed.
    """
    if tier not in Tier.values:
        known = ", ".join(Tier.values)
        message = _("“%(tier)s” is not a tier; known: %(known)s.")
        raise rejected("tier", message % {"tier": tier, "known": known})
    if held_until is not None and held_until <= timezone.now():
        raise rejected("held_until", _("This must lie in the future."))
    with transaction.atomic():
        row = _locked(member)
        if row.tier == tier and held_until is None:
            return False
        row.tier = tier
        row.save(update_fields=("tier", "updated_at"))
        TierHistory.objects.create(
            member=row, tier=tier, source=source, reason=reason[:80], held_until=held_until
        )
        standing = {"held_until": held_until, "reason": reason[:80], "by": source, "below_since": None}
        if held_until is not None:
            TierStanding.objects.update_or_create(member=row, defaults=standing)
        else:
            TierStanding.objects.filter(member=row).update(**standing)
        mark_dirty(member_ids=[row.pk])
    return True


def add_tag(*, member: Member, name: str) -> bool:
    """Put a tag on the member, made when it is new. Raises Rejected on an empty or endless name."""
    name = " ".join(name.split())
    longest = Tag._meta.get_field("name").max_length or 0
    if not name or len(name) > longest:
        raise rejected("name", _("A tag has 1 to %(longest)d characters.") % {"longest": longest})
    with transaction.atomic():
        row = _locked(member)
        tag = find_tag(name=name) or Tag.objects.create(name=name)
        if row.tags.filter(pk=tag.pk).exists():
            return False
        row.tags.add(tag)
        mark_dirty(member_ids=[row.pk])
    return True


def remove_tag(*, member: Member, tag_id: int) -> bool:
    """Take a tag off the member."""
    with transaction.atomic():
        row = _locked(member)
        if not row.tags.filter(pk=tag_id).exists():
            return False
        row.tags.remove(tag_id)
        mark_dirty(member_ids=[row.pk])
    return True
