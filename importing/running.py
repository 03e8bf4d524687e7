"""One import from a file to its report: resumable, idempotent, one transaction a chunk."""

from __future__ import annotations

import logging
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from importing.conventions import fields_for
from importing.correcting.told import keep, told_by
from importing.errors import BadFile, ImportBusy, for_browser
from importing.files.intake import Intake, check_groups, take_in, translator
from importing.files.reading import CHUNK_ROWS
from importing.files.sources import sha256_of
from importing.kinds.lookups import has_catalogue
from importing.mapping import Overrides
from importing.registry import Choices, Field, Importer, import_kind
from importing.undoing.requesting import one_is_running
from importing.writing.chunks import NOTHING_DONE, commit, rejects_file
from importing.writing.first_load import begin_load, end_load
from importing.writing.pace import Pace
from importing.writing.rehearsing import Rehearsed
from importing.writing.turns import in_turn
from membership.models import ImportReport
from membership.models.shop import the_shop
from registry.job_errors import UNEXPECTED, given_up
from registry.jobs import LeaseLost
from registry.tables.columns import bulk_loading
from registry.tables.storable import storable

logger = logging.getLogger(__name__)

Progress = Callable[[float, str], None]
"""``progress(fraction, message)``: fraction 0 to 1."""
POLL_SECONDS = 0.5
MONTH_FIRST = ("US", "PH", "PR", "GU", "AS", "VI", "FM", "PW")
"""Countries that write the month first, for files whose days do not say it."""


def silent(fraction: float, message: str) -> None:
    """Show no progress."""


@dataclass(frozen=True)
class Options:
    """What the caller says beyond file and columns. ``unknown``: None creates where a preset was
    recognised, and for orders of a shop without products.
    """

    joins: Sequence[Path] = ()
    values: Sequence[tuple[str, str, str]] = ()
    date_order: str | None = None
    unknown: str | None = None
    changed: str = "update"

    def as_json(self) -> dict[str, object]:
        return {
            "joins": [str(path.resolve()) for path in self.joins],
            "values": [list(value) for value in self.values],
            "date_order": self.date_order,
            "unknown": self.unknown,
            "changed": self.changed,
        }


def run_import(
    *,
    kind: str,
    path: Path,
    mapping: Mapping[str, str] | Sequence[tuple[str, str]] | None = None,
    preset: str | None = None,
    encoding: str | None = None,
    dry_run: bool = False,
    options: Options | None = None,
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
    pairs = mapping.items() if isinstance(mapping, Mapping) else (mapping or ())
    stored = {
        "mapping": [list(pair) for pair in pairs], "preset": preset, "encoding": encoding,
        **(options or Options()).as_json(),
    }  # fmt: skip
    with in_turn(sha256):
        report = unfinished(kind=kind, sha256=sha256, options=stored, dry_run=dry_run)
        if report is None:
            report = ImportReport.objects.create(
                kind=kind, file_name=path.name[-255:], file_path=str(path), file_sha256=sha256,
                options=stored, dry_run=dry_run,
            )  # fmt: skip
    if report.file_path != str(path):
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


def unfinished(
    *, kind: str, sha256: str, options: Mapping[str, object], dry_run: bool
) -> ImportReport | None:
    """The import of the same file with the same options that is under way or waits."""
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
        raise BadFile(report.error_text)
    return report


def _work(report: ImportReport, *, progress: Progress, chunk_rows: int) -> None:
    if report.attempts > report.MAX_ATTEMPTS:
        end_load(report)
        report.fail(given_up(attempts=report.MAX_ATTEMPTS))
        return
    try:
        with report.heartbeat(), bulk_loading():
            try:
                _import_chunks(report, progress=progress, chunk_rows=chunk_rows)
            finally:
                end_load(report)
            report.succeed(rows_total=report.rows_done)
            progress(1.0, f"{report.rows_done:,}")
    except LeaseLost:
        raise
    except BadFile as error:
        report.fail(for_browser(error))
        raise
    except Exception:
        logger.exception("import %s failed", report.pk)
        report.fail(UNEXPECTED)
        raise


def _import_chunks(report: ImportReport, *, progress: Progress, chunk_rows: int) -> None:
    path = Path(report.file_path)
    if sha256_of(path) != report.file_sha256:
        raise BadFile(
            _("%(name)s has changed since its import began; import it anew.") % {"name": report.file_name}
        )
    with _work_folder(report) as work:
        progress(0.0, _("reading the file"))
        intake = take_in_for(report, path=path, work=Path(work))
        while not report.dry_run and one_is_running():
            progress(0.0, _("another import is being undone"))
            time.sleep(POLL_SECONDS)
        _write_chunks(report, intake=intake, progress=progress, chunk_rows=chunk_rows)


def work_prefix(report_id: int) -> str:
    """How the folders are called in which an import lays rows out."""
    return f"import-{report_id}-"


def _work_folder(report: ImportReport) -> tempfile.TemporaryDirectory[str]:
    """An empty folder; what a worker that was killed left of the same import goes."""
    folder = Path(settings.IMPORT_DIR) / "work"
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob(f"{work_prefix(report.pk)}*"):
        shutil.rmtree(left, ignore_errors=True)
    return tempfile.TemporaryDirectory(dir=folder, prefix=work_prefix(report.pk))


def take_in_for(report: ImportReport, *, path: Path, work: Path) -> Intake:
    """The report's file, read as its options say. Raises BadFile."""
    options = report.options
    overrides = Overrides(
        mapping=[(theirs, ours) for theirs, ours in options["mapping"]],
        values=[(column, theirs, ours) for column, theirs, ours in options["values"]],
        preset=options["preset"],
        date_order=options["date_order"],
    )
    intake = take_in(
        kind=report.kind, path=path, joins=[Path(one) for one in options["joins"]], overrides=overrides,
        encoding=options["encoding"], now=report.queued_at, work=work,
    )  # fmt: skip
    check_groups(intake)
    return intake


def _write_chunks(report: ImportReport, *, intake: Intake, progress: Progress, chunk_rows: int) -> None:
    total = max(intake.spill.n_rows, 1)
    changes: dict[str, object] = {
        **(NOTHING_DONE if report.dry_run else {}),  # it has kept nothing that it could go on from
        "rows_total": total,
        "recognised": intake.plan.recognised,
        "unused_columns": [storable(name) for name in intake.plan.unused],
    }
    with report.holding(**changes):
        pass
    importer = importer_for(report, intake=intake)
    rejects = rejects_file(report, columns=intake.plan.headings, first_row=intake.source.first_row)
    last_reported, pace = 0.0, Pace(chunk_rows)
    begin_load(report, n_rows=total)
    chunks = intake.spill.chunks(
        after=report.rows_done, chunk_rows=lambda: pace.rows, translate=translator(intake.plan)
    )
    for chunk in chunks:
        seconds = commit(report, chunk=chunk, importer=importer, rejects=rejects, total=total)
        pace.note(rows=chunk.n_rows, seconds=seconds)
        if time.monotonic() - last_reported > 0.2:
            last_reported = time.monotonic()
            progress(report.progress, f"{report.rows_done:,} / {total:,}")
    if report.rejected:
        keep(report, told_by(report, intake.facts))


def fields_of(report: ImportReport, *, intake: Intake) -> tuple[Field, ...]:
    """The kind's columns, each reading its values as this file writes them."""
    told = told_by(report, intake.facts)
    orders = told.date_order
    if told.unclear_days and not intake.plan.date_order:
        orders = dict.fromkeys(orders, "mdy" if the_shop().country in MONTH_FIRST else "dmy")
    return fields_for(
        intake.plan, now=report.queued_at, decimal_comma=told.decimal_comma, date_order=orders,
        shares=intake.facts.percents_are_shares,
    )  # fmt: skip


def importer_for(report: ImportReport, *, intake: Intake) -> Importer:
    """What writes the report's rows, told what the whole file says."""
    plan, told, options = intake.plan, told_by(report, intake.facts), report.options
    fields = fields_of(report, intake=intake)
    choices = Choices(
        now=report.queued_at,  # the same after a resume
        unknown=options["unknown"] or ("create" if plan.preset or begins(plan.kind) else "reject"),
        changed=options["changed"],
        rules=plan.rules,
        facts={
            "shared_contacts": told.shared_contacts,
            "parents": told.parents,
            "unclear_days": told.unclear_days and not plan.date_order,
        },
        rehearsed=Rehearsed() if report.dry_run else None,
        resumes=report.rows_done > 0 and not report.dry_run,
    )
    there = {*plan.sources, *plan.constants}
    columns = {spec.name: spec.name for spec in fields if spec.name in there}
    return import_kind(report.kind).importer()(fields=fields, columns=columns, choices=choices)


def begins(kind: str) -> bool:
    """Whether these are the orders of a shop without products of its own: they alone are enough to begin."""
    return kind == "orders" and not has_catalogue()
