from __future__ import annotations

from pathlib import Path

import pytest
from django.urls import reverse

from membership.models import ImportReport
from tests.factories import AdminFactory, StaffFactory


@pytest.fixture
def report(db, settings, tmp_path: Path) -> ImportReport:
    settings.IMPORT_DIR = str(tmp_path)
    path = tmp_path / "rejects" / "products-1.csv"
    path.parent.mkdir()
    path.write_text("row,outcome\n2,rejected\n")
    return ImportReport.objects.create(
        kind="products", file_name="a.csv", file_path="a.csv", file_sha256="0" * 64, rejected=1,
        rejects_path=str(path),
    )  # fmt: skip


def url(report: ImportReport) -> str:
    return reverse("admin:membership_importreport_rejects", args=(report.pk,))


def test_rejected_rows_are_downloaded(client, report: ImportReport):
    client.force_login(AdminFactory.create())
    answer = client.get(url(report))
    assert answer["Content-Disposition"].endswith(f'filename="rejected-{report.pk}-products.csv"')
    assert b"".join(answer.streaming_content).startswith(b"row,outcome")


def test_staff_who_may_not_see_imports_are_refused(client, report: ImportReport):
    client.force_login(StaffFactory.create())
    assert client.get(url(report)).status_code == 403


def test_a_path_outside_the_folder_of_imports_is_not_served(client, report: ImportReport, tmp_path: Path):
    client.force_login(AdminFactory.create())
    outside = tmp_path.parent / "secret.csv"
    outside.write_text("secret")
    ImportReport.objects.update(rejects_path=str(outside))
    assert client.get(url(report)).status_code == 404
