"""Imports that stop half way, run twice, or are cut differently leave the same rows."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from importing.errors import BadFile
from importing.kinds.orders import OrderImporter
from importing.running import resume, run_import
from importing.tasks import resume_import
from membership.models import ImportReport, Order, OrderItem, Store
from tests.importing.import_files import (
    balanced,
    import_rows,
    order_line,
    rejected_rows,
    stock_shop,
    stored_orders,
    write_csv,
)

ROWS = [
    order_line(order_no=f"A{n // 2}", line_no=n % 2 + 1, quantity="x" if n % 7 == 0 else "2")
    for n in range(40)
]


class WorkerKilled(BaseException):
    """Stands for kill -9: nothing after it runs in this worker."""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write_csv(tmp_path / "orders.csv", ROWS)


def import_until_killed(file: Path, monkeypatch: pytest.MonkeyPatch, *, chunk: int) -> None:
    """Import in chunks of six rows; the worker dies in its ``chunk``-th transaction, after the rows."""
    write, calls = OrderImporter.write, [0]

    def dying(self, lines):
        outcome = write(self, lines)
        calls[0] += 1
        if calls[0] == chunk:
            raise WorkerKilled
        return outcome

    with monkeypatch.context() as patch:
        patch.setattr(OrderImporter, "write", dying)
        with pytest.raises(WorkerKilled):
            run_import(kind="orders", path=file, chunk_rows=6)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("chunk", [1, 2, 5])
def test_a_killed_import_goes_on_where_it_stopped(file, chunk, monkeypatch):
    stock_shop()
    import_until_killed(file, monkeypatch, chunk=chunk)
    half = ImportReport.objects.get()
    assert OrderItem.objects.count() == half.created
    with Path(half.rejects_path or file.with_suffix(".none")).open("a") as rejects:
        rejects.write("what a dead worker left")
    ImportReport.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    resume_import(half.pk)
    done = ImportReport.objects.get()
    assert (done.status, done.attempts, done.read) == (ImportReport.Status.SUCCEEDED, 2, 40)
    assert [int(row["row"]) - 2 for row in rejected_rows(done)] == [
        n for n in range(40) if n // 2 in BAD_ORDERS
    ]
    resumed = stored_orders()
    OrderItem.objects.all().delete()
    Order.objects.all().delete()
    whole = run_import(kind="orders", path=file)
    assert stored_orders() == resumed
    assert (whole.created, whole.rejected_by_reason) == (done.created, done.rejected_by_reason)
    assert balanced(done)


BAD_ORDERS = {n // 2 for n in range(40) if n % 7 == 0}


@pytest.mark.django_db(transaction=True)
def test_an_import_in_other_hands_is_awaited(file, monkeypatch):
    """Another worker holds the lease; when it dies, this one takes over."""
    stock_shop()
    monkeypatch.setattr("importing.running.POLL_SECONDS", 0.01)
    import_until_killed(file, monkeypatch, chunk=2)
    seen = []

    def progress(fraction, message):
        seen.append(message)
        ImportReport.objects.filter(attempts=1).update(lease_expires_at=timezone.now() - timedelta(seconds=1))

    report = run_import(kind="orders", path=file, progress=progress)
    assert (report.read, report.attempts) == (40, 2)
    assert "another worker imports this file" in seen
    assert ImportReport.objects.count() == 1


@pytest.mark.django_db
def test_a_finished_import_is_not_resumed(file):
    stock_shop()
    report = run_import(kind="orders", path=file)
    resume(report=report)
    report.refresh_from_db()
    assert (report.attempts, report.read) == (1, 40)


@pytest.mark.django_db
def test_a_file_that_changed_meanwhile_is_not_mixed(file):
    stock_shop()
    report = run_import(kind="orders", path=file)
    ImportReport.objects.update(status=ImportReport.Status.QUEUED, rows_done=10)
    file.write_text(file.read_text() + "\n")
    resume_import(report.pk)
    report.refresh_from_db()
    assert report.status == ImportReport.Status.FAILED
    assert "has changed" in report.error


@pytest.mark.django_db
def test_a_failed_import_can_be_repeated(tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text("nothing\n1\n")
    for _attempt in range(2):
        with pytest.raises(BadFile):
            run_import(kind="orders", path=path)
    assert set(ImportReport.objects.values_list("status", flat=True)) == {ImportReport.Status.FAILED}


LINES = st.builds(
    order_line,
    order_no=st.sampled_from(["A", "B", "C"]),
    line_no=st.sampled_from(["1", "2", ""]),
    member_no=st.sampled_from(["M1", "m1 ", "M2", "nobody"]),
    quantity=st.sampled_from(["1", "2", "x", "20000"]),
    sku=st.sampled_from(["milk", "bread"]),
    unit_price=st.sampled_from(["0.50", "0.001", "1e2"]),
    discount=st.sampled_from(["", "0.01"]),
    status=st.sampled_from(["paid", "refunded", ""]),
)


class TestAnyImport(TestCase):
    """Whatever the file: cut anywhere it gives the same rows, and twice is once."""

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(rows=st.lists(LINES, min_size=1, max_size=12), chunk_rows=st.integers(1, 12))
    def test_chunks_and_repetition_do_not_matter(self, rows, chunk_rows):
        stock_shop()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "orders.csv"
            whole = import_rows("orders", path, rows)
            first = stored_orders()
            again = import_rows("orders", path, rows)
            if len({(row["order_no"], row["status"]) for row in rows}) == len(
                {row["order_no"] for row in rows}
            ):
                assert stored_orders() == first
            assert again.created == 0
            OrderItem.objects.all().delete()
            Order.objects.all().delete()
            Store.objects.all().delete()
            cut = import_rows("orders", path, rows, chunk_rows=chunk_rows)
        names = (
            "created",
            "updated",
            "duplicate",
            "rejected_by_reason",
            "imputed_by_field",
            "flagged_by_reason",
        )
        assert [getattr(cut, name) for name in names] == [getattr(whole, name) for name in names]
        assert stored_orders() == first
        assert balanced(cut)
