from __future__ import annotations

import os
import shutil
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from importing.tasks import remove_old_uploads
from membership.models import ImportReport, Upload
from tests.importing.uploads.test_storing import begin, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def old() -> Upload:
    upload = send(begin(b"0123"), 0, b"0123")
    Upload.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
    return upload


def used_by(upload: Upload, **report) -> None:
    base = {"kind": "orders", "file_name": "a", "file_path": "a", "file_sha256": "0" * 64}
    upload.imports.add(ImportReport.objects.create(**base, **report))


def test_an_old_upload_goes_with_its_file(old: Upload) -> None:
    assert remove_old_uploads() == 1
    assert not old.folder.exists()


def test_a_young_one_stays() -> None:
    upload = send(begin(b"0123"), 0, b"01")
    assert remove_old_uploads() == 0
    assert upload.path.exists()


@pytest.mark.parametrize("status", ["queued", "running"])
def test_an_unfinished_import_keeps_its_file(old: Upload, status: str) -> None:
    used_by(old, status=status)
    assert remove_old_uploads() == 0


@pytest.mark.parametrize(("hours", "gone"), [(1, 0), (25, 1)])
def test_the_file_stays_while_its_import_can_be_undone(old: Upload, hours: int, gone: int) -> None:
    used_by(old, status="succeeded", finished_at=timezone.now() - timedelta(hours=hours))
    assert remove_old_uploads() == gone


def test_a_folder_without_a_row_goes_after_a_day(old: Upload) -> None:
    root = old.folder.parent
    stray, fresh, other = root / str(uuid.uuid4()), root / str(uuid.uuid4()), root / "notes"
    for folder in (stray, fresh, other):
        folder.mkdir()
    day_before = (timezone.now() - timedelta(days=2)).timestamp()
    for folder in (stray, other):
        os.utime(folder, (day_before, day_before))
    remove_old_uploads()
    assert not stray.exists()
    assert fresh.exists()
    assert other.exists()


@pytest.mark.parametrize("folder", ["rejects", "corrected"])
def test_files_of_rejected_rows_go_after_a_month(folder: str, settings: Settings) -> None:
    young, old = (Path(settings.IMPORT_DIR) / folder / name for name in ("orders-1.csv", "orders-2.csv"))
    young.parent.mkdir(parents=True, exist_ok=True)
    for file in (young, old):
        file.write_text("row,what")
    before = (timezone.now() - timedelta(days=settings.IMPORT_REJECTS_DAYS, hours=1)).timestamp()
    os.utime(old, (before, before))
    remove_old_uploads()

    assert young.exists()
    assert not old.exists()


def test_what_killed_workers_have_laid_out_goes(settings: Settings) -> None:
    work = Path(settings.IMPORT_DIR) / "work"
    running = ImportReport.objects.create(
        kind="orders", file_name="a", file_path="a", file_sha256="0" * 64, status="running"
    )
    ages = {"import-99999-x": 25, "tmpabc": 25, "import-99999-y": 1, f"import-{running.pk}-z": 25}
    for name, hours in ages.items():
        (work / name).mkdir(parents=True)
        moment = (timezone.now() - timedelta(hours=hours)).timestamp()
        os.utime(work / name, (moment, moment))
    remove_old_uploads()
    assert sorted(one.name for one in work.iterdir()) == sorted(["import-99999-y", f"import-{running.pk}-z"])


def test_an_upload_that_is_imported_at_the_last_moment_does_not_stop_the_others(
    old: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = send(begin(b"4567", name="b.csv"), 0, b"4567")
    Upload.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
    rmtree = shutil.rmtree

    def start_other_import(folder: Path, *, ignore_errors: bool = False) -> None:
        rmtree(folder, ignore_errors=ignore_errors)
        used_by(old, status="queued")

    monkeypatch.setattr(shutil, "rmtree", start_other_import)
    assert remove_old_uploads() == 1
    assert set(Upload.objects.all()) == {old}
    assert not other.folder.exists()
