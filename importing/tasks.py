"""Background work on imports."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone


@shared_task(name="membership.tasks.resume_import")
def resume_import(report_id: int) -> None:
    """Go on with an import; a second message for the same one does nothing."""
    from importing.running import resume
    from membership.models import ImportReport

    report = ImportReport.objects.filter(pk=report_id).first()
    if report is not None:
        resume(report=report)


@shared_task(name="membership.tasks.resume_undo")
def resume_undo(undo_id: int) -> None:
    """Undo an import, or go on with it; a second message for the same one does nothing."""
    from importing import undoing
    from membership.models import ImportUndo

    undo = ImportUndo.objects.filter(pk=undo_id).first()
    if undo is not None:
        undoing.resume_undo(undo=undo)


@shared_task(name="membership.tasks.forget_import_traces")
def forget_import_traces() -> int:
    """Delete what was kept to undo imports that can no longer be undone; the number of rows."""
    from importing.undoing.forgetting import forget_traces

    return forget_traces()


@shared_task(name="importing.tasks.remove_old_uploads")
def remove_old_uploads() -> int:
    """Remove uploaded files that nothing happened to for days."""
    from importing.uploads import removing

    return removing.remove_old_uploads(now=timezone.now())
