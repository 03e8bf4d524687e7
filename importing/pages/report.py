"""The page of one import: what it came to, how it was read, what was rejected, whether it was undone."""

from __future__ import annotations

from pathlib import Path

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from importing.pages.correcting import rows_context
from importing.pages.totals import totals_of
from importing.presets.loading import all_presets
from importing.previews.labels import label
from importing.reasons import label_of
from importing.undoing import why_not
from importing.undoing.summary import as_lines, reason_text, table_name
from membership.models import ImportReport, ImportUndo
from registry.admin_jobs import progress_bar

ADD, DELETE = "membership.add_importreport", "membership.delete_importreport"
KEPT_SHOWN = 200


def report_context(request: HttpRequest, report: ImportReport) -> dict[str, object]:
    undo = ImportUndo.objects.filter(of_import=report).select_related("by").first()
    reason = why_not(report) if report.is_finished else ""
    return {
        "title": report.file_name,
        "report": report,
        "bar": progress_bar(report),
        "totals": totals_of(report),
        "how": how_it_was_read(report),
        "filled_in": [(label_of(code), n) for code, n in report.imputed_by_field.items() if n],
        "duration": _duration(report),
        "undo": undo,
        "undo_bar": progress_bar(undo) if undo is not None else "",
        "undo_lines": as_lines(undo) if undo is not None and undo.is_finished else [],
        "undo_kept": _kept(undo),
        "may_undo": request.user.has_perm(DELETE) and not reason,
        "why_no_undo": reason,
        "may_import": request.user.has_perm(ADD),
        "rows": rows_context(request, report),
        "corrections": list(report.corrections.order_by("id")),
        "list_url": reverse("admin:membership_importreport_changelist"),
    }


def how_it_was_read(report: ImportReport) -> list[tuple[str, list[str]]]:
    """(what, in words) of the options, and what was told from the file."""
    options = report.options
    by_file = _("told by the file")
    orders = {"dmy": _("day, month, year"), "mdy": _("month, day, year"), "ymd": _("year, month, day")}
    rows = [
        (_("System"), [_system(report)]),
        (_("Encoding"), [options.get("encoding") or by_file]),
        (_("Order of day and month"), [orders.get(options.get("date_order") or "", by_file)]),
        (
            _("Columns chosen by hand"),
            [f"{theirs} → {label(ours)}" for theirs, ours in options.get("mapping", ())],
        ),
        (
            _("Words chosen by hand"),
            [f"{label(column)}: {theirs} → {ours}" for column, theirs, ours in options.get("values", ())],
        ),
        (_("Joined with"), [Path(path).name for path in options.get("joins", ())]),
        (_("Unknown members and products"), [_unknown(report)]),
        (_("Orders that are stored with other content"), [_changed(report)]),
    ]
    needed = report.kind == ImportReport.Kind.ORDERS
    return [(what, words) for what, words in rows[: None if needed else 6] if words]


def _system(report: ImportReport) -> str:
    preset = report.options.get("preset")
    if report.recognised:
        chosen = _("%(system)s, chosen by hand") % {"system": report.recognised}
        return chosen if preset else report.recognised
    if preset:
        return next((one.title for one in all_presets().get(preset, {}).values()), preset)
    return _("no system: by the names of the columns")


def _unknown(report: ImportReport) -> str:
    unknown = report.options.get("unknown") or ("create" if report.recognised else "reject")
    return _("created") if unknown == "create" else _("their rows are rejected")


def _changed(report: ImportReport) -> str:
    return _("rejected") if report.options.get("changed") == "reject" else _("changed, with their history")


def _duration(report: ImportReport) -> str:
    if report.seconds is None:
        return "–"
    if report.seconds < 60:
        return _("%(seconds).1f s") % {"seconds": report.seconds}
    return _("%(minutes)d min %(seconds)d s") % {
        "minutes": report.seconds // 60, "seconds": report.seconds % 60,
    }  # fmt: skip


def _kept(undo: ImportUndo | None) -> list[tuple[str, str, str]]:
    rows = undo.kept_rows[:KEPT_SHOWN] if undo is not None else []
    return [(table_name(table), key, reason_text(reason)) for table, key, reason in rows]
