from __future__ import annotations

import pytest

from importing.pages.totals import totals_of
from membership.models import ImportReport


def report(**values: object) -> ImportReport:
    given = {"kind": "orders", "file_name": "a.csv", "read": 5, "created": 4, "rejected": 1, **values}
    return ImportReport(**given)


def test_orders_show_sales_of_each_currency_members_and_products() -> None:
    tallies = {
        "orders.created": 3, "orders.counted": 2, "net_sales.USD": 65_500, "net_sales.JPY": 1_200_000,
        "members.created": 1_200, "products.created": 2,
    }  # fmt: skip
    figures = totals_of(report(tallies=tallies)).figures
    assert [(name, text) for name, text, _small in figures] == [
        ("Rows read", "5"),
        ("New orders", "3"),
        ("Net sales", "$65.50"),
        ("Net sales", "¥1,200"),
        ("New members", "1,200"),
        ("New products", "2"),
        ("Rejected rows", "1"),
    ]


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("members", ["Rows read", "New members", "Rejected rows"]),
        ("products", ["Rows read", "New products", "Rejected rows"]),
        ("events", ["Rows read", "Rejected rows"]),
    ],
)
def test_each_kind_shows_what_it_has(kind: str, names: list[str]) -> None:
    assert [name for name, _text, _small in totals_of(report(kind=kind)).figures] == names


def test_reasons_come_in_words_the_commonest_first() -> None:
    totals = totals_of(
        report(rejected_by_reason={"missing": 1, "negative": 7}, flagged_by_reason={"future": 0})
    )
    assert totals.rejected == [("is negative", 7), ("is empty; it is required", 1)]
    assert totals.remarks == []
