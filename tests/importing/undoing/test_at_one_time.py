"""Imports that begin, and undos that are asked for, while another import or undo is under way."""

from __future__ import annotations

import threading
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from importing.running import Options, run_import
from importing.tasks import resume_undo
from importing.undoing import NotUndone, request_undo
from importing.writing.turns import in_turn
from membership.models import ImportReport, ImportUndo, Member, Order, OrderItem, Product
from tests.importing.import_files import order_line, write_csv

OTHERS = "Another import is under way; undo this one when it has ended."


def members(path: Path, first: int, n: int) -> Path:
    return write_csv(path, [{"member_no": f"M{number}", "name": "Ana"} for number in range(first, first + n)])


@pytest.fixture
def report(tmp_path: Path) -> ImportReport:
    return run_import(kind="members", path=members(tmp_path / "a.csv", 0, 5))


def another(status: str, *, dry_run: bool = False) -> ImportReport:
    return ImportReport.objects.create(
        kind="members", file_name="b.csv", file_path="/b.csv", file_sha256="0" * 64, dry_run=dry_run,
        status=status, lease_expires_at=timezone.now() + timedelta(minutes=1),
    )  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("status", ["queued", "running"])
def test_nothing_is_undone_while_another_import_is_under_way(report: ImportReport, status: str) -> None:
    another(status)
    with pytest.raises(NotUndone, match=OTHERS):
        request_undo(report=report)
    assert Member.objects.count() == 5


@pytest.mark.django_db
def test_a_check_of_another_file_does_not_hinder_an_undo(report: ImportReport) -> None:
    another("running", dry_run=True)
    assert request_undo(report=report).status == ImportUndo.Status.QUEUED


@pytest.mark.django_db
def test_an_undo_before_which_an_import_began_says_so_and_may_be_tried_again(report: ImportReport) -> None:
    undo = request_undo(report=report)
    other = another("running")
    resume_undo(undo.pk)
    undo.refresh_from_db()
    assert (undo.status, undo.error_text, Member.objects.count()) == ("failed", OTHERS, 5)
    other.delete()
    resume_undo(request_undo(report=report).pk)
    assert not Member.objects.exists()


@pytest.mark.django_db
def test_an_import_waits_until_an_undo_has_ended(
    report: ImportReport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importing.running.POLL_SECONDS", 0)
    undo = request_undo(report=report)
    until = timezone.now() + timedelta(minutes=1)
    ImportUndo.objects.update(status=ImportUndo.Status.RUNNING, lease_expires_at=until)
    said: list[str] = []

    def progress(fraction: float, message: str) -> None:
        said.append(message)
        if message == "another import is being undone":
            assert Member.objects.count() == 5
            ImportUndo.objects.filter(pk=undo.pk).update(status=ImportUndo.Status.SUCCEEDED)

    run_import(kind="members", path=members(tmp_path / "b.csv", 5, 5), progress=progress)
    assert said.count("another import is being undone") == 1
    assert Member.objects.count() == 10


def at_one_moment(*paths: Path) -> list[ImportReport]:
    """Each imported in a thread of its own."""
    reports: list[ImportReport] = []
    gate = threading.Barrier(len(paths))

    def start(path: Path) -> None:
        try:
            gate.wait()
            reports.append(run_import(kind="orders", path=path, options=Options(unknown="create")))
        finally:
            connection.close()

    threads = [threading.Thread(target=start, args=(path,)) for path in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return reports


def orders(path: Path, first: int, n: int) -> Path:
    numbers = range(first, first + n)
    return write_csv(
        path,
        [order_line(order_no=f"Z{one}", member_no=f"M{one % 300}", sku=f"S{one % 40}") for one in numbers],
    )


ONLY_POSTGRESQL = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="threads of a test share SQLite's one connection"
)


@ONLY_POSTGRESQL
@pytest.mark.django_db(transaction=True)
def test_two_that_start_one_file_at_one_moment_start_one_import(tmp_path: Path) -> None:
    path = orders(tmp_path / "a.csv", 0, 400)
    reports = at_one_moment(path, path)
    assert len(reports) == 2
    assert reports[0] == reports[1]
    assert (ImportReport.objects.count(), Order.objects.count(), Member.objects.count()) == (1, 400, 300)


@ONLY_POSTGRESQL
@pytest.mark.django_db(transaction=True)
def test_two_files_at_one_moment_that_name_the_same_orders_double_nothing(tmp_path: Path) -> None:
    reports = at_one_moment(orders(tmp_path / "a.csv", 0, 400), orders(tmp_path / "b.csv", 200, 400))
    assert [report.status for report in reports] == ["succeeded"] * 2
    assert sum(report.created for report in reports) == 600
    assert sum(report.duplicate for report in reports) == 200
    assert (Order.objects.count(), OrderItem.objects.count()) == (600, 600)
    assert (Member.objects.count(), Product.objects.count()) == (300, 40)


@pytest.mark.django_db(transaction=True)
def test_a_turn_ends_with_its_transaction_whatever_happens_in_it() -> None:
    with suppress(RuntimeError), in_turn("a"):
        raise RuntimeError
    with in_turn("a"):
        assert connection.in_atomic_block
