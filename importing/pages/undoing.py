"""The page that asks before an import is undone."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from importing.pages.report import DELETE
from importing.pages.views import demand, find_report, page
from importing.undoing import NotUndone, preview_undo, request_undo
from importing.undoing.summary import as_lines
from membership.models import ImportReport
from registry.queueing import queue_after_commit


@require_http_methods(["GET", "HEAD", "POST"])
def undo_page(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """GET: how many rows would go and stay. POST: undo."""
    demand(request, DELETE)
    report = find_report(public_id)
    back = reverse("admin:membership_importreport_change", args=(report.pk,))
    try:
        if request.method == "POST":
            _undo(request, report)
            return HttpResponseRedirect(back)
        trial = preview_undo(report=report)
    except NotUndone as error:
        messages.error(request, error.message)
        return HttpResponseRedirect(back)
    context = {
        "title": _("Undo the import"), "report": report, "trial": trial, "back": back,
        "lines": as_lines(trial) if trial is not None else [],
        "written": f"{report.created + report.updated:,}",
    }  # fmt: skip
    return page(request, "importing/undo.html", context)


def _undo(request: HttpRequest, report: ImportReport) -> None:
    by = request.user if isinstance(request.user, User) else None
    with transaction.atomic():
        undo = request_undo(report=report, by=by)
        queued = queue_after_commit(undo.task_name, undo.pk)
    if queued:
        messages.success(request, _("The import is being undone."))
    else:
        messages.warning(request, _("The undo starts when the queue is available again."))
