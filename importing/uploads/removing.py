"""Uploaded files, and files of rejected rows, that nobody needs any more."""

from __future__ import annotations

import shutil
import uuid
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db.models import Q

from importing.running import work_prefix
from importing.uploads.storing import remove_upload
from membership.errors import Conflict
from membership.models import ImportReport, Upload

UNDO = timedelta(days=1)
"""How long an import can be undone."""


def remove_old_uploads(*, now: datetime) -> int:
    """Remove uploads past their days, except those that an import still needs; how many went."""
    recent = Q(status=ImportReport.Status.SUCCEEDED, dry_run=False, finished_at__gt=now - UNDO)
    needed = ImportReport.objects.filter(
        Q(status__in=(ImportReport.Status.QUEUED, ImportReport.Status.RUNNING)) | recent
    )
    removed = 0
    for upload in Upload.objects.expired(now).exclude(imports__in=needed):
        try:
            remove_upload(upload=upload)
            removed += 1
        except Conflict:  # an import of it was started meanwhile
            continue
    _remove_strays(now)
    _remove_work(now)
    _remove_rejected_rows(now)
    return removed


def _remove_rejected_rows(now: datetime) -> None:
    """Rejected rows hold data of members, so they are not kept for ever; the counts in the report are."""
    oldest = (now - timedelta(days=settings.IMPORT_REJECTS_DAYS)).timestamp()
    for name in ("rejects", "corrected"):
        for file in (Path(settings.IMPORT_DIR) / name).glob("*"):
            if file.is_file() and file.stat().st_mtime < oldest:
                file.unlink(missing_ok=True)


def _remove_strays(now: datetime) -> None:
    """Folders whose row is gone, as after a kill between the two."""
    folder = Path(settings.IMPORT_DIR) / "uploads"
    if not folder.is_dir():
        return
    known = {str(public_id) for public_id in Upload.objects.values_list("public_id", flat=True)}
    for one in folder.iterdir():
        age = now.timestamp() - one.stat().st_mtime
        if one.name not in known and _is_uuid(one.name) and age > UNDO.total_seconds():
            shutil.rmtree(one, ignore_errors=True)


def _remove_work(now: datetime) -> None:
    """What workers that were killed have laid out: as large as the files that they read."""
    running = ImportReport.objects.filter(status=ImportReport.Status.RUNNING).values_list("pk", flat=True)
    prefixes = tuple(work_prefix(pk) for pk in running)
    for one in (Path(settings.IMPORT_DIR) / "work").glob("*"):
        if not one.name.startswith(prefixes) and now.timestamp() - one.stat().st_mtime > UNDO.total_seconds():
            shutil.rmtree(one, ignore_errors=True)


def _is_uuid(name: str) -> bool:
    try:
        return str(uuid.UUID(name)) == name
    except ValueError:
        return False
