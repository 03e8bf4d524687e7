from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from membership.csv_cells import plain_cell, safe_cell

FORMULA_LETTERS = "=+-@＝＋－＠﹦﹢﹣﹫−"
BLANKS = " \t\r\n\u00a0\u3000\ufeff\u200b\x00"
tricky = st.text(st.sampled_from(FORMULA_LETTERS + BLANKS + "'1a.") | st.characters(), max_size=12)


@pytest.mark.parametrize(
    "text",
    ["=1+1", " =1+1", "＝1+1", "＠SUM", "@x", "+SUM(A1)", "-1+1", "\t=1", "\tx", "\r", "\ufeff=1", "\u00a0@x",
     "\u3000＝1", "'=1", "−1", "+1 +1", "-", "- -5.00"],
)  # fmt: skip
def test_an_apostrophe_leads_what_a_spreadsheet_would_run(text: str) -> None:
    assert safe_cell(text) == "'" + text


@pytest.mark.parametrize("text", ["-5.00", "+14155550101", " -2", "a=b", "", "'tis", "1-1", "3", "家@家"])
def test_numbers_and_plain_text_stay(text: str) -> None:
    assert safe_cell(text) == text


def test_values_become_text() -> None:
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)

    assert [safe_cell(value) for value in (None, True, False, 5, noon)] == [
        "", "yes", "no", "5", "2026-03-02T12:00:00+00:00",
    ]  # fmt: skip


@given(tricky)
def test_there_is_one_way_back(text: str) -> None:
    assert plain_cell(safe_cell(text)) == text


@given(st.text(st.sampled_from(BLANKS), max_size=3), st.sampled_from(FORMULA_LETTERS), st.text(max_size=8))
def test_only_numbers_begin_with_a_formula_letter(blanks: str, letter: str, rest: str) -> None:
    cell = safe_cell(blanks + letter + rest)

    assert cell.startswith("'") or float(cell) == float(letter + rest)


@given(st.lists(tricky, min_size=1, max_size=4))
def test_a_written_row_is_read_back(row: list[str]) -> None:
    file = io.StringIO(newline="")
    csv.writer(file).writerow([safe_cell(cell) for cell in row])
    (read,) = csv.reader(io.StringIO(file.getvalue(), newline=""))

    assert [plain_cell(cell) for cell in read] == row
