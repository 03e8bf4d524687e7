"""Reports of imported files."""

from __future__ import annotations

import pytest
from celery import current_app
from django.db import IntegrityError, transaction

from membership.models import ImportReport
from registry.jobs import LeasedJob, LeaseLost, job_models

pytestmark = pytest.mark.django_db


def report(**values: object) -> ImportReport:
    return ImportReport.objects.create(
        **{"kind": "orders", "file_name": "a.csv", "file_path": "/a.csv", "file_sha256": "0" * 64, **values}
    )


def test_a_new_report_has_counted_nothing() -> None:
    row = report()
    assert (row.status, row.rows_done, row.read, row.rejected, row.rows_total) == ("queued", 0, 0, 0, None)
    assert (row.rejected_by_reason, row.unused_columns, row.options) == ({}, [], {})


@pytest.mark.parametrize("values", [{"kind": "horoscopes"}, {"status": "lost"}, {"progress": 1.5}])
def test_the_database_refuses_what_cannot_be(values: dict[str, object]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        report(**values)


def test_a_count_below_zero_is_refused() -> None:
    row = report()
    with pytest.raises(IntegrityError), transaction.atomic():
        ImportReport.objects.filter(pk=row.pk).update(rejected=-1)


def test_it_is_named_by_kind_and_file() -> None:
    assert str(report(kind="labels", file_name="frauds.csv")) == "Fraud labels: frauds.csv"


def test_it_is_a_job_whose_task_exists() -> None:
    current_app.loader.import_default_modules()
    assert ImportReport in job_models()
    assert ImportReport.task_name in current_app.tasks


def test_counts_of_a_chunk_are_written_only_by_the_worker_that_holds_the_job() -> None:
    row = report()
    assert row.claim()
    with row.holding(rows_done=100, created=90):
        pass
    row.refresh_from_db()
    assert (row.rows_done, row.created) == (100, 90)

    ImportReport.objects.filter(pk=row.pk).update(lease_token=None)
    with pytest.raises(LeaseLost), row.holding(rows_done=200):
        pass
    row.refresh_from_db()
    assert row.rows_done == 100


def test_a_finished_import_is_not_claimed_again() -> None:
    row = report(status=LeasedJob.Status.SUCCEEDED)
    assert not row.claim()
    assert row.is_finished
