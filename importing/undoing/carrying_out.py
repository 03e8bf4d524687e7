"""Carrying an undo out: slice by slice, each with its position in one transaction; resumable."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from django.contrib.auth.models import User
from django.db import IntegrityError, OperationalError, transaction
from django.db.models import Sum
from django.utils import timezone

from importing.undoing.requesting import OTHERS_RUN, NotUndone, others_run, request_undo, why_not
from importing.undoing.state import Undoing
from importing.undoing.steps import Step, steps
from membership.models import ImportReport, ImportTrace, ImportUndo
from membership.models.transfers.import_undos import Changed
from registry.job_errors import UNEXPECTED, given_up
from registry.jobs import LeaseLost

logger = logging.getLogger(__name__)

SLICE = 500
"""Rows that one transaction takes back."""
TRIES = 3
PREVIEW_ROWS = 5_000
"""More are not tried out for the page that asks first."""

Progress = Callable[[float, str], None]
Items = Sequence[int] | Sequence[tuple[int, Changed]]


class _RolledBack(Exception):
    """Ends a trial's transaction."""


def undo_import(
    *,
    report: ImportReport,
    by: User | None = None,
    now: datetime | None = None,
    progress: Progress | None = None,
) -> ImportUndo:
    """Undo the import here and now. Raises NotUndone with the reason."""
    undo = request_undo(report=report, by=by, now=now)
    resume_undo(undo=undo, progress=progress)
    undo.refresh_from_db()
    if undo.status == ImportUndo.Status.FAILED:
        raise NotUndone(undo.error_text)
    return undo


def resume_undo(*, undo: ImportUndo, progress: Progress | None = None) -> None:
    """Begin or go on; quiet when the undo is finished or in other hands."""
    if not undo.claim():
        return
    if undo.attempts > undo.MAX_ATTEMPTS:
        undo.fail(given_up(attempts=undo.MAX_ATTEMPTS))
        return
    if not undo.place and others_run(undo.of_import):  # it began after the undo was asked for
        undo.fail(OTHERS_RUN)
        return
    try:
        with undo.heartbeat():
            _carry_out(undo, progress=progress)
    except LeaseLost:
        logger.warning("%s has passed to another worker", undo)
    except Exception:
        logger.exception("%s failed", undo)
        undo.fail(UNEXPECTED)


def preview_undo(*, report: ImportReport, now: datetime | None = None) -> ImportUndo | None:
    """What an undo would come to, tried out and rolled back; None for a large import. Raises NotUndone."""
    if reason := why_not(report, now=now):
        raise NotUndone(reason)
    size = report.traces.aggregate(made=Sum("made"), changed=Sum("changed"))
    if size["made"] + size["changed"] > PREVIEW_ROWS:
        return None
    trial = ImportUndo(of_import=report)
    undoing = Undoing(report=report, now=now or timezone.now())
    try:
        with transaction.atomic():
            for step, trace_id, items, _start in _slices(report, place=[]):
                undoing.start_slice(trace_id)
                step.run(undoing, items)
                for name, value in undoing.counts(trial).items():
                    setattr(trial, name, value)
            raise _RolledBack
    except _RolledBack:
        return trial


def _carry_out(undo: ImportUndo, *, progress: Progress | None) -> None:
    report = undo.of_import
    total = max(ImportTrace.objects.filter(report=report).count(), 1)
    undoing = Undoing(report=report, now=undo.started_at or timezone.now())
    seen: set[int] = set()
    for step, trace_id, items, start in _slices(report, place=undo.place):
        seen.add(trace_id)
        fraction = min(len(seen) / total, 1.0)
        place = (step.name, trace_id, start + len(items))
        _commit(undo, undoing=undoing, step=step, items=items, place=place, fraction=fraction)
        if progress is not None:
            progress(fraction, step.name)
    undo.succeed()


def _slices(report: ImportReport, *, place: Sequence[object]) -> Iterator[tuple[Step, int, Items, int]]:
    """(step, trace, items, how many of the trace's lie before) of what is left after ``place``."""
    name, at_trace, done = place or ("", 0, 0)
    wanted = steps()
    is_behind = name in {step.name for step in wanted}
    for step in wanted:
        if is_behind and step.name != name:
            continue
        traces = ImportTrace.objects.filter(report=report, table=step.table).order_by("-id")
        if is_behind:
            traces = traces.filter(pk__lte=at_trace)
        for trace in traces.iterator():
            items = step.items(trace.unpacked())
            first = int(str(done)) if is_behind and trace.pk == at_trace else 0
            for start in range(first, len(items), SLICE):
                yield step, trace.pk, items[start : start + SLICE], start
        is_behind = False


def _commit(
    undo: ImportUndo,
    *,
    undoing: Undoing,
    step: Step,
    items: Items,
    place: tuple[str, int, int],
    fraction: float,
) -> None:
    """One slice; once more when another writer was in the way."""
    for attempt in range(1, TRIES + 1):
        undoing.start_slice(place[1])
        try:
            with undo.holding():
                step.run(undoing, items)
                changes = {
                    **undoing.counts(undo), "place": list(place), "progress": fraction, "message": step.name
                }  # fmt: skip
                ImportUndo.objects.filter(pk=undo.pk).update(**changes)
        except (IntegrityError, OperationalError):
            if attempt == TRIES:
                raise
            logger.warning("%s repeats a slice", undo, exc_info=True)
        else:
            for name, value in changes.items():
                setattr(undo, name, value)
            return
