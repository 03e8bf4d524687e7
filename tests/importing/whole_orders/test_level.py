"""Lists of orders without lines, and the file with the lines that comes later."""

from __future__ import annotations

from pathlib import Path

import pytest

from importing.presets.loading import Rules
from importing.running import Options, run_import
from importing.summary import as_json
from importing.whole_orders.level import WITHOUT_LINES, order_level
from membership.models import Order, OrderChange, Product

SYSTEMS = Path(__file__).parents[1] / "systems"
ITEMS = "order_no,member_no,placed_at,sku,quantity,unit_price\n"


def sources(*names: str) -> dict[str, tuple[str, ...]]:
    return {name: (name,) for name in names}


def test_a_file_with_prices_of_its_lines_is_read_as_it_is():
    level = order_level(sources("order_no", "sku", "quantity", "unit_price"), is_system=True, rules=Rules())
    assert (level.amounts, level.unnamed, level.constants) == ("lines", False, {})


def test_a_list_of_orders_of_a_system_names_no_product():
    level = order_level(sources("order_no", "sku", "order_total"), is_system=True, rules=Rules())
    assert (level.amounts, level.unnamed) == ("orders", True)
    assert level.constants["sku"] == WITHOUT_LINES
    assert "sku" not in level.sources


def test_the_amount_of_a_spreadsheets_order_is_spread_over_its_lines():
    level = order_level(sources("order_no", "sku", "order_total"), is_system=False, rules=Rules())
    assert (level.amounts, level.unnamed) == ("orders", False)
    assert level.constants == {"quantity": "1", "unit_price": "0"}


@pytest.mark.django_db
def test_lines_that_come_later_complete_the_orders_and_stay():
    list_, both = SYSTEMS / "etsy-orders.csv", [SYSTEMS / "etsy-orders.csv"]
    first = as_json(run_import(kind="orders", path=list_))
    assert first["remarks"] == {"without_lines": 2}
    unnamed = Product.objects.get()
    assert (unnamed.sku, unnamed.is_active, unnamed.is_placeholder) == (WITHOUT_LINES, False, True)
    report = run_import(kind="orders", path=SYSTEMS / "etsy-items-2026.csv", options=Options(joins=both))
    assert as_json(report)["orders"] == {"created": 0, "changed": 2, "same": 0, "counted": 2}
    assert as_json(report)["net_sales"] == first["net_sales"]
    assert OrderChange.objects.count() == 2
    again = as_json(run_import(kind="orders", path=list_))
    assert again["orders"] == {"created": 0, "changed": 0, "same": 2, "counted": 2}
    assert set(Order.objects.get(order_no="3002").items.values_list("product__sku", flat=True)) == {
        "MUG",
        "POT",
    }


@pytest.mark.django_db
def test_our_own_columns_may_have_totals_only(tmp_path: Path):
    path = tmp_path / "orders.csv"
    text = "order_no,member_no,placed_at,order_total,shipping\nA,ana@example.com,2026-03-01,24.00,5.00\n"
    path.write_text(text, encoding="utf-8")
    report = as_json(run_import(kind="orders", path=path, options=Options(unknown="create")))
    assert (report["orders"]["created"], report["net_sales"]) == (1, {"USD": "19.00"})


@pytest.mark.django_db
def test_a_spreadsheets_total_of_an_order_is_shared_by_its_lines(tmp_path: Path):
    path = tmp_path / "orders.csv"
    path.write_text(
        "Order,Customer,Date,SKU,Qty,Order Total\nA,C1,2026-03-01,TEE,3,10.00\nA,C1,2026-03-01,MUG,1,10.00\n",
        encoding="utf-8",
    )
    assert as_json(run_import(kind="orders", path=path))["net_sales"] == {"USD": "10.00"}
    lines = Order.objects.get().items.order_by("line_no").values_list("product__sku", "total")
    assert [(sku, f"{total:.2f}") for sku, total in lines] == [("TEE", "7.50"), ("MUG", "2.50")]


@pytest.mark.django_db
def test_amounts_that_differ_between_lines_are_those_of_the_lines(tmp_path: Path):
    path = tmp_path / "orders.csv"
    path.write_text(
        "Order,Customer,Date,SKU,Qty,Amount\nA,C1,2026-03-01,TEE,2,20.00\nA,C1,2026-03-01,MUG,1,5.00\n",
        encoding="utf-8",
    )
    assert as_json(run_import(kind="orders", path=path))["net_sales"] == {"USD": "25.00"}
    lines = Order.objects.get().items.order_by("line_no").values_list("product__sku", "total")
    assert [(sku, f"{total:.2f}") for sku, total in lines] == [("TEE", "20.00"), ("MUG", "5.00")]
