"""Cells that no spreadsheet runs as a formula."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from membership.csv_cells import safe_cell


@pytest.mark.parametrize(
    "text", ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "＝1+1", "＠SUM", "\t=1", "-", "+49 30 1"]
)
def test_what_a_spreadsheet_would_run_is_led_by_a_quote_mark(text) -> None:
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize(
    ("value", "cell"),
    [(-5, "-5"), (Decimal("-1.50"), "-1.50"), ("+7", "+7"), ("a=b", "a=b"), (None, ""), (0, "0")],
)
def test_numbers_and_plain_text_stay_as_they_are(value, cell) -> None:
    assert safe_cell(value) == cell


@given(st.text())
def test_no_cell_begins_like_a_formula_unless_it_is_a_number(text) -> None:
    cell = safe_cell(text)

    assert cell.lstrip("'") == text.lstrip("'")
    assert not cell.startswith(("=", "@", "\t", "\r"))
    assert cell.lstrip("+-").replace(".", "").isdecimal() or not cell.startswith(("+", "-"))
