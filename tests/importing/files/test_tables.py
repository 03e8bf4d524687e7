from __future__ import annotations

from datetime import date, datetime, time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks.importing.workbooks import Cell, Rows, ods, xlsx
from importing.errors import BadFile
from importing.files.sources import Source
from importing.files.tables import JsonRows, Sheet, cell_text, parquet_rows
from importing.presets.loading import known_headings


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "true"),
        (3.0, "3"),
        (0.1, "0.1"),
        (datetime.fromisoformat("2026-03-02"), "2026-03-02"),
        (datetime.fromisoformat("2026-03-02 14:05"), "2026-03-02 14:05:00"),
        (date(2026, 3, 2), "2026-03-02"),
        (time(14, 5), "14:05:00"),
    ],
)
def test_a_cell_is_written_as_a_csv_export_would(value: object, text: str):
    assert cell_text(value) == text


def json_rows(tmp_path: Path, text: str, headings: list[str]) -> list[tuple[object, ...]]:
    path = tmp_path / "a.jsonl"
    path.write_text(text, encoding="utf-8")
    rows: list[tuple[object, ...]] = []
    for table, numbers in JsonRows(Source(path=path, name="a.jsonl", form="json")).batches(headings):
        rows += zip(numbers.tolist(), *(column.to_pylist() for column in table.columns), strict=True)
    return rows


@pytest.mark.parametrize(
    "text", ['{"a": {"b": 1}}\n\n{"a": {"b": 2}}\n', '[{"a": {"b": 1}}, {"a": {"b": 2}}]']
)
def test_objects_inside_objects_become_columns(tmp_path: Path, text: str):
    assert [value for _number, value in json_rows(tmp_path, text, ["a.b"])] == ["1", "2"]


def test_each_line_of_an_order_is_a_row(tmp_path: Path):
    text = '{"id": 7, "items": [{"sku": "A"}, {"sku": "B"}]}\n'
    assert json_rows(tmp_path, text, ["id", "sku", "items.sku"]) == [(1, "7", "A", "A"), (1, "7", "B", "B")]


@pytest.mark.parametrize("text", ["{nonsense", "[1, 2]", '{"a": 1}\n"text"\n'])
def test_json_that_is_no_table_is_refused(tmp_path: Path, text: str):
    with pytest.raises(BadFile):
        json_rows(tmp_path, text, ["a"])


def test_parquet_rows_are_numbered(tmp_path: Path):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"sku": ["A", "B"], "x": [1, 2]}), path)
    source = Source(path=path, name="a.parquet", form="parquet")
    ((table, numbers),) = parquet_rows(source, headings=["sku"])
    assert (table.column_names, numbers.tolist()) == (["sku"], [1, 2])


def test_what_is_no_workbook_is_refused(tmp_path: Path):
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"PK\x03\x04" + b"x" * 100)
    with pytest.raises(BadFile, match="no spreadsheet that can be read"):
        Sheet(Source(path=path, name="a.xlsx", form="sheet"))


WORKBOOK: dict[str, Rows] = {
    "Read me": [["A list of customers", "2026"]],
    "Customers": [["Customer ID", "Name", "Email"], [7, "Ana", "ana@example.com"], ["008", "Bo", ""]],
    "Old": [["Customer ID", "Name", "Email", "Phone"], [1, "Cy", "cy@example.com", ""]],
}


def test_the_sheet_with_known_headings_is_read_and_named(tmp_path: Path):
    path = tmp_path / "a.xlsx"
    path.write_bytes(xlsx(WORKBOOK, hidden=["Old"]))
    sheet = Sheet(Source(path=path, name="a.xlsx", form="sheet"), known=known_headings("members"))
    assert (sheet.name, sheet.header) == ("Customers", ("Customer ID", "Name", "Email"))
    table, numbers = next(sheet.batches(["Customer ID"]))
    assert (table.column("Customer ID").to_pylist(), numbers.tolist()) == (["7", "008"], [1, 2])


def test_a_workbook_of_one_sheet_names_none(tmp_path: Path):
    path = tmp_path / "a.ods"
    path.write_bytes(ods({"Customers": WORKBOOK["Customers"]}))
    sheet = Sheet(Source(path=path, name="a.ods", form="sheet"))
    assert (sheet.name, sheet.header) == ("", ("Customer ID", "Name", "Email"))


def test_cells_merged_downwards_count_for_each_of_their_rows(tmp_path: Path):
    path = tmp_path / "a.xlsx"
    first: list[Cell] = ["A", datetime.fromisoformat("2026-03-02"), "x"]
    rows: Rows = [["Order", "Date", "SKU"], first, [None, None, "y"]]
    path.write_bytes(xlsx({"Orders": rows}, merged=["A2:A3", "B2:B3"]))
    sheet = Sheet(Source(path=path, name="a.xlsx", form="sheet"))
    table, _numbers = next(sheet.batches(["Order", "Date", "SKU"]))
    assert list(zip(*(column.to_pylist() for column in table.columns), strict=True)) == [
        ("A", "2026-03-02", "x"),
        ("A", "2026-03-02", "y"),
    ]


def rows_of(tmp_path: Path, book: bytes, name: str = "a.xlsx") -> list[tuple[str, ...]]:
    path = tmp_path / name
    path.write_bytes(book)
    sheet = Sheet(Source(path=path, name=name, form="sheet"), known=known_headings("orders"))
    named = [heading for heading in sheet.header if heading]
    return [
        row
        for table, _numbers in sheet.batches(named)
        for row in zip(*(column.to_pylist() for column in table.columns), strict=True)
    ]


MONTH: list[Cell] = ["Order", "SKU", "Qty"]


def test_sheets_with_the_same_headings_follow_each_other(tmp_path: Path):
    book: dict[str, Rows] = {
        "Notes": [["Sales", "of 2026"]],
        "January": [MONTH, ["A", "x", 1]],
        "February": [["Sales in February"], MONTH, ["B", "y", 2]],
        "Stock": [["SKU", "Stock", "Shelf"], ["x", 9, "left"]],
    }
    assert rows_of(tmp_path, xlsx(book)) == [("A", "x", "1"), ("B", "y", "2")]
    assert rows_of(tmp_path, ods(book), "a.ods") == [("A", "x", "1"), ("B", "y", "2")]


def test_a_number_that_a_spreadsheet_has_cut_shows_it(tmp_path: Path):
    book: dict[str, Rows] = {"Orders": [MONTH, [8.1e15, "x", 1], [123456789012345, "y", 12.5]]}
    assert rows_of(tmp_path, xlsx(book)) == [("8.100000E+15", "x", "1"), ("123456789012345", "y", "12.5")]


def test_empty_columns_and_titles_before_the_table_are_passed_over(tmp_path: Path):
    title: list[Cell] = [None, "Orders of 2026", None, None]
    rows: Rows = [[], title, [], [None, *MONTH], [None, "A", "x", True], [None, "Total", None, 1]]
    assert rows_of(tmp_path, xlsx({"Orders": rows}, merged=["B2:D2"])) == [
        ("A", "x", "true"),
        ("Total", "", "1"),
    ]
