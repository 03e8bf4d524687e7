"""Rows that leave everything of their order empty go on with the order above; others do not."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from importing.running import run_import
from importing.summary import as_json
from membership.models import Order, OrderItem

pytestmark = pytest.mark.django_db
HEAD = "Bestellnr;Datum;Kunden-E-Mail;Artikel;Menge;Preis\n"
FIRST = "B-1;15.03.2026;a@example.com;Honig;2;7,50\n"


def imported(tmp_path: Path, rows: str) -> dict[str, object]:
    path = tmp_path / "orders.csv"
    path.write_text(HEAD + rows, encoding="utf-8")
    return as_json(run_import(kind="orders", path=path))


def test_a_line_below_its_order(tmp_path: Path) -> None:
    report = imported(tmp_path, FIRST + ";;;Brot;1;3,00\nB-2;16.03.2026;b@example.com;Brot;1;3,00\n")
    assert report["rejected"] == {}
    assert dict(Order.objects.values_list("order_no", "total")) == {"B-1": Decimal(18), "B-2": Decimal(3)}


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(";16.03.2026;b@example.com;Brot;1;3,00\n", id="an order that has lost its number"),
        pytest.param(";;b@example.com;Brot;1;3,00\n", id="a line of somebody else"),
    ],
)
def test_a_row_that_says_something_of_an_order_is_no_line_of_another(tmp_path: Path, row: str) -> None:
    report = imported(tmp_path, FIRST + row)
    assert report["rejected"] == {"missing": 1}
    assert Order.objects.get().total == 15


def test_a_line_above_all_orders_belongs_to_none(tmp_path: Path) -> None:
    assert imported(tmp_path, ";;;Brot;1;3,00\n" + FIRST)["rejected"] == {"missing": 1}


def test_a_bad_line_is_the_reason_not_the_buyer_whom_it_kept_from_being_made(tmp_path: Path) -> None:
    report = imported(tmp_path, FIRST + "B-1;15.03.2026;a@example.com;Brot;viel;3,00\n")
    assert report["rejected"] == {"not_a_number": 2}


def test_goods_that_are_weighed_come_to_their_amount(tmp_path: Path) -> None:
    report = imported(tmp_path, FIRST + "B-1;15.03.2026;a@example.com;Käse;0,350;18,00\n")
    assert report["rejected"] == {}
    assert Order.objects.get().total == Decimal("21.30")
    cheese = OrderItem.objects.get(product__name="Käse")
    assert (cheese.units, cheese.product.sold_by_weight) == (None, True)
