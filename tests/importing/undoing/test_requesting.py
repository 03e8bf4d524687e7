"""An import is undone within a day, once."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from importing.running import run_import
from importing.tasks import forget_import_traces, resume_undo
from importing.undoing import NotUndone, preview_undo, request_undo, undo_import
from importing.undoing.state import Undoing
from importing.undoing.steps import Step
from membership.models import ImportReport, ImportTrace, ImportUndo, Member
from tests.factories import StaffFactory
from tests.importing.import_files import write_csv

pytestmark = pytest.mark.django_db


@pytest.fixture
def report(tmp_path: Path) -> ImportReport:
    path = write_csv(tmp_path / "members.csv", [{"member_no": f"M{n}", "name": "Ana"} for n in range(5)])
    return run_import(kind="members", path=path)


def test_who_undid_it_is_noted(report):
    staff = StaffFactory.create()
    assert undo_import(report=report, by=staff).by == staff


def test_an_import_is_undone_once(report):
    undo_import(report=report)
    with pytest.raises(NotUndone, match="undone already"):
        undo_import(report=report)


def test_a_day_after_its_end_it_is_too_late(report):
    with pytest.raises(NotUndone, match="24 hours"):
        undo_import(report=report, now=report.finished_at + timedelta(hours=24, seconds=1))
    assert Member.objects.count() == 5


def test_a_running_import_is_not_undone(report):
    ImportReport.objects.update(status=ImportReport.Status.RUNNING)
    report.refresh_from_db()
    with pytest.raises(NotUndone, match="not finished"):
        request_undo(report=report)


def test_a_dry_run_is_not_undone(tmp_path):
    path = write_csv(tmp_path / "members.csv", [{"member_no": "M1"}])
    report = run_import(kind="members", path=path, dry_run=True)
    assert not ImportTrace.objects.exists()
    with pytest.raises(NotUndone, match="dry run"):
        request_undo(report=report)


def test_an_import_that_changed_nothing_is_not_undone(report, tmp_path):
    again = run_import(kind="members", path=Path(report.file_path))
    with pytest.raises(NotUndone, match="changed nothing"):
        request_undo(report=again)


def test_an_undo_under_way_is_not_asked_for_twice(report):
    request_undo(report=report)
    with pytest.raises(NotUndone, match="being undone"):
        request_undo(report=report)


def test_what_a_failed_import_wrote_is_undone(report):
    ImportReport.objects.update(status=ImportReport.Status.FAILED)
    report.refresh_from_db()
    assert undo_import(report=report).gone == {"membership.Member": 5}


def test_an_undo_that_failed_may_be_tried_again(report, monkeypatch):
    def broken(step: Step, undoing: Undoing, items: object) -> None:
        raise ValueError("disk full at /secret/path")

    with monkeypatch.context() as patch:
        patch.setattr(Step, "run", broken)
        with pytest.raises(NotUndone) as refused:
            undo_import(report=report)
    assert "secret" not in str(refused.value)
    assert "ValueError" not in str(refused.value)
    assert undo_import(report=report).gone == {"membership.Member": 5}


def test_the_preview_counts_and_changes_nothing(report):
    Member.objects.filter(member_no="M1").update(updated_at=timezone.now())
    trial = preview_undo(report=report)
    assert trial is not None
    assert (trial.gone_total, trial.kept_total) == (4, 1)
    assert (Member.objects.count(), ImportUndo.objects.count()) == (5, 0)


def test_a_large_import_is_not_tried_out(report, monkeypatch):
    monkeypatch.setattr("importing.undoing.carrying_out.PREVIEW_ROWS", 4)
    assert preview_undo(report=report) is None


def test_the_list_of_kept_rows_is_bounded_but_its_count_is_not(report, monkeypatch):
    monkeypatch.setattr(ImportUndo, "KEPT_ROWS", 2)
    Member.objects.update(updated_at=timezone.now())
    undo = undo_import(report=report)
    assert (len(undo.kept_rows), undo.kept_total) == (2, 5)


def test_a_second_message_does_nothing(report):
    undo = request_undo(report=report)
    resume_undo(undo.pk)
    resume_undo(undo.pk)
    undo.refresh_from_db()
    assert (undo.attempts, undo.gone) == (1, {"membership.Member": 5})


def test_traces_are_deleted_when_their_import_can_no_longer_be_undone(report):
    assert forget_import_traces() == 0
    ImportReport.objects.update(finished_at=timezone.now() - timedelta(hours=25))
    assert forget_import_traces() == 1
    assert not ImportTrace.objects.exists()


def test_an_undo_under_way_keeps_its_traces(report):
    request_undo(report=report)
    ImportReport.objects.update(finished_at=timezone.now() - timedelta(hours=25))
    assert forget_import_traces() == 0
