"""A phone that several buyers of a file give identifies nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from importing.running import Options
from membership.models import Order, Product
from tests.importing.import_files import import_rows, order_line, stock_shop

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.django_db


def sale(number: str, *, email: str = "", phone: str = "+14155550132") -> dict[str, str]:
    line = order_line(order_no=number)
    line.pop("member_no")
    return {**line, "email": email, "phone": phone}


def buyers(path: Path, *rows: dict[str, str]) -> dict[str, str]:
    import_rows("orders", path, list(rows), options=Options(unknown="create"))
    return dict(Order.objects.values_list("order_no", "member__member_no"))


def test_an_order_with_the_phone_of_the_shop_has_no_buyer(tmp_path: Path) -> None:
    rows = [sale("A1"), sale("A2", email="ana@x.de"), sale("A3", email="bo@x.de")]
    assert buyers(tmp_path / "a.csv", *rows)["A1"] == "walk-in"


def test_a_phone_alone_is_a_buyer(tmp_path: Path) -> None:
    rows = [sale("A1"), sale("A2"), sale("A3", email="bo@x.de", phone="+14155550133")]
    of_order = buyers(tmp_path / "a.csv", *rows)
    assert (of_order["A1"], of_order["A2"]) == ("+14155550132", "+14155550132")


def test_orders_alone_begin_a_shop(tmp_path: Path) -> None:
    report = import_rows("orders", tmp_path / "a.csv", [order_line()])
    assert (report.rejected, Order.objects.count()) == (0, 1)
    assert Product.objects.get().is_placeholder


def test_a_shop_with_products_knows_what_it_sells(tmp_path: Path) -> None:
    stock_shop()
    report = import_rows("orders", tmp_path / "a.csv", [order_line(sku="other")])
    assert (report.rejected, Order.objects.count()) == (1, 0)


def test_both_files_of_etsy_name_one_buyer(tmp_path: Path) -> None:
    line = {
        "Sale Date": "05/14/26", "Order ID": "E1", "Listing ID": "7", "Item Name": "Ring", "Quantity": "1",
        "Price": "20.00", "Currency": "USD",
    }  # fmt: skip
    import_rows("orders", tmp_path / "a.csv", [{**line, "Buyer": "Ana Lima (ana77)"}])
    assert Order.objects.get().member.member_no == "ana77"
