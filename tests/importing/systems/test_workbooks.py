"""Workbooks as people keep their sales in: cells with formats, sheets by month, cells that are no values."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from benchmarks.importing.workbooks import Rows, ods, xlsx
from importing.running import run_import
from importing.summary import as_json
from membership.models import Order

pytestmark = pytest.mark.django_db
HEADING = ["Order No", "Date", "Customer", "Item", "Qty", "Unit Price", "Discount %"]
JANUARY: Rows = [
    ["Sales of January"],
    [],
    HEADING,
    ["A-1", datetime.fromisoformat("2026-01-05 10:30"), "Rosa", "Cup", 2, 6.5, 0.1],
    ["A-2", "06.01.2026", "Udo", "Pot", "1", "24,95 €", 0],
    ["Total", None, None, None, 3, None, None],
]
FEBRUARY: Rows = [HEADING, ["A-3", datetime.fromisoformat("2026-02-01"), "Rosa", "Cup", 1, 6.5, 0.2]]


def imported(tmp_path: Path, book: bytes, name: str) -> dict[str, Any]:
    path = tmp_path / name
    path.write_bytes(book)
    return as_json(run_import(kind="orders", path=path))


@pytest.mark.parametrize("form", ["xlsx", "ods"])
def test_sheets_by_month_with_shares_and_text_come_to_their_sums(tmp_path: Path, settings: Any, form: str):
    settings.SHOP_CURRENCY, settings.SHOP_COUNTRY = "EUR", "DE"
    sheets = {"Overview": [["See the other sheets"]], "January": JANUARY, "February": FEBRUARY}
    report = imported(tmp_path, (xlsx if form == "xlsx" else ods)(sheets), f"a.{form}")
    assert (report["rejected"], report["net_sales"]) == ({}, {"EUR": "41.85"})  # 11.70 + 24.95 + 5.20
    assert report["recognised"].endswith("January, February”")
    assert Order.objects.get(order_no="A-2").placed_at.date().isoformat() in ("2026-01-05", "2026-01-06")


def test_numbers_that_lost_their_last_digits_are_refused_and_merge_nobody(tmp_path: Path):
    rows: list[list[str | float]] = [list(HEADING[:6])]
    rows += [[8.1e15 + n, "2026-01-05", "Rosa", "Cup", 1, 6.5] for n in range(2)]
    report = imported(tmp_path, xlsx({"Orders": rows}), "a.xlsx")
    assert (report["rejected"], Order.objects.count()) == ({"scientific": 2}, 0)
