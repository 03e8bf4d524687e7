"""The rules that segments have now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Max

from membership.models import Segment, SegmentUse, SegmentVersion
from membership.rules.json_form import from_json, to_json
from membership.rules.names.uses import note_uses
from membership.rules.nodes import Node

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def current_rule(segment: Segment) -> Node | None:
    """The rule of ``segment``; None where members are not chosen by one."""
    form = current_form(segment)
    return from_json(form) if form is not None else None


def current_form(segment: Segment) -> object:
    """The rule of ``segment`` as it is stored; None where members are not chosen by one."""
    if segment.kind != Segment.Kind.DYNAMIC:
        return None
    versions = segment.versions.all()  # newest first; prefetched in lists
    return versions[0].rule if versions else None


def add_version(*, segment: Segment, rule: Node, user: User | None = None) -> SegmentVersion:
    """Make a checked rule the newest of ``segment``, and note what it names."""
    with transaction.atomic():
        newest = segment.versions.aggregate(newest=Max("number"))["newest"] or 0
        note_uses(rows=segment.uses, rule=rule)
        return SegmentVersion.objects.create(
            segment=segment, number=newest + 1, rule=to_json(rule), created_by=user
        )


def references() -> dict[int, set[int]]:
    """Id of a segment → ids of the segments that its rule refers to."""
    uses = SegmentUse.objects.filter(used_segment__isnull=False).order_by()
    references: dict[int, set[int]] = {}
    for segment_id, named in uses.values_list("segment_id", "used_segment_id"):
        references.setdefault(segment_id, set()).add(named)
    return references


def reached_from(segment_id: int) -> set[int]:
    """The segment and all that its rule refers to, and theirs; ids."""
    refers_to = references()
    reached, waiting = set[int](), [segment_id]
    while waiting:
        current = waiting.pop()
        if current not in reached:
            reached.add(current)
            waiting.extend(refers_to.get(current, ()))
    return reached


def users_of(segment: Segment) -> list[Segment]:
    """The segments whose rules refer to ``segment``, by key."""
    return list(Segment.objects.filter(uses__used_segment=segment).order_by("key").distinct())


def dependent_last() -> Sequence[Segment]:
    """All segments kept by a rule, each after those that its rule refers to."""
    ruled = Segment.objects.filter(kind=Segment.Kind.DYNAMIC, versions__isnull=False).distinct()
    segments = {segment.pk: segment for segment in ruled.order_by("key")}
    refers_to = references()
    ordered: dict[int, Segment] = {}

    def add(pk: int, above: frozenset[int]) -> None:
        if pk in ordered or pk not in segments or pk in above:
            return
        for other in sorted(refers_to.get(pk, ())):
            add(other, above | {pk})
        ordered[pk] = segments[pk]

    for pk in segments:
        add(pk, frozenset())
    return list(ordered.values())
