"""Rejected rows on the page of their import: corrected there, and sent again."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from importing.correcting.rows import Page, RejectedRow, bad_columns, headings_of, page_of, plan_of, shown
from importing.correcting.sending import send_again
from importing.correcting.told import kept
from importing.pages.views import ADD, demand, find_report
from membership.errors import Conflict
from membership.models import ImportReport
from registry.queueing import queue_after_commit

CELL = re.compile(r"cell-(\d{1,9})-(\d{1,4})")
OF_ROW = re.compile(r"[(（][^()（）]*?(\d+)[^()（）]*[)）]$")


@dataclass(frozen=True)
class ShownCell:
    name: str  # of its input
    heading: str
    text: str
    reason: str  # "" where nothing is wrong with it


@dataclass(frozen=True)
class ShownRow:
    row: RejectedRow
    cells: list[ShownCell]
    reason: str  # where no cell is to blame


@dataclass(frozen=True)
class RowsContext:
    """What ``rejected_rows.html`` shows."""

    headings: list[str]
    correct_headings: list[str]  # those with bad cells come first
    rejected: list[ShownRow]
    remarks: list[ShownRow]
    page: Page
    remarks_page: Page
    can_be_sent: bool
    decimal_comma: bool


def rows_context(request: HttpRequest, report: ImportReport) -> RowsContext | None:
    """None where the import has no file of rejected rows."""
    headings = headings_of(report)
    if not headings:
        return None
    page = page_of(report, number=_page_number(request, "rows"))
    remarks = page_of(report, number=_page_number(request, "remarks"), rejected=False)
    told = kept(report)
    rejected = _shown(report, page, headings)
    order = _bad_ones_first(rejected, n_columns=len(headings))
    return RowsContext(
        headings=headings,
        correct_headings=[headings[position] for position in order],
        rejected=[replace(one, cells=[one.cells[position] for position in order]) for one in rejected],
        remarks=_shown(report, remarks, headings),
        page=page,
        remarks_page=remarks,
        can_be_sent=report.is_finished and not report.dry_run and request.user.has_perm(ADD),
        decimal_comma=told is not None and told.decimal_comma,
    )


def _shown(report: ImportReport, page: Page, headings: list[str]) -> list[ShownRow]:
    plan = plan_of(report, headings) if page.rows else None
    rows = []
    for row in page.rows:
        bad = set() if _is_anothers(row) else bad_columns(row, plan)
        cells = [
            ShownCell(f"cell-{row.at}-{position}", name, shown(text), row.reason if name in bad else "")
            for position, (name, text) in enumerate(zip(headings, row.cells, strict=True))
        ]
        rows.append(ShownRow(row, cells, "" if any(cell.reason for cell in cells) else row.reason))
    return rows


def _bad_ones_first(rows: list[ShownRow], *, n_columns: int) -> list[int]:
    """Positions of columns: what is to be corrected should be seen without scrolling."""
    bad = {position for row in rows for position, cell in enumerate(row.cells) if cell.reason}
    return [*sorted(bad), *(position for position in range(n_columns) if position not in bad)]


def _is_anothers(row: RejectedRow) -> bool:
    """Whether the reason is another row of the order, whose number it ends with."""
    named = OF_ROW.search(row.reason)
    return named is not None and named[1] != row.number


def _page_number(request: HttpRequest, name: str) -> int:
    text = request.GET.get(name, "1")
    return max(1, int(text[:6])) if text.isascii() and text[:6].isdecimal() else 1


@require_POST
def correct_rows(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Import the rows that were changed, with the others of their orders."""
    demand(request, ADD)
    report = find_report(public_id)
    edits: defaultdict[int, dict[int, str]] = defaultdict(dict)
    for name, text in request.POST.items():
        if match := CELL.fullmatch(name):
            edits[int(match[1])][int(match[2])] = str(text)
    try:
        with transaction.atomic():
            made = send_again(report=report, edits=edits, also_unchanged="also_unchanged" in request.POST)
            queued = queue_after_commit(made.task_name, made.pk)
    except Conflict as error:
        messages.error(request, error.message)
        return HttpResponseRedirect(reverse("admin:membership_importreport_change", args=(report.pk,)))
    if not queued:
        messages.warning(request, _("The import starts when the queue is available again."))
    return HttpResponseRedirect(reverse("admin:membership_importreport_change", args=(made.pk,)))
