from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from membership.models import ImportReport, ImportUndo, Member
from tests.api_client import key_client, staff_client
from tests.importing.import_files import import_rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def report(tmp_path) -> ImportReport:
    return import_rows("members", tmp_path / "m.csv", [{"member_no": "M1"}, {"member_no": "M2"}])


def url(report: ImportReport) -> str:
    return f"/api/v1/imports/{report.public_id}/undo/"


def test_an_import_is_undone(report, django_capture_on_commit_callbacks: Any):
    client = key_client("imports:write", "imports:read")
    assert client.get(url(report)).status_code == 404
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(url(report))
    assert (answer.status_code, answer.json()["status"]) == (202, "queued")
    done = client.get(url(report)).json()
    assert (done["status"], done["gone"], done["kept_rows"]) == ("succeeded", {"membership.Member": 2}, [])
    assert not Member.objects.exists()


def test_a_second_time_is_a_conflict(report, django_capture_on_commit_callbacks: Any):
    client = key_client("imports:write")
    with django_capture_on_commit_callbacks(execute=True):
        client.post(url(report))
    answer = client.post(url(report))
    assert (answer.status_code, answer.json()["detail"]) == (409, "The import has been undone already.")


def test_who_may_read_may_not_undo(report):
    assert key_client("imports:read").post(url(report)).status_code == 403
    assert staff_client("membership.add_importreport").post(url(report)).status_code == 403
    assert not ImportUndo.objects.exists()


def test_staff_with_the_permission_may(report):
    assert staff_client("membership.delete_importreport").post(url(report)).status_code == 202


def test_an_unknown_import(db):
    assert key_client("imports:write").post(f"/api/v1/imports/{uuid4()}/undo/").status_code == 404
