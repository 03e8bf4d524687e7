"""Segments that staff keep: make, rename, delete, and say who is in where it is done by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from membership.models import Member, Segment, SegmentMembership
from membership.rules.stored import users_of
from membership.services.errors import Conflict, FieldError, Rejected
from membership.services.lookups import find_members
from membership.services.segments import set_members


def create_segment(*, draft: Mapping[str, Any]) -> Segment:
    """A new, empty segment kept by hand. Raises Conflict on a taken key."""
    return new_segment(draft=draft, kind=Segment.Kind.MANUAL)


def new_segment(*, draft: Mapping[str, Any], kind: Segment.Kind) -> Segment:
    """A new, empty segment; its key is made from the name unless given. Raises Conflict on a taken key."""
    key = draft.get("key") or slugify(draft["name"])[:60]
    if not key:
        message = _("Give a key of letters, digits and hyphens: none can be made from this name.")
        raise Rejected(message, errors=[FieldError("key", message)])
    try:
        with transaction.atomic():
            return Segment.objects.create(
                key=key,
                name=draft["name"],
                description=draft.get("description", ""),
                kind=kind,
            )
    except IntegrityError:
        message = _("There is a segment %s already.") % key
        raise Conflict(message, errors=[FieldError("key", message)]) from None


def update_segment(*, segment: Segment, changes: Mapping[str, Any]) -> Segment:
    """Rename or describe a segment kept by hand or by a rule. Raises Conflict for a model's."""
    _refuse_model(segment)
    for name in ("name", "description"):
        if name in changes:
            setattr(segment, name, changes[name])
    segment.save(update_fields=("name", "description", "updated_at"))
    return segment


def delete_segment(*, segment: Segment) -> None:
    """Delete a segment kept by hand or by a rule, with its history.

    Raises Conflict for a model's, and where another segment's rule refers to it.
    """
    _refuse_model(segment)
    with transaction.atomic():
        users = users_of(segment)
        if users:
            message = _("The rules of these segments refer to %(key)s; change them first: %(users)s.")
            raise Conflict(message % {"key": segment.key, "users": ", ".join(users)})
        segment.delete()


def change_members(*, segment: Segment, add: Iterable[str], remove: Iterable[str]) -> tuple[int, int]:
    """Put members in and take members out, each named by id or number; (entered, left).

    All or nothing: raises Rejected when one of them is unknown, Conflict for a segment not kept by hand.
    """
    _refuse_automatic(segment)
    coming, going = _named("add", add), _named("remove", remove)
    with transaction.atomic():
        Segment.objects.select_for_update().get(pk=segment.pk)
        stays = SegmentMembership.objects.current().filter(segment=segment)
        inside = set(stays.values_list("member_id", flat=True))
        wanted = (inside | coming) - going
        return set_members(
            segment=segment,
            member_ids=wanted,
            source=SegmentMembership.Source.MANUAL,
            at=timezone.now(),
        )


def _named(field: str, names: Iterable[str]) -> set[int]:
    wanted = list(names)
    found: Mapping[str, Member] = find_members(wanted)
    errors = [
        FieldError(f"{field}.{position}", _("There is no member %s.") % name)
        for position, name in enumerate(wanted)
        if name not in found
    ]
    if errors:
        raise Rejected(errors[0].message, errors=errors)
    return {member.pk for member in found.values()}


def _refuse_model(segment: Segment) -> None:
    if segment.kind == Segment.Kind.MODEL:
        raise Conflict(_("Segment %s is kept by a model.") % segment.name)


def _refuse_automatic(segment: Segment) -> None:
    if segment.kind != Segment.Kind.MANUAL:
        raise Conflict(
            _("Segment %(name)s is kept by %(kind)s, not by hand.")
            % {"name": segment.name, "kind": segment.kind}
        )
