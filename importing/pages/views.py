"""Imports in the admin: the page to upload and look at files, and the one of a check or an import."""

from __future__ import annotations

import json
from uuid import UUID

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from importing.api.serializers import options_json
from importing.pages.totals import totals_of
from importing.pages.words import page_words
from importing.uploads.reading_options import from_json
from importing.uploads.starting import import_checked
from membership.errors import ServiceError
from membership.models import ImportReport, Upload
from registry.admin_jobs import progress_bar
from registry.queueing import queue_after_commit

VIEW, ADD = "membership.view_importreport", "membership.add_importreport"


@require_safe
def new_import(request: HttpRequest) -> HttpResponse:
    """Upload files, see how they are understood, import them. ``?check=`` begins with its choices."""
    demand(request, ADD)
    context = {
        "title": _("Import a file"),
        "words": json.dumps(page_words()),
        "begin": json.dumps(_begin(request)),
        "most_mb": settings.IMPORT_UPLOAD_MAX_MB,
    }
    return page(request, "importing/new_import.html", context)


@require_safe
def import_page(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """How far a check or an import is, and what it came to."""
    demand(request, VIEW)
    report = find_report(public_id)
    may_import = request.user.has_perm(ADD)
    context = {
        "title": report.file_name,
        "report": report,
        "files": ", ".join(report.uploads.order_by("id").values_list("name", flat=True)) or report.file_name,
        "bar": progress_bar(report),
        "totals": totals_of(report) if report.is_finished and not report.error else None,
        "may_import": may_import,
        "waiting": _waiting(request) if may_import and not report.dry_run else [],
    }
    return page(request, "importing/import_page.html", context)


@require_POST
def import_now(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Import what the check has read."""
    demand(request, ADD)
    report = find_report(public_id)
    if not report.dry_run:
        raise PermissionDenied
    try:
        with transaction.atomic():
            made, is_new = import_checked(report=report)
            queued = not is_new or queue_after_commit(made.task_name, made.pk)
    except ServiceError as error:
        messages.error(request, error.message)
        return HttpResponseRedirect(reverse("new_import"))
    if not queued:
        messages.warning(request, _("The import starts when the queue is available again."))
    return HttpResponseRedirect(reverse("import_page", args=(made.public_id,)))


def _begin(request: HttpRequest) -> dict[str, object]:
    """The files and choices of a check that is to be changed."""
    try:
        report = ImportReport.objects.filter(public_id=UUID(request.GET.get("check", ""))).first()
    except ValueError:
        return {}
    if report is None:
        return {}
    uploads = report.uploads.filter(owner=_owner(request)).order_by("id")
    return {
        "uploads": [str(upload.public_id) for upload in uploads],
        "options": options_json(from_json(report.kind, report.options)),
    }


def _waiting(request: HttpRequest) -> list[str]:
    """Names of the files that are still to be imported."""
    uploads = Upload.objects.waiting(_owner(request)).filter(state=Upload.State.COMPLETE)
    return list(uploads.values_list("name", flat=True))


def _owner(request: HttpRequest) -> str:
    return f"user:{request.user.pk}"


def find_report(public_id: UUID) -> ImportReport:
    report: ImportReport | None = ImportReport.objects.filter(public_id=public_id).first()
    if report is None:
        raise Http404(_("There is no import %s.") % public_id)
    return report


def demand(request: HttpRequest, permission: str) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied


def page(request: HttpRequest, template: str, context: dict[str, object]) -> HttpResponse:
    request.current_app = admin.site.name  # Unfold's header asks for it
    shared = {**admin.site.each_context(request), "opts": ImportReport._meta}
    return TemplateResponse(request, template, {**shared, **context})
