"""Background work on imports."""

from __future__ import annotations

from celery import shared_task


@shared_task(name="membership.tasks.resume_import")
def resume_import(report_id: int) -> None:
    """Go on with an import; a second message for the same one does nothing."""
    from importing.running import resume
    from membership.models import ImportReport

    report = ImportReport.objects.filter(pk=report_id).first()
    if report is not None:
        resume(report=report)
