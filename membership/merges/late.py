"""Rows that arrive for a member while it is merged, or right after: they follow too.

Whoever looked the member up before a merge, and writes after it, still names the merged one. Imports take
minutes, an order a moment.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from membership.members.figures import mark_dirty
from membership.merges.merging import lock_members, move_everything
from membership.merges.relations import moving_relations
from membership.models import Merge, PointsLot

LOOKED_AFTER = timedelta(days=1)


def move_late_rows(*, at: datetime | None = None) -> int:
    """Move what came for members merged within the last day; the number of rows."""
    recent = Merge.objects.in_force().filter(merged_at__gte=(at or timezone.now()) - LOOKED_AFTER)
    named: set[int] = set()
    tables: list[tuple[type[Model], str]] = [*moving_relations(), (PointsLot, "member")]
    for model, field in tables:
        rows = model._base_manager.filter(**{f"{field}__in": recent.values("other_id")})
        named |= set(rows.order_by().values_list(f"{field}_id", flat=True).distinct())
    moved = 0
    for merge in recent.select_related("kept", "other").order_by("pk") if named else ():
        if merge.other_id in named:
            moved += _move(merge)
            named.add(merge.kept_id)  # who may have been merged further
    return moved


def _move(merge: Merge) -> int:
    with transaction.atomic():
        lock_members(merge.kept, merge.other)
        if not Merge.objects.in_force().filter(pk=merge.pk).exists():  # undone meanwhile
            return 0
        moved = move_everything(merge=merge)
        if moved:
            mark_dirty(member_ids=[merge.kept_id])
    return moved
