"""Rows of whole orders beside the rows of their lines, as eBay's report has them for several items."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from importing.running import run_import
from importing.summary import as_json
from membership.models import Order, OrderItem

pytestmark = pytest.mark.django_db
HEAD = (
    "Order Number,Buyer Username,Buyer Email,Item Title,Custom Label,Quantity,Sold For,"
    "Shipping And Handling,Sale Date\n"
)


def imported(tmp_path: Path, rows: str) -> dict[str, Any]:
    path = tmp_path / "orders.csv"
    path.write_text("Sales Record Number," + HEAD + rows)
    return as_json(run_import(kind="orders", path=path))


LINES = "5,A,ana,,Map,MAP,1,20.00,3.00,May-07-26\n5,A,ana,,Card,CRD,2,10.00,3.00,May-07-26\n"


def test_it_says_who_bought_and_is_no_line(tmp_path: Path):
    report = imported(tmp_path, "5,A,ana,a@example.com,,,3,40.00,6.00,May-07-26\n" + LINES)
    order = Order.objects.get()
    assert (report["rejected"], order.total, order.item_count, order.shipping) == (
        {},
        Decimal(40),
        2,
        Decimal(6),
    )
    assert order.member.member_no == "ana"
    assert OrderItem.objects.count() == 2


def test_a_row_without_a_product_that_does_not_add_up_the_others_is_still_refused(tmp_path: Path):
    report = imported(tmp_path, "5,A,ana,a@example.com,,,1,40.00,6.00,May-07-26\n" + LINES)
    assert (report["rejected"], Order.objects.count()) == ({"missing": 3}, 0)


TILL = "Date,Receipt Number,Line Type,Customer Code,Quantity,Subtotal,Details,Status,Sku\n"
SALE = "2026-05-01 09:15:22,1,Sale,ana,3,54.00,2 X Tee + 1 X Cap,CLOSED,\n"


def till(tmp_path: Path, rows: str) -> dict[str, Any]:
    path = tmp_path / "sales.csv"
    path.write_text(TILL + rows)
    return as_json(run_import(kind="orders", path=path))


def test_a_row_of_a_tills_whole_sale_says_who_bought_and_is_no_line(tmp_path: Path):
    line = "2026-05-01 09:15:22,1,Sale Line,,2,36.00,Tee,,TEE\n"
    till(tmp_path, SALE + line + line.replace("2,36.00,Tee,,TEE", "1,18.00,Cap,,CAP"))
    order = Order.objects.get()
    assert (order.total, order.member.member_no, order.status) == (Decimal(54), "ana", "completed")
    assert sorted(order.items.values_list("product__sku", flat=True)) == ["CAP", "TEE"]


def test_a_sale_without_rows_of_its_lines_keeps_its_amount(tmp_path: Path):
    till(tmp_path, SALE)
    assert Order.objects.get().total == Decimal(54)
