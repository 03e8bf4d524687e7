"""Whether an import can be undone, and the job that does it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from membership.errors import Conflict
from membership.models import ImportReport, ImportUndo

WITHIN = timedelta(hours=24)
OTHERS_RUN = gettext_noop("Another import is under way; undo this one when it has ended.")


class NotUndone(Conflict):
    """The import cannot be undone; the message says why in one sentence."""


def why_not(report: ImportReport, *, now: datetime | None = None) -> str:
    """Why the import cannot be undone, "" if it can. An undo that failed may be tried again."""
    now = now or timezone.now()
    undo = ImportUndo.objects.filter(of_import=report).first()
    if not report.is_finished:
        return _("The import is not finished yet.")
    if report.dry_run:
        return _("A dry run has written nothing, so there is nothing to undo.")
    if undo is not None and undo.status == ImportUndo.Status.SUCCEEDED:
        return _("The import has been undone already.")
    if undo is not None and not undo.is_finished:
        return _("The import is being undone.")
    if others_under_way(report):
        return _(OTHERS_RUN)
    if report.finished_at is None or now > report.finished_at + WITHIN:
        return _("The import ended more than 24 hours ago; it can be undone within a day only.")
    if not report.traces.exists():
        return _("The import has changed nothing, so there is nothing to undo.")
    return ""


def others_under_way(report: ImportReport) -> bool:
    """Whether rows are or will be written that may name what this import made."""
    return ImportReport.objects.unfinished().filter(dry_run=False).exclude(pk=report.pk).exists()


def others_run(report: ImportReport) -> bool:
    """Whether a worker writes the rows of another import at this moment."""
    running = ImportReport.objects.filter(status=ImportReport.Status.RUNNING, dry_run=False)
    return running.filter(lease_expires_at__gt=timezone.now()).exclude(pk=report.pk).exists()


def one_is_running() -> bool:
    """Whether a worker undoes an import at this moment."""
    running = ImportUndo.objects.filter(status=ImportUndo.Status.RUNNING)
    return running.filter(lease_expires_at__gt=timezone.now()).exists()


def can_be_undone(report: ImportReport, *, now: datetime | None = None) -> bool:
    return not why_not(report, now=now)


def request_undo(*, report: ImportReport, by: User | None = None, now: datetime | None = None) -> ImportUndo:
    """The job that undoes the import; the caller queues it (``ImportUndo.task_name``). Raises NotUndone."""
    with transaction.atomic():
        report = ImportReport.objects.select_for_update().get(pk=report.pk)  # one request at a time
        if reason := why_not(report, now=now):
            raise NotUndone(reason)
        undo, _is_new = ImportUndo.objects.update_or_create(
            of_import=report,
            defaults={
                "by": by, "status": ImportUndo.Status.QUEUED, "attempts": 0, "error": "",
                "queued_at": now or timezone.now(), "finished_at": None,
            },
        )  # fmt: skip
    return undo
