"""An import writes as many rows at once as other writers can wait for."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from importing.running import run_import
from importing.writing.pace import FEWEST_ROWS, FIRST_ROWS, TARGET_SECONDS, Pace
from importing.writing.rehearsing import Rehearsed
from membership.models import ImportReport
from tests.importing.import_files import order_line, write_csv

pytestmark = pytest.mark.django_db


@pytest.fixture
def one_writer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importing.writing.pace.connection", SimpleNamespace(vendor="sqlite"))


@pytest.mark.parametrize(
    ("seconds", "rows"),
    [
        (TARGET_SECONDS, FIRST_ROWS),
        (TARGET_SECONDS / 1.25, FIRST_ROWS * 1.25),
        (TARGET_SECONDS / 100, FIRST_ROWS * 2),  # not at once as many as that
        (TARGET_SECONDS * 100, FEWEST_ROWS),
    ],
)
def test_the_next_chunk_follows_from_the_time_of_the_last(
    one_writer: None, seconds: float, rows: int
) -> None:
    pace = Pace(75_000)
    pace.note(rows=FIRST_ROWS, seconds=seconds)
    assert pace.rows == rows


def test_a_chunk_is_never_larger_than_asked_for(one_writer: None) -> None:
    pace = Pace(6)
    pace.note(rows=6, seconds=0.0001)
    assert pace.rows == 6


def test_where_writers_do_not_wait_for_each_other_chunks_are_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importing.writing.pace.connection", SimpleNamespace(vendor="postgresql"))
    pace = Pace(75_000)
    pace.note(rows=75_000, seconds=20)
    assert pace.rows == 75_000


def test_names_that_come_again_are_counted_once() -> None:
    rehearsed = Rehearsed()
    assert rehearsed.count_new("members", ["A", "B"]) == 2
    assert rehearsed.count_new("members", ["B", "C"]) == 1
    assert rehearsed.count_new("products", ["B"]) == 1


KINDS = {
    "orders": [order_line(order_no=f"A{n}", member_no=f"M{n % 3}", sku=f"S{n % 2}") for n in range(12)],
    "members": [{"member_no": f"M{n % 4}", "name": "Ann"} for n in range(12)],
    "products": [{"sku": f"S{n % 4}", "name": "Mug", "price": "2"} for n in range(12)],
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_check_says_what_the_import_comes_to_however_it_is_cut(tmp_path: Path, kind: str) -> None:
    path = write_csv(tmp_path / f"{kind}.csv", KINDS[kind])
    check = run_import(kind=kind, path=path, dry_run=True, chunk_rows=3)
    done = run_import(kind=kind, path=path, chunk_rows=3)
    for name in ("read", "created", "duplicate", "updated", "rejected", "tallies"):
        assert getattr(check, name) == getattr(done, name), name


def test_a_check_whose_worker_died_begins_again(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "orders.csv", KINDS["orders"])
    check = run_import(kind="orders", path=path, dry_run=True, chunk_rows=3)
    kept = {name: getattr(check, name) for name in ("read", "created", "tallies", "flagged_by_reason")}
    ImportReport.objects.update(status="queued", finished_at=None, rows_done=6)
    again = run_import(kind="orders", path=path, dry_run=True, chunk_rows=3)
    assert again.pk == check.pk
    assert {name: getattr(again, name) for name in kept} == kept
