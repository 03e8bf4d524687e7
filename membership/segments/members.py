"""Who is in a segment by hand: all its members, or decisions on top of the rule that keeps it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from pyroaring import BitMap

from membership.errors import FieldError, Rejected
from membership.members.lookups import find_members
from membership.models import Member, Segment, SegmentMembership, SegmentOverride
from membership.segments.bitmaps import members_now
from membership.segments.by_hand import refuse_model
from membership.segments.by_rule import refresh
from membership.segments.stays import set_members

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def change_members(
    *,
    segment: Segment,
    add: Iterable[str] = (),
    remove: Iterable[str] = (),
    release: Iterable[str] = (),
    user: User | None = None,
) -> tuple[int, int]:
    """Put members in and take members out, each named by id or number; (entered, left).

    In a segment kept by a rule these are decisions on top of the rule, which stand until the member is
    named in ``release``: then the rule alone decides again. All or nothing: raises Rejected when a member is
    unknown or named twice, Conflict for a model's segment.
    """
    refuse_model(segment)
    named = {
        "add": _named("add", add),
        "remove": _named("remove", remove),
        "release": _named("release", release),
    }
    _refuse_twice(named)
    with transaction.atomic():
        Segment.objects.select_for_update().get(pk=segment.pk)
        if segment.kind == Segment.Kind.DYNAMIC:
            return _decide(segment, named, user=user)
        moved = set_members(
            segment=segment,
            member_ids=(members_now(segment=segment) | BitMap(named["add"])) - BitMap(named["remove"]),
            source=SegmentMembership.Source.MANUAL,
            at=timezone.now(),
        )
        if moved != (0, 0):  # rules that refer to this segment look again
            Segment.objects.filter(pk=segment.pk).update(due_at=timezone.now())
    return moved


def _decide(segment: Segment, named: Mapping[str, set[int]], *, user: User | None) -> tuple[int, int]:
    """Store the decisions and evaluate the rule again for these members."""
    everyone = set().union(*named.values())
    SegmentOverride.objects.filter(segment=segment, member_id__in=everyone).delete()
    decisions = {"add": SegmentOverride.Decision.IN, "remove": SegmentOverride.Decision.OUT}
    SegmentOverride.objects.bulk_create(
        SegmentOverride(segment=segment, member_id=member_id, decision=decision, decided_by=user)
        for name, decision in decisions.items()
        for member_id in sorted(named[name])
    )
    return refresh(segment=segment, among=sorted(everyone))


def _refuse_twice(named: Mapping[str, set[int]]) -> None:
    if sum(len(ids) for ids in named.values()) != len(set().union(*named.values())):
        message = _("A member can be added, removed or released, not two of these at once.")
        raise Rejected(message)


def _named(field: str, names: Iterable[str]) -> set[int]:
    wanted = list(names)
    by_name: Mapping[str, Member] = find_members(wanted)
    errors = [
        FieldError(f"{field}.{position}", _("There is no member %s.") % name)
        for position, name in enumerate(wanted)
        if name not in by_name
    ]
    if errors:
        raise Rejected(errors[0].message, errors=errors)
    return {member.pk for member in by_name.values()}
