"""One chunk of an import: its rows, its counts and the import's position, in one transaction."""

from __future__ import annotations

import itertools
import logging
import os
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from django.conf import settings
from django.db import IntegrityError, OperationalError, transaction

from importing.files.frames import Outcome
from importing.files.reading import Chunk
from importing.files.rejects import RejectsFile
from importing.registry import Importer
from importing.traces import tracing
from membership.models import ImportReport

logger = logging.getLogger(__name__)
TRIES = 3
COUNTED = ("created", "updated", "duplicate")
NOTHING_DONE: dict[str, object] = {
    **dict.fromkeys(("rows_done", "read", *COUNTED, "rejected", "rejects_bytes"), 0),
    **{name: {} for name in ("rejected_by_reason", "imputed_by_field", "flagged_by_reason", "tallies")},
    "rejects_path": "",
}
"""A report before its first chunk."""


def rejects_file(report: ImportReport, *, columns: Sequence[str], first_row: int) -> RejectsFile:
    path = Path(report.rejects_path) if report.rejects_path else _rejects_path(report)
    if path.exists():
        os.truncate(path, report.rejects_bytes)  # what a dead worker wrote after its last commit
    return RejectsFile(path, size=report.rejects_bytes, columns=columns, first_row=first_row)


def _rejects_path(report: ImportReport) -> Path:
    return Path(settings.IMPORT_DIR) / "rejects" / f"{report.kind}-{report.pk}.csv"


def commit(
    report: ImportReport, *, chunk: Chunk, importer: Importer, rejects: RejectsFile, total: int
) -> float:
    """Write a chunk; once more when another writer was in the way (same order number, deadlock, busy).

    The seconds that its transaction took.
    """
    for attempt in itertools.count(1):
        prepared = importer.prepare(chunk)  # anew each time: its counts move as it is written
        began = time.monotonic()
        try:
            _try_commit(
                report, chunk=chunk, prepared=prepared, importer=importer, rejects=rejects, total=total
            )
        except (IntegrityError, OperationalError):
            if attempt == TRIES:
                raise
            logger.warning("import %s repeats a chunk", report.pk, exc_info=True)
            importer.forget()
        else:
            break
    return time.monotonic() - began


def _try_commit(
    report: ImportReport,
    *,
    chunk: Chunk,
    prepared: object,
    importer: Importer,
    rejects: RejectsFile,
    total: int,
) -> None:
    """Rows, counts, position and the length of the rejects file, all in one transaction.

    There is no savepoint in it: SQLite would keep a copy of every page that changes.
    """
    rehearsed = _rehearsed(importer, prepared) if report.dry_run else None
    with report.holding():
        with tracing(report):
            outcome = importer.write(prepared) if rehearsed is None else rehearsed
        size = rejects.append(chunk, rejected=outcome.rejected, remarks=outcome.remarks)
        changes = _new_counts(report, chunk=chunk, outcome=outcome)
        changes |= {
            "rejects_bytes": size,
            "rejects_path": str(rejects.path) if size else "",
            "progress": min(chunk.end / total, 1.0),
            "message": f"{chunk.end:,} / {total:,}",
        }
        ImportReport.objects.filter(pk=report.pk).update(**changes)
    rejects.size = size
    for name, value in changes.items():
        setattr(report, name, value)


def _rehearsed(importer: Importer, prepared: object) -> Outcome:
    """What becomes of a chunk, without keeping it."""
    with transaction.atomic():
        outcome = importer.write(prepared)
        transaction.set_rollback(True)
    importer.forget()
    return outcome


def _new_counts(report: ImportReport, *, chunk: Chunk, outcome: Outcome) -> dict[str, object]:
    rejected = len(outcome.rejected) + len(chunk.malformed)
    reasons = Counter(note.code for note in outcome.rejected) + Counter({"malformed": len(chunk.malformed)})
    return {
        "rows_done": chunk.end,
        "read": report.read + chunk.n_rows + len(chunk.malformed),
        "rejected": report.rejected + rejected,
        **{name: getattr(report, name) + getattr(outcome, name) for name in COUNTED},
        "rejected_by_reason": dict(Counter(report.rejected_by_reason) + reasons),
        "imputed_by_field": dict(Counter(report.imputed_by_field) + outcome.imputed),
        "flagged_by_reason": dict(Counter(report.flagged_by_reason) + outcome.flagged),
        "tallies": _added(report.tallies, outcome.tallies),
    }


def _added(before: Mapping[str, int], now: Mapping[str, int]) -> dict[str, int]:
    return {name: before.get(name, 0) + now.get(name, 0) for name in sorted({*before, *now})}
