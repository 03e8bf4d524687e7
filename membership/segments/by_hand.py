"""Segments kept by staff: create, rename, delete."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from membership.errors import Conflict, FieldError, Rejected
from membership.models import Segment
from membership.rules.stored import users_of


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
    refuse_model(segment)
    for name in ("name", "description"):
        if name in changes:
            setattr(segment, name, changes[name])
    segment.save(update_fields=("name", "description", "updated_at"))
    return segment


def delete_segment(*, segment: Segment) -> None:
    """Delete a segment kept by hand or by a rule, with its history.

    Raises Conflict for a model's, and where another segment's rule refers to it.
    """
    refuse_model(segment)
    with transaction.atomic():
        users = users_of(segment)
        if users:
            message = _("The rules of these segments refer to %(key)s; change them first: %(users)s.")
            raise Conflict(message % {"key": segment.key, "users": ", ".join(users)})
        segment.delete()


def refuse_model(segment: Segment) -> None:
    if segment.kind == Segment.Kind.MODEL:
        raise Conflict(_("Segment %s is kept by a model.") % segment.name)
