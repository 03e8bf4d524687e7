"""Files that come in parts: made, continued where they stopped, finished with their fingerprint."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import shutil
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO

from django.conf import settings
from django.db import transaction
from django.db.models import F, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from importing.files.sources import sha256_of
from membership.errors import Conflict, ServiceError, rejected
from membership.models import Upload
from registry.tables.storable import storable

BLOCK = 256 << 10
MB = 1 << 20
NAME_BYTES = 120
"""Of a name on disk: below what any file system takes, and below the column's length."""

Read = Callable[[int], bytes]
"""``read(n)``: up to n bytes of a part, b"" at its end."""


class UploadTooLarge(ServiceError):
    """The file is larger than this shop takes."""


class DiskFull(ServiceError):
    """There is no room for the file."""


class UploadBusy(ServiceError):
    """Another request writes to this upload at the moment."""


class WrongOffset(ServiceError):
    """The part does not begin where the upload stopped: at ``offset``."""

    def __init__(self, offset: int) -> None:
        super().__init__(_("The upload goes on at byte %(offset)d.") % {"offset": offset})
        self.offset = offset


def begin_upload(
    *, owner: str, name: str, size: int, modified_at: datetime | None = None
) -> tuple[Upload, bool]:
    """The upload of this file, and whether it is new.

    The owner's earlier one of the same name, size and time of change is taken up again. Raises Rejected,
    UploadTooLarge, DiskFull.
    """
    if size == 0:
        raise rejected("size", _("%(name)s is empty: it has no heading line.") % {"name": name})
    if size > settings.IMPORT_UPLOAD_MAX_MB * MB:
        raise UploadTooLarge(
            _("%(name)s has %(mb)s MB; at most %(most)s MB can be uploaded. Pack it (.gz, .zip) or cut it.")
            % {"name": name, "mb": f"{size // MB:,}", "most": f"{settings.IMPORT_UPLOAD_MAX_MB:,}"}
        )
    with transaction.atomic():
        known = _same_file(owner=owner, name=storable(name)[-255:], size=size, modified_at=modified_at)
        if known is not None:
            return known, False
        _demand_room(size)
        upload = Upload.objects.create(
            owner=owner, name=storable(name)[-255:], size=size, modified_at=modified_at,
            file_name=name_on_disk(name), expires_at=_expiry(),
        )  # fmt: skip
    return upload, True


def add_part(*, upload: Upload, offset: int, read: Read) -> Upload:
    """Write what ``read`` gives behind the first ``offset`` bytes; what arrived counts, also of half a part.

    Raises WrongOffset, UploadBusy, DiskFull, and Rejected when more comes than the file was said to have.
    """
    upload.folder.mkdir(parents=True, exist_ok=True)
    with _only_writer(upload) as file:
        _demand_row(upload)
        on_disk = file.seek(0, os.SEEK_END)
        if upload.is_complete or offset != upload.received or on_disk < upload.received:
            if on_disk < upload.received:  # the disk lost what the row remembers
                Upload.objects.filter(pk=upload.pk).update(received=on_disk, state=Upload.State.RECEIVING)
                upload.received = on_disk
            raise WrongOffset(upload.received)
        file.seek(offset)
        file.truncate()
        try:
            _copy(read, file, most=upload.size - offset)
        finally:
            _note(upload, received=file.tell())
    return upload


def remove_upload(*, upload: Upload) -> None:
    """The row and its file. Raises Conflict while an import reads it."""
    with transaction.atomic():
        list(Upload.objects.select_for_update().filter(pk=upload.pk))  # an import that starts now waits
        if upload.imports.filter(status__in=("queued", "running")).exists():
            raise Conflict(
                _("%(name)s is being imported; it can be removed afterwards.") % {"name": upload.name}
            )
        upload.delete()
    shutil.rmtree(upload.folder, ignore_errors=True)


def hold_uploads(uploads: Sequence[Upload]) -> None:
    """Until the transaction ends nobody else starts an import of these files or removes them. Raises Conflict
    where one was removed.
    """
    wanted = {upload.pk: upload for upload in uploads}
    held = (
        Upload.objects.select_for_update().filter(pk__in=wanted).order_by("pk").values_list("pk", flat=True)
    )
    for pk in wanted.keys() - set(held):
        raise _removed(wanted[pk])


def prolong(*, upload: Upload) -> None:
    """Something happened to the file: its days begin again."""
    Upload.objects.filter(pk=upload.pk).update(expires_at=_expiry())


def name_on_disk(name: str) -> str:
    """The last part of a path, without what a file system or a terminal could take for something else."""
    last = re.split(r"[\\/]", unicodedata.normalize("NFC", storable(name)))[-1]
    plain = "".join(letter for letter in last if letter.isprintable()).strip(". ")
    stem, dot, suffix = plain.partition(".") if plain.count(".") == 1 else plain.rpartition(".")
    suffix = (dot + suffix).encode()[-NAME_BYTES // 3 :].decode(errors="ignore")
    stem = stem.encode()[: NAME_BYTES - len(suffix.encode())].decode(errors="ignore")
    return (stem + suffix if dot else plain.encode()[:NAME_BYTES].decode(errors="ignore")) or "file"


# --- inside ------------------------------------------------------------------------------------------------


def _removed(upload: Upload) -> Conflict:
    return Conflict(_("%(name)s was removed; upload it again.") % {"name": upload.name})


def _demand_row(upload: Upload) -> None:
    """The row as it is now. Raises Conflict where the upload was removed meanwhile."""
    try:
        upload.refresh_from_db()
    except Upload.DoesNotExist:
        shutil.rmtree(upload.folder, ignore_errors=True)
        raise _removed(upload) from None


def _same_file(*, owner: str, name: str, size: int, modified_at: datetime | None) -> Upload | None:
    if modified_at is None:
        return None
    same = Upload.objects.waiting(owner).filter(name=name, size=size, modified_at=modified_at)
    return same.filter(expires_at__gt=timezone.now()).last()


def _demand_room(size: int) -> None:
    """For the file, what others still lack, and the rows that an import lays beside it."""
    folder = Path(settings.IMPORT_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    underway = Upload.objects.filter(state=Upload.State.RECEIVING)
    promised = underway.aggregate(bytes=Sum(F("size") - F("received")))["bytes"] or 0
    room = shutil.disk_usage(folder).free - settings.IMPORT_DISK_RESERVE_MB * MB - promised
    if room < 2 * size:
        raise DiskFull(
            _("The disk is too full for a file of %(mb)s MB; %(room)s MB are free for imports.")
            % {"mb": f"{-(-size // MB):,}", "room": f"{max(room, 0) // MB:,}"}
        )


@contextmanager
def _only_writer(upload: Upload) -> Iterator[IO[bytes]]:
    """The upload's file, locked: the lock goes with its process, whatever ends that."""
    handle = os.open(upload.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "r+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UploadBusy(_("This file is being uploaded in another window.")) from None
        yield file


def _copy(read: Read, file: IO[bytes], *, most: int) -> None:
    while block := read(BLOCK):
        most -= len(block)
        if most < 0:
            raise rejected("", _("More bytes came than the file was said to have."))
        try:
            file.write(block)
            file.flush()
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise DiskFull(_("The disk is full; free some space, then go on.")) from error
            raise


def _note(upload: Upload, *, received: int) -> None:
    """What is on disk now, in the row; the fingerprint with the last part."""
    upload.received, upload.expires_at = received, _expiry()
    if received == upload.size:
        upload.sha256 = sha256_of(upload.path)
        upload.state = Upload.State.COMPLETE
    values = {name: getattr(upload, name) for name in ("received", "expires_at", "sha256", "state")}
    if not Upload.objects.filter(pk=upload.pk).update(**values):  # removed while the part came
        _demand_row(upload)


def _expiry() -> datetime:
    return timezone.now() + timedelta(days=settings.IMPORT_UPLOAD_DAYS)
