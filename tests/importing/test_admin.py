"""Reports of imports in the admin."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from membership.models import ImportReport
from tests.factories import (
    AdminFactory,
    StaffFactory,
)

pytestmark = pytest.mark.django_db
QUERIES = 14


@pytest.fixture
def boss(client: Client) -> Client:
    client.force_login(AdminFactory())
    return client


def report(**values: Any) -> ImportReport:
    defaults = {"kind": "orders", "file_name": "orders.csv", "file_path": "x", "file_sha256": "0" * 64}
    return ImportReport.objects.create(**(defaults | values))


def test_rejected_rows_can_be_downloaded(boss: Client, settings: Settings) -> None:
    folder = Path(settings.IMPORT_DIR)
    folder.mkdir(parents=True)
    (folder / "rejects.csv").write_text("row,reason\n2,bad\n", encoding="utf-8")
    url = reverse(
        "admin:membership_importreport_rejects", args=(report(rejected=1, rejects_path="rejects.csv").pk,)
    )
    answer = boss.get(url)
    assert b"".join(answer.streaming_content) == b"row,reason\n2,bad\n"  # type: ignore[attr-defined]  # a streamed answer
    assert "attachment" in answer.headers["Content-Disposition"]


@pytest.mark.parametrize("path", ["../secret_key", "/etc/passwd", "", "gone.csv"])
def test_no_other_file_can_be_downloaded(boss: Client, settings: Settings, path: str) -> None:
    Path(settings.IMPORT_DIR).mkdir(parents=True)
    (Path(settings.VAR_DIR) / "secret_key").write_text("s3cret", encoding="utf-8")
    url = reverse("admin:membership_importreport_rejects", args=(report(rejected=1, rejects_path=path).pk,))
    assert boss.get(url).status_code == 404


def test_rejected_rows_are_only_for_those_who_may_see_imports(client: Client) -> None:
    client.force_login(StaffFactory(groups=["Support"]))
    url = reverse("admin:membership_importreport_rejects", args=(report(rejects_path="r.csv").pk,))
    assert client.get(url).status_code == 403


def test_a_report_says_in_words_why_rows_were_flagged(admin_client: Client) -> None:
    row = report(flagged_by_reason={"product_created": 7})
    page = admin_client.get(reverse("admin:membership_importreport_change", args=(row.pk,))).content.decode()
    assert "product not known before; made from the order" in page


def test_an_import_says_why_rows_were_rejected(boss: Client) -> None:
    row = report(rejected=1234, rejected_by_reason={"unknown member": 1234})
    page = boss.get(reverse("admin:membership_importreport_change", args=(row.pk,))).content.decode()
    assert "unknown member" in page
    assert "1,234" in page


def test_the_progress_of_imports_is_json(boss: Client) -> None:
    row = report(status="running", progress=0.4, message="chunk 2 of 5")
    answer = boss.get(reverse("admin:membership_importreport_progress"), {"ids": f"{row.pk},x,999"}).json()
    assert answer["jobs"] == {
        str(row.pk): {"status": "running", "progress": 0.4, "text": "40% chunk 2 of 5", "finished": False}
    }


@pytest.mark.parametrize("key", ["abc", "1%2C2", "-1", "9" * 30])
def test_an_address_of_no_import_leads_to_the_list(boss: Client, key: str) -> None:
    answer = boss.get(f"/admin/membership/importreport/{key}/change/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/")
