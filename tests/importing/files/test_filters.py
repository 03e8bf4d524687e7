from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from importing.files.filters import (
    drop_totals,
    explains_columns,
    is_footer,
    kept_rows,
    plain_cells,
    without_remarks,
)
from importing.files.reading import Malformed
from importing.files.spill import Spill
from importing.mapping import Plan
from importing.presets.loading import Preset, Rules
from importing.registry import import_kind


def plan_with(rules: Rules) -> Plan:
    preset = Preset(system="x", kind="orders", title="X", marks=(), columns={}, rules=rules)
    return Plan(kind="orders", sources={}, preset=preset)


def test_a_preset_keeps_and_skips_rows_by_their_words():
    rows = pa.table({"row_kind": ["Purchase", "view", ""], "status": ["", "", "void"]})
    assert kept_rows(rows, plan_with({"keep": {"row_kind": ["purchase"]}})).tolist() == [True, False, False]
    assert kept_rows(rows, plan_with({"skip": {"status": ["*"]}})).tolist() == [True, True, False]


def test_a_row_of_totals_is_dropped_and_a_product_of_that_name_kept():
    fields = import_kind("products").fields(datetime(2026, 1, 1, tzinfo=UTC))
    rows = pa.table({"sku": ["A", "Total", "总计"], "name": ["Total", "", ""], "price": ["1", "", "3"]})
    assert drop_totals(rows, fields=fields).tolist()[:2] == [True, False]


@pytest.mark.parametrize(
    ("text", "n_fields", "footer"),
    [("Grand total: 12", 1, True), ("12 rows exported", 1, True), ("A12", 1, False), ('"open', 1, False)],
)
def test_a_line_of_one_field_below_the_table_is_a_footer(tmp_path: Path, text, n_fields, footer):
    row = Malformed(number=5, text=text, expected=3, n_fields=n_fields)
    assert is_footer(row, Spill(tmp_path / "rows.arrow")) is footer


def test_guarded_cells_are_taken_back_to_what_they_were():
    table = plain_cells(pa.table({"name": ["'=1+1", "tea"], "n": [1, 2]}))
    assert table.column("name").to_pylist() == ["=1+1", "tea"]


def test_a_row_with_several_remarks_comes_back_once():
    table = pa.table({"row": ["2", "2", "3"], "outcome": ["rejected", "rejected", "remark"]})
    rows, numbers = without_remarks(table, np.array([1, 2, 3]), kind="members", seen=set())
    assert (rows.column("row").to_pylist(), numbers.tolist()) == (["2", "3"], [1, 3])
    rows, _numbers = without_remarks(table, np.array([1, 2, 3]), kind="orders", seen=set())
    assert rows.column("row").to_pylist() == ["2"]


@pytest.mark.parametrize(
    ("text", "n_fields", "footer"),
    [
        ("2,record(s) downloaded,,,", 5, True),
        ("Seller ID : shop", 1, True),
        ("共1条记录,,", 3, True),
        ("A2,M1,2026-01", 3, False),
    ],
)
def test_a_short_line_below_the_table_that_speaks_of_the_export_is_a_footer(
    tmp_path: Path, text: str, n_fields: int, footer: bool
):
    spill = Spill(tmp_path / "rows.arrow")
    row = Malformed(number=5, text=text, expected=9, n_fields=n_fields)
    assert is_footer(row, spill) is footer


def test_a_first_row_that_says_what_the_columns_are_is_told_by_its_words():
    fields = import_kind("orders").fields(datetime(2026, 1, 1, tzinfo=UTC))
    words = {"placed_at": "Time of the order.", "quantity": "Units of the product.", "unit_price": ""}
    assert explains_columns(pa.table({name: [text] for name, text in words.items()}), fields=fields)
    values = words | {"quantity": "2 pcs"}
    assert not explains_columns(pa.table({name: [text] for name, text in values.items()}), fields=fields)
