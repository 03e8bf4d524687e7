from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from importing.errors import BadFile
from importing.files import intake as module
from importing.files.intake import Intake, check_groups, plain_number_of, take_in
from importing.mapping import Overrides

ORDERS = "order_no,member_no,placed_at,sku,quantity,unit_price\n"


def taken_in(tmp_path: Path, text: str, kind: str = "orders", joins: tuple[str, ...] = ()) -> Intake:
    paths = []
    for number, content in enumerate((text, *joins)):
        paths.append(tmp_path / f"{number}.csv")
        paths[-1].write_text(content, encoding="utf-8")
    return take_in(
        kind=kind, path=paths[0], joins=paths[1:], overrides=Overrides(), encoding=None,
        now=datetime(2026, 6, 1, tzinfo=UTC), work=tmp_path,
    )  # fmt: skip


def rows_of(intake: Intake) -> list[dict[str, str]]:
    chunks = intake.spill.chunks(after=0, chunk_rows=100, translate=module.translator(intake.plan))
    return [row for chunk in chunks for row in chunk.table.to_pylist()]


def test_the_file_with_the_lines_leads_whichever_comes_first(tmp_path: Path):
    heads = "order_no,member_no,placed_at\n1,M1,2026-03-02\n2,M2,2026-03-03\n"
    lines = "order_no,sku,quantity,unit_price\n1,A,1,2\n1,B,1,3\n2,A,2,2\n"
    rows = rows_of(taken_in(tmp_path, heads, joins=(lines,)))
    assert [(row["order_no"], row["sku"], row["member_no"]) for row in rows] == [
        ("1", "A", "M1"),
        ("1", "B", "M1"),
        ("2", "A", "M2"),
    ]


def test_totals_and_footers_are_no_rows(tmp_path: Path):
    text = ORDERS + "1,M1,2026-03-02,A,1,2\nTotal,,,,1,2\n1 row exported\n"
    intake = taken_in(tmp_path, text)
    assert [row["order_no"] for row in rows_of(intake)] == ["1"]
    assert intake.spill.malformed == []


def test_the_number_that_a_malformed_row_shows_is_kept(tmp_path: Path):
    intake = taken_in(tmp_path, ORDERS + "1,M1,2026-03-02,A,1,2\n2,M1\n")
    assert intake.spill.tainted == {"2"}


def test_columns_that_are_not_used_are_named(tmp_path: Path):
    intake = taken_in(tmp_path, "sku,name,price,shelf\nA,tea,1,9\n", kind="products")
    assert intake.plan.unused == ("shelf",)


@pytest.mark.parametrize(("value", "number"), [("A1", "A1"), (" A-1 ", "A-1"), ('="007"', "007"), ("", "")])
def test_spellings_of_an_order_number_are_grouped_together(value: str, number: str):
    assert plain_number_of(value) == number


def test_a_column_that_many_rows_share_is_no_order_number(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(module, "MAX_LINES", 1)
    intake = taken_in(tmp_path, ORDERS + "1,M1,2026-03-02,A,1,2\n1,M1,2026-03-02,B,1,2\n")
    with pytest.raises(BadFile, match="is order_no the order number"):
        check_groups(intake)
