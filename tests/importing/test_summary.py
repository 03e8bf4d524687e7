from __future__ import annotations

import pytest

from importing.summary import as_json, as_table
from membership.models import ImportReport


def report(kind: str = "orders", **values) -> ImportReport:
    return ImportReport(kind=kind, file_name="a.csv", options={}, **values)


@pytest.mark.parametrize(("currency", "amount"), [("EUR", "1234.50"), ("JPY", "1234"), ("KWD", "1234.500")])
def test_amounts_are_text_with_the_decimals_of_their_currency(currency: str, amount: str):
    thousandths = 1_234_000 if currency == "JPY" else 1_234_500
    data = as_json(report(tallies={f"net_sales.{currency}": thousandths}))
    assert data["net_sales"] == {currency: amount}


def test_rows_of_a_members_file_are_members():
    data = as_json(report("members", created=3, updated=2, duplicate=1))
    assert data["members"] == {"created": 3, "matched": 3, "unsure": 0}
    assert data["orders"] == {"created": 0, "changed": 0, "same": 0, "counted": 0}


def test_the_table_gives_reasons_the_most_frequent_first():
    text = as_table(report("products", rejected=5, rejected_by_reason={"missing": 1, "negative": 4}))
    assert text.index("is negative") < text.index("is empty")


def test_a_dry_run_and_columns_that_are_not_used_are_named():
    text = as_table(report("products", dry_run=True, unused_columns=["shelf"]))
    assert "nothing was kept" in text
    assert "not used: shelf" in text
