"""Traces hold earlier values of members: they are deleted when their import can no longer be undone."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from importing.undoing.requesting import WITHIN
from membership.models import ImportReport, ImportTrace, ImportUndo


def forget_traces(*, now: datetime | None = None) -> int:
    """The number of traces deleted. An undo under way keeps its own, whenever it began."""
    now = now or timezone.now()
    unfinished = ImportUndo.objects.unfinished().values("of_import")
    over = ImportReport.objects.filter(finished_at__lt=now - WITHIN) | ImportReport.objects.filter(
        undo__status=ImportUndo.Status.SUCCEEDED
    )
    traces = ImportTrace.objects.filter(report__in=over.values("pk")).exclude(report__in=unfinished)
    deleted, _by_table = traces.delete()
    return deleted
