from __future__ import annotations

import hashlib
import io
import shutil
from datetime import UTC, datetime
from typing import NamedTuple

import pytest

from importing.uploads import storing
from importing.uploads.storing import (
    DiskFull,
    UploadBusy,
    UploadTooLarge,
    WrongOffset,
    add_part,
    begin_upload,
    name_on_disk,
    remove_upload,
)
from membership.errors import Conflict, Rejected
from membership.models import ImportReport, Upload

pytestmark = pytest.mark.django_db
CHANGED = datetime(2026, 5, 1, tzinfo=UTC)


def begin(content: bytes = b"sku,price\nmug,12\n", **changes) -> Upload:
    given = {"owner": "user:1", "name": "a.csv", "size": len(content), "modified_at": CHANGED, **changes}
    return begin_upload(**given)[0]


def send(upload: Upload, offset: int, content: bytes) -> Upload:
    return add_part(upload=upload, offset=offset, read=io.BytesIO(content).read)


def test_parts_make_the_file_and_its_fingerprint() -> None:
    upload = begin(b"0123456789")
    send(upload, 0, b"01234")
    assert Upload.objects.get().state == "receiving"
    send(upload, 5, b"56789")
    upload.refresh_from_db()
    assert upload.is_complete
    assert upload.path.read_bytes() == b"0123456789"
    assert upload.sha256 == hashlib.sha256(b"0123456789").hexdigest()


@pytest.mark.parametrize("offset", [0, 4, 6, 10])
def test_a_part_at_a_wrong_offset_is_refused_with_the_right_one(offset: int) -> None:
    upload = send(begin(b"0123456789"), 0, b"01234")
    with pytest.raises(WrongOffset) as refusal:
        send(upload, offset, b"56789")
    assert refusal.value.offset == 5
    assert upload.path.read_bytes() == b"01234"


def test_what_arrived_of_a_broken_part_counts() -> None:
    upload = begin(b"0123456789")
    blocks = iter([b"012", b"34"])

    def breaks_off(size: int) -> bytes:
        block = next(blocks, None)
        if block is None:
            raise ConnectionResetError
        return block

    with pytest.raises(ConnectionResetError):
        add_part(upload=upload, offset=0, read=breaks_off)
    upload.refresh_from_db()
    assert upload.received == 5
    assert send(upload, 5, b"56789").is_complete


def test_bytes_that_a_killed_server_did_not_count_are_written_again() -> None:
    upload = send(begin(b"0123456789"), 0, b"01234")
    with upload.path.open("ab") as file:
        file.write(b"XX")
    send(upload, 5, b"56789")
    assert upload.path.read_bytes() == b"0123456789"


def test_a_file_that_the_disk_lost_begins_again() -> None:
    upload = send(begin(b"0123456789"), 0, b"01234")
    upload.path.unlink()
    with pytest.raises(WrongOffset) as refusal:
        send(upload, 5, b"56789")
    assert refusal.value.offset == 0
    assert send(upload, 0, b"0123456789").is_complete


def test_two_browsers_at_one_upload_write_one_after_the_other() -> None:
    upload = begin(b"0123456789")
    other = Upload.objects.get(pk=upload.pk)

    def read(size: int) -> bytes:
        with pytest.raises(UploadBusy):
            send(other, 0, b"ABCDE")
        return b""

    add_part(upload=upload, offset=0, read=read)
    send(upload, 0, b"01234")
    with pytest.raises(WrongOffset):
        send(other, 0, b"ABCDE")


def test_more_than_was_said_is_refused() -> None:
    upload = begin(b"0123")
    with pytest.raises(Rejected):
        send(upload, 0, b"012345")
    assert not Upload.objects.get().is_complete


def test_the_same_file_is_taken_up_again_by_name_size_and_time() -> None:
    first = begin(b"0123")
    assert begin(b"0123") == first
    assert begin(b"01234") != first
    assert begin(b"0123", name="b.csv") != first
    assert begin(b"0123", modified_at=datetime(2026, 5, 2, tzinfo=UTC)) != first
    assert begin(b"0123", owner="user:2") != first


def test_a_file_that_was_imported_is_uploaded_anew() -> None:
    first = begin(b"0123")
    first.imports.add(
        ImportReport.objects.create(
            kind="orders", file_name="a", file_path="a", file_sha256="0" * 64, status="succeeded"
        )
    )
    assert begin(b"0123") != first


def test_too_large_files_are_refused_in_a_sentence(settings) -> None:
    settings.IMPORT_UPLOAD_MAX_MB = 1
    with pytest.raises(UploadTooLarge, match=r"a\.csv has 2 MB; at most 1 MB"):
        begin(size=2 << 20)


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(Rejected, match="empty"):
        begin(b"")


class Disk(NamedTuple):
    total: int
    used: int
    free: int


def test_a_nearly_full_disk_is_said_before_anything_is_sent(settings, monkeypatch) -> None:
    settings.IMPORT_DISK_RESERVE_MB = 500
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: Disk(1 << 40, 0, 520 << 20))
    begin(size=4 << 20)
    with pytest.raises(DiskFull, match="16 MB are free"):
        begin(size=10 << 20, name="b.csv")


def test_a_disk_that_fills_up_keeps_what_was_written(monkeypatch) -> None:
    upload = begin(b"0123456789")

    class Full(io.BytesIO):
        def write(self, block) -> int:
            raise OSError(28, "No space left on device")

    with pytest.raises(DiskFull):
        storing._copy(io.BytesIO(b"0").read, Full(), most=1)
    assert upload.received == 0


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\Ann\\orders.csv", "orders.csv"),
        ("..", "file"),
        ("", "file"),
        (".hidden.csv", "hidden.csv"),
        ("a\x00b\nc\u202e.csv", "abc.csv"),
        ("订单 2026.xlsx", "订单 2026.xlsx"),
        ("orders.csv.gz", "orders.csv.gz"),
    ],
)
def test_a_name_is_no_path(name: str, stored: str) -> None:
    assert name_on_disk(name) == stored


@pytest.mark.parametrize("name", ["订" * 300 + ".csv", "a" * 400, "a." + "b" * 400, "." * 300])
def test_a_long_name_fits_and_keeps_its_ending(name: str) -> None:
    stored = name_on_disk(name)
    assert 1 <= len(stored.encode()) <= 120
    assert not name.endswith(".csv") or stored.endswith(".csv")


def test_removing_takes_the_file_too() -> None:
    upload = send(begin(b"0123"), 0, b"0123")
    remove_upload(upload=upload)
    assert not upload.folder.exists()
    assert not Upload.objects.exists()


def test_a_part_for_an_upload_that_was_removed_meanwhile_is_refused_and_leaves_nothing() -> None:
    upload = send(begin(b"0123456789"), 0, b"01234")
    Upload.objects.all().delete()
    with pytest.raises(Conflict, match="was removed"):
        send(upload, 5, b"56789")
    assert not upload.folder.exists()


def test_an_upload_that_is_removed_while_a_part_comes_leaves_nothing() -> None:
    upload = begin(b"0123456789")

    def read(_size: int) -> bytes:
        Upload.objects.all().delete()
        return next(blocks)

    blocks = iter([b"01234", b""])
    with pytest.raises(Conflict, match="was removed"):
        add_part(upload=upload, offset=0, read=read)
    assert not upload.folder.exists()
