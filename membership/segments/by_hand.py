"""Segments kept by staff: create, rename, delete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from learning.json_types import JsonMapping
from membership.errors import Conflict, FieldError, Rejected
from membership.models import Segment
from membership.rules.names.uses import refuse_used, replace_everywhere
from membership.rules.nodes import Ref

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def create_segment(*, draft: JsonMapping) -> Segment:
    """A new, empty segment kept by hand. Raises Conflict on a taken key."""
    return new_segment(draft=draft, kind=Segment.Kind.MANUAL)


def new_segment(*, draft: JsonMapping, kind: Segment.Kind) -> Segment:
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


def update_segment(*, segment: Segment, changes: JsonMapping) -> Segment:
    """Rename or describe a segment kept by hand or by a rule. Raises Conflict for a model's."""
    refuse_model(segment)
    for name in ("name", "description"):
        if name in changes:
            setattr(segment, name, changes[name])
    segment.save(update_fields=("name", "description", "updated_at"))
    return segment


def delete_segment(*, segment: Segment, replacement: Segment | None = None, user: User | None = None) -> None:
    """Delete a segment kept by hand or by a rule, with its history.

    Rules that refer to it refer to ``replacement`` from then on. Raises Conflict for a model's, where a rule
    refers to it and nothing takes its place, and where a rule would then refer to itself.
    """
    refuse_model(segment)
    with transaction.atomic():
        if replacement is not None:
            replace_everywhere(old=_ref(segment), new=_ref(replacement), user=user)
        refuse_used(_ref(segment))
        segment.delete()


def _ref(segment: Segment) -> Ref:
    return Ref("segment", segment.pk)


def refuse_model(segment: Segment) -> None:
    if segment.kind == Segment.Kind.MODEL:
        raise Conflict(_("Segment %s is kept by a model.") % segment.name)
