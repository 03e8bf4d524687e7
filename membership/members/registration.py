"""New members, and changes to what is known of them. Values are clean already (``cleaning.values``)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from learning.json_types import JsonMapping
from membership.errors import Conflict, FieldError
from membership.members.accounts import change_tier, set_frozen
from membership.members.figures import mark_dirty
from membership.members.tags import find_tag
from membership.models import Member, Tag, TierHistory

UNIQUE_FIELDS = ("member_no", "email", "phone")
PLAIN_FIELDS = ("name", "email", "phone", "birth_date", "country", "language", "joined_at")


def register_member(*, draft: JsonMapping, source: str) -> Member:
    """A new member with tier history and tags. Raises Conflict when number, e-mail or phone is taken."""
    member = Member(member_no=draft["member_no"])
    member.tier = draft.get("tier") or member.tier
    _assign(member, draft)
    try:
        with transaction.atomic():
            member.save(force_insert=True)
            TierHistory.objects.create(
                member=member, tier=member.tier, source=source, changed_at=member.joined_at or timezone.now()
            )
            _set_tags(member, draft.get("tags", ()))
            mark_dirty(member_ids=[member.pk])
    except IntegrityError:
        raise _taken(member) from None
    return member


def update_member(*, member: Member, changes: JsonMapping, source: str) -> Member:
    """Change some fields of ``member``; tier and status go the way they go in the admin. Raises Conflict."""
    try:
        with transaction.atomic():
            row = Member.objects.select_for_update().get(pk=member.pk)
            if "status" in changes:
                set_frozen(member=row, frozen=changes["status"] == Member.Status.FROZEN)
            if "tier" in changes:
                change_tier(member=row, tier=changes["tier"], source=source)
            row.refresh_from_db()
            _assign(row, changes)
            _take_back_contacts(row)
            row.save()
            if "tags" in changes:
                _set_tags(row, changes["tags"])
            mark_dirty(member_ids=[row.pk])
    except IntegrityError:
        raise _taken(row) from None
    return row


def _assign(member: Member, values: Mapping[str, object]) -> None:
    for name in PLAIN_FIELDS:
        if name in values:
            value = values[name]
            setattr(member, name, (value or None) if name in ("email", "phone") else value)


def _take_back_contacts(member: Member) -> None:
    """A contact that the member gave up in a merge, and has again, leaves the merged row that keeps it."""
    merged = Member.objects.filter(status=Member.Status.MERGED)
    for name in ("email", "phone"):
        value = getattr(member, name)
        for row in merged.filter(**{name: value}) if value else ():
            if row.after_merges() == member:
                merged.filter(pk=row.pk).update(**{name: None})


def _set_tags(member: Member, names: Iterable[str]) -> None:
    wanted = []
    for name in names:
        wanted.append(find_tag(name=name) or Tag.objects.create(name=name))
    member.tags.set(wanted)


def _taken(member: Member) -> Conflict:
    """Which of the unique fields another member holds already."""
    errors = []
    for name in UNIQUE_FIELDS:
        value = getattr(member, name)
        if value and Member.objects.exclude(pk=member.pk).filter(Q(**{name: value})).exists():
            errors.append(FieldError(name, _("Another member has this already.")))
    message = _("Another member has the same %s.") % ", ".join(error.field for error in errors)
    return Conflict(message, errors=errors)
