"""Corrected rows, sent again: an import of its own, read exactly as the first was."""

from __future__ import annotations

import csv
import hashlib
import io
import uuid
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from importing.correcting.rows import (
    RejectedRow,
    all_rows,
    headings_of,
    key_of,
    plan_of,
    sent_rows,
    shown,
    system_of,
)
from importing.files.sources import REJECTS_HEADING
from membership.csv_cells import safe_cell
from membership.errors import Conflict
from membership.models import ImportReport

Edits = Mapping[int, Mapping[int, str]]
"""Place of a row -> position of a column -> its text."""


def send_again(*, report: ImportReport, edits: Edits, also_unchanged: bool = False) -> ImportReport:
    """Queue an import of the rows that ``edits`` changes, with all rows of their orders; the caller sends its
    message. ``also_unchanged``: also rows that are named without a change.

    Raises Conflict where nothing is left to send, and then nothing is written.
    """
    with transaction.atomic():
        report = ImportReport.objects.select_for_update().get(pk=report.pk)
        if report.dry_run or not report.is_finished:
            raise Conflict(_("Rows of a finished import can be sent again, not those of a check."))
        rows = _corrected(report, edits=edits, also_unchanged=also_unchanged)
        path, digest = _written(report, rows)
        options = {
            **report.options, "joins": [], "encoding": "utf-8",
            "preset": report.options["preset"] or system_of(report),
        }  # fmt: skip
        return ImportReport.objects.create(
            kind=report.kind, file_name=report.file_name, file_path=str(path), file_sha256=digest,
            options=options, corrects=report, corrected_rows=[row.at for row in rows],
        )  # fmt: skip


def _corrected(report: ImportReport, *, edits: Edits, also_unchanged: bool) -> list[RejectedRow]:
    headings = headings_of(report)
    plan, sent = plan_of(report, headings), sent_rows(report)
    left = [row for row in all_rows(report) if row.is_rejected and row.at not in sent]
    rows = {row.at: _edited(row, edits.get(row.at, {})) for row in left}
    chosen = {
        row.at for row in left if rows[row.at] != row or (also_unchanged and row.at in edits and not row.text)
    }
    if not chosen:
        raise Conflict(_("No row was changed, or the rows were sent already."))
    keys = {
        row.at: key_of(
            rows[row.at].cells if row.text else row.cells, headings=headings, plan=plan, kind=report.kind
        )
        for row in left
    }
    together = {keys[at] for at in chosen} - {""}
    chosen |= {at for at, key in keys.items() if key in together}
    _demand_whole([rows[at] for at in sorted(chosen)], left=left, keys=keys)
    return [rows[at] for at in sorted(chosen)]


def _edited(row: RejectedRow, changes: Mapping[int, str]) -> RejectedRow:
    """The row with the cells that differ from what the page showed."""
    cells = list(row.cells)
    for position, text in changes.items():
        if 0 <= position < len(cells) and text != shown(cells[position]):
            cells[position] = text
    return replace(row, cells=tuple(cells))


def _demand_whole(rows: list[RejectedRow], *, left: list[RejectedRow], keys: Mapping[int, str]) -> None:
    """An order with a row that could not be read is sent when that row is filled in too."""
    whole = {keys[row.at] for row in rows if row.text}
    unread = [row for row in left if row.text and row.at not in {one.at for one in rows}]
    for row in rows:
        if row.text or row.fields or keys[row.at] in whole or not keys[row.at]:
            continue
        if bad := next((one for one in unread if keys[row.at] in one.text), None):
            raise Conflict(
                _("Row %(row)s of %(key)s could not be read: fill in its cells too; it is sent whole.")
                % {"row": bad.number, "key": keys[row.at]}
            )


def _written(report: ImportReport, rows: list[RejectedRow]) -> tuple[Path, str]:
    """A rejects file of these rows, which is read as one that was corrected by hand."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([*REJECTS_HEADING, *map(safe_cell, headings_of(report))])
    for number, row in enumerate(rows, start=1):  # a number once: several rows of a JSON object share theirs
        writer.writerow([number, "rejected", "; ".join(row.fields), "", *map(safe_cell, row.cells)])
    content = text.getvalue().encode("utf-8", "replace")
    folder = Path(settings.IMPORT_DIR) / "corrected"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{report.kind}-{report.pk}-{uuid.uuid4().hex[:12]}.csv"
    path.write_bytes(content)
    return path, hashlib.sha256(content).hexdigest()
