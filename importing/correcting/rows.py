"""The rows of a rejects file, as a page shows them."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from importing.errors import BadFile
from importing.files.csv_rows import CSV_BLOCK_BYTES
from importing.files.sources import REJECTS_HEADING
from importing.mapping import Overrides, Plan, make_plan
from importing.presets.loading import all_presets
from importing.registry import import_kind
from membership.csv_cells import plain_cell
from membership.models import ImportReport
from registry.jobs import LeasedJob

MOST_ROWS = 200
MOST_CELLS = 900
"""Of one page: Django takes a thousand fields of a form."""
LEAD = len(REJECTS_HEADING)


@dataclass(frozen=True)
class RejectedRow:
    """``at`` is its place in the rejects file, ``number`` what the file's row is called.

    ``text`` is a row that could not be told into cells, as the file has it; its cells are empty then.
    """

    at: int
    number: str
    is_rejected: bool
    fields: tuple[str, ...]
    reason: str
    cells: tuple[str, ...]
    text: str = ""


@dataclass(frozen=True)
class Page:
    rows: list[RejectedRow]
    number: int
    has_next: bool


def headings_of(report: ImportReport) -> list[str]:
    """The file's columns that were read; none where no row was rejected."""
    return next((list(map(plain_cell, line[LEAD:])) for line in _lines(report)), [])


def all_rows(report: ImportReport) -> Iterator[RejectedRow]:
    """Rejected rows and rows with remarks, as they were before cells were guarded against formulas."""
    lines = _lines(report)
    n_columns = len(next(lines, [])) - LEAD
    for at, line in enumerate(lines):
        number, outcome, fields, reason, *cells = line
        is_whole = len(cells) == n_columns
        plain = tuple(map(plain_cell, cells)) if is_whole else ("",) * n_columns
        yield RejectedRow(
            at=at,
            number=number,
            is_rejected=outcome == "rejected",
            fields=tuple(name for name in fields.split("; ") if name),
            reason=reason,
            cells=plain,
            text="" if is_whole else plain_cell(cells[0] if cells else ""),
        )


def _lines(report: ImportReport) -> Iterator[list[str]]:
    """The lines that were committed; what lies beyond was written by a worker that died."""
    if not report.rejects_path or not Path(report.rejects_path).is_file():
        return
    csv.field_size_limit(CSV_BLOCK_BYTES)
    with Path(report.rejects_path).open("rb") as file:
        left = report.rejects_bytes
        parts = iter(partial(file.read, 1 << 20), b"")
        yield from csv.reader(_text_lines(parts, left))


def _text_lines(parts: Iterator[bytes], left: int) -> Iterator[str]:
    rest = b""
    for part in parts:
        part, left = part[:left], left - len(part)
        *lines, rest = (rest + part).split(b"\n")
        for line in lines:
            yield line.decode() + "\n"
        if left <= 0:
            break
    if rest:
        yield rest.decode()


def sent_rows(report: ImportReport) -> set[int]:
    """Places of the rows that were sent again, but for imports that could not be read at all."""
    sent = report.corrections.exclude(status=LeasedJob.Status.FAILED).values_list("corrected_rows", flat=True)
    return {at for rows in sent for at in rows}


def page_of(report: ImportReport, *, number: int, rejected: bool = True) -> Page:
    """A page of what is still to be corrected, or of the rows with remarks."""
    size = rows_a_page(len(headings_of(report)))
    sent = sent_rows(report) if rejected else set()
    wanted = (row for row in all_rows(report) if row.is_rejected == rejected and row.at not in sent)
    rows: list[RejectedRow] = []
    first = (number - 1) * size
    for place, row in enumerate(wanted):
        if place >= first + size:
            return Page(rows=rows, number=number, has_next=True)
        if place >= first:
            rows.append(row)
    return Page(rows=rows, number=number, has_next=False)


def rows_a_page(n_columns: int) -> int:
    return max(1, min(MOST_ROWS, MOST_CELLS // max(n_columns, 1)))


def shown(cell: str) -> str:
    """A cell as the input of a form holds it."""
    return "".join(cell.splitlines()).replace("\x00", "")


def plan_of(report: ImportReport, headings: Sequence[str]) -> Plan | None:
    """How the columns were read; None where that cannot be told any more."""
    options = report.options
    overrides = Overrides(
        mapping=[(theirs, ours) for theirs, ours in options["mapping"]],
        preset=options["preset"] or system_of(report),
    )
    try:
        return make_plan(kind=report.kind, headings=list(headings), overrides=overrides)
    except BadFile:
        return None


def system_of(report: ImportReport) -> str | None:
    """The preset that was recognised, by its name."""
    names = (
        system
        for system, kinds in all_presets().items()
        if report.kind in kinds and kinds[report.kind].title == report.recognised
    )
    return next(names, None) if report.recognised else None


def bad_columns(row: RejectedRow, plan: Plan | None) -> set[str]:
    """The file's headings that the reason is about."""
    if plan is None:
        return set()
    return {heading for name in row.fields for heading in plan.sources.get(name, ())}


def key_of(cells: Sequence[str], *, headings: Sequence[str], plan: Plan | None, kind: str) -> str:
    """What rows that are taken together have in common (an order's number); "" for a row of its own."""
    name = import_kind(kind).group_by
    if not name or plan is None:
        return ""
    values = dict(zip(headings, cells, strict=True))
    return next((text for one in plan.sources.get(name, ()) if (text := values[one].strip())), "")
