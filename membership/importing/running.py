"""One import from a file to its report: resumable, idempotent, one transaction a chunk."""

from __future__ import annotations

import logging
import os
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import IntegrityError, OperationalError, transaction
from django.utils.translation import gettext as _

from membership.importing.columns import resolve
from membership.importing.errors import BadFile, ImportBusy
from membership.importing.files.frames import Outcome
from membership.importing.files.reading import CHUNK_ROWS, Chunk, chunks, column_names, row_count
from membership.importing.files.rejects import RejectsFile
from membership.importing.files.sources import open_source, sha256_of
from membership.importing.registry import Importer, import_kind
from membership.models import ImportReport
from registry.columns import bulk_loading
from registry.jobs import LeaseLost

logger = logging.getLogger(__name__)

Progress = Callable[[float, str], None]
"""``progress(fraction, message)``: fraction 0 to 1."""
POLL_SECONDS = 0.5
TRIES = 3
COUNTED = ("created", "updated", "duplicate")


def silent(fraction: float, message: str) -> None:
    """Show no progress."""


class _RolledBack(Exception):
    """Ends a dry run's transaction."""


def run_import(
    *,
    kind: str,
    path: Path,
    mapping: Mapping[str, str] | None = None,
    preset: str | None = None,
    encoding: str | None = None,
    dry_run: bool = False,
    progress: Callable[[float, str], None] = silent,
    chunk_rows: int = CHUNK_ROWS,
) -> ImportReport:
    """Import one file and return its report.

    An unfinished import of the same file with the same options goes on where it stopped; if another
    worker has it in hand, its end is awaited. A file that was imported before is read again, which leaves
    the rows as they are and counts them as duplicates.
    Raises BadFile; the reason is kept in the report as well.
    """
    path = path.resolve()
    sha256 = sha256_of(path)
    options = {"mapping": dict(mapping or {}), "preset": preset, "encoding": encoding}
    report = _unfinished(kind=kind, sha256=sha256, options=options, dry_run=dry_run)
    if report is None:
        report = ImportReport.objects.create(
            kind=kind, file_name=path.name[-255:], file_path=str(path), file_sha256=sha256, options=options,
            dry_run=dry_run,
        )  # fmt: skip
    elif report.file_path != str(path):
        ImportReport.objects.filter(pk=report.pk).update(file_path=str(path))
        report.file_path = str(path)
    return _carry_out(report, progress=progress, chunk_rows=chunk_rows)


def resume(*, report: ImportReport, progress: Progress = silent) -> None:
    """Go on with an import whose worker died. Quiet when it is finished or in other hands."""
    if report.claim():
        try:
            _work(report, progress=progress, chunk_rows=CHUNK_ROWS)
        except (BadFile, ImportBusy, LeaseLost):
            logger.warning("import %s was not finished", report.pk, exc_info=True)


def _unfinished(*, kind: str, sha256: str, options: Mapping[str, Any], dry_run: bool) -> ImportReport | None:
    same = ImportReport.objects.filter(kind=kind, file_sha256=sha256, dry_run=dry_run).order_by("-id")
    jobs = same.filter(status__in=(ImportReport.Status.QUEUED, ImportReport.Status.RUNNING))
    return next((report for report in jobs if report.options == options), None)


def _carry_out(report: ImportReport, *, progress: Progress, chunk_rows: int) -> ImportReport:
    """Work on the report, or follow the worker that holds it and take over when that dies."""
    while not report.claim():
        report.refresh_from_db()
        if report.is_finished:
            break
        progress(report.progress, _("another worker imports this file"))
        time.sleep(POLL_SECONDS)
    else:
        try:
            _work(report, progress=progress, chunk_rows=chunk_rows)
        except LeaseLost:
            return _carry_out(report, progress=progress, chunk_rows=chunk_rows)
    if report.status == ImportReport.Status.FAILED:
        raise BadFile(report.error)
    return report


def _work(report: ImportReport, *, progress: Progress, chunk_rows: int) -> None:
    if report.attempts > report.MAX_ATTEMPTS:
        report.fail(_("given up after %(n)d attempts") % {"n": report.MAX_ATTEMPTS})
        return
    try:
        with report.heartbeat(), bulk_loading():
            _import_chunks(report, progress=progress, chunk_rows=chunk_rows)
    except LeaseLost:
        raise
    except BadFile as error:
        report.fail(str(error))
        raise
    except Exception as error:
        report.fail(f"{type(error).__name__}: {error}")
        raise


def _import_chunks(report: ImportReport, *, progress: Progress, chunk_rows: int) -> None:
    path = Path(report.file_path)
    if sha256_of(path) != report.file_sha256:
        raise BadFile(
            _("%(name)s has changed since its import began; import it anew.") % {"name": report.file_name}
        )
    source = open_source(path, sha256=report.file_sha256, encoding=report.options.get("encoding"))
    names = column_names(source)
    columns = resolve(
        kind=report.kind, file_columns=names, mapping=report.options.get("mapping"),
        preset=report.options.get("preset"),
    )  # fmt: skip
    total = max(row_count(source), 1)
    ImportReport.objects.filter(pk=report.pk).update(rows_total=total)
    importer = _importer(report, columns=columns)
    rejects = _rejects_file(report, columns=names, first_row=1 if source.is_parquet else 2)
    last_reported = 0.0
    for chunk in importer.chunks(chunks(source, after=report.rows_done, chunk_rows=chunk_rows)):
        _commit(report, chunk=chunk, importer=importer, rejects=rejects, total=total)
        if time.monotonic() - last_reported > 0.2:
            last_reported = time.monotonic()
            progress(report.progress, f"{report.rows_done:,} / {total:,}")
    report.succeed(rows_total=report.rows_done)
    progress(1.0, f"{report.rows_done:,}")


def _importer(report: ImportReport, *, columns: Mapping[str, str]) -> Importer:
    kind = import_kind(report.kind)
    now = report.queued_at  # the same after a resume
    return kind.importer()(fields=kind.fields(now), columns=columns, now=now)


def _rejects_file(report: ImportReport, *, columns: tuple[str, ...], first_row: int) -> RejectsFile:
    path = Path(report.rejects_path) if report.rejects_path else _rejects_path(report)
    if path.exists():
        os.truncate(path, report.rejects_bytes)  # what a dead worker wrote after its last commit
    return RejectsFile(path, size=report.rejects_bytes, columns=columns, first_row=first_row)


def _rejects_path(report: ImportReport) -> Path:
    return Path(settings.IMPORT_DIR) / "rejects" / f"{report.kind}-{report.pk}.csv"


def _commit(
    report: ImportReport, *, chunk: Chunk, importer: Importer, rejects: RejectsFile, total: int
) -> None:
    """Write a chunk; once more when another writer was in the way (same order number, deadlock, busy)."""
    for attempt in range(1, TRIES + 1):
        prepared = importer.prepare(chunk)  # anew each time: its counts move as it is written
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
            return


def _try_commit(
    report: ImportReport, *, chunk: Chunk, prepared: Any, importer: Importer, rejects: RejectsFile, total: int
) -> None:
    """Rows, counts, position and the length of the rejects file, all in one transaction."""
    with report.holding():
        try:
            with transaction.atomic():
                outcome = importer.write(prepared)
                if report.dry_run:
                    raise _RolledBack
        except _RolledBack:
            importer.forget()
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


def _new_counts(report: ImportReport, *, chunk: Chunk, outcome: Outcome) -> dict[str, Any]:
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
    }
