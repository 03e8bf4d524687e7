"""A shop's first large file of orders: whatever becomes of the import, the indexes are there in the end."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection

from importing.kinds.orders import OrderImporter
from importing.running import run_import
from membership.models import ImportReport, Order, OrderItem
from registry.tables.late_indexes import add_missing_indexes, drop_indexes
from tests.importing.import_files import order_line, stock_shop, write_csv

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL keeps its indexes"),
]


def indexes() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'index'")
        return {name for (name,) in cursor.fetchall()}


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Forty lines, which count as many."""
    monkeypatch.setattr("importing.writing.first_load.FEWEST_ROWS", 10)
    stock_shop()
    rows = [order_line(order_no=f"A{n // 2}", line_no=n % 2 + 1) for n in range(40)]
    return write_csv(tmp_path / "orders.csv", rows)


def seen_while_writing(
    monkeypatch: pytest.MonkeyPatch, *, then: type[BaseException] | None = None
) -> list[set[str]]:
    """The indexes that are there after each chunk; with ``then`` the importer fails after the first."""
    write, seen = OrderImporter.write, []

    def watched(self, lines):
        outcome = write(self, lines)
        seen.append(indexes())
        if then is not None:
            raise then
        return outcome

    monkeypatch.setattr(OrderImporter, "write", watched)
    return seen


def test_indexes_are_made_after_the_rows(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, seen = indexes(), seen_while_writing(monkeypatch)

    report = run_import(kind="orders", path=file, chunk_rows=6)

    assert report.created == 40
    assert "order_of_member" not in seen[0]
    assert "order_item_of_member" not in seen[-1]
    assert indexes() == before


@pytest.mark.parametrize("then", [ValueError, KeyboardInterrupt])
def test_an_import_that_stops_leaves_all_indexes(
    file: Path, monkeypatch: pytest.MonkeyPatch, then: type[BaseException]
) -> None:
    before = indexes()
    seen_while_writing(monkeypatch, then=then)

    with pytest.raises(then):
        run_import(kind="orders", path=file, chunk_rows=6)

    assert indexes() == before


def test_whoever_takes_over_from_a_killed_worker_makes_what_it_dropped(file: Path) -> None:
    before = indexes()
    drop_indexes((Order, OrderItem))

    run_import(kind="orders", path=file)

    assert indexes() == before


def test_an_import_that_is_given_up_makes_them_too(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = indexes()
    drop_indexes((Order, OrderItem))
    monkeypatch.setattr(ImportReport, "MAX_ATTEMPTS", 0)

    with pytest.raises(Exception, match="given up"):
        run_import(kind="orders", path=file)

    assert indexes() == before


def test_later_files_and_small_ones_keep_them(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importing.writing.first_load.FEWEST_ROWS", 50)
    seen = seen_while_writing(monkeypatch)

    run_import(kind="orders", path=file)

    assert "order_of_member" in seen[0]
    assert add_missing_indexes((Order, OrderItem)) == 0
