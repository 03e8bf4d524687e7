"""Rows that are variants of one thing become products of one group."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.utils import timezone

from importing.records import import_records
from importing.undoing import undo_import
from membership.catalogue.stock.changing import Cause, set_stock
from membership.models import Product, ProductGroup, StockMovement
from membership.models.catalogue.stock import Oversell
from tests.importing.import_files import import_rows
from tests.membership.orders.makers import taken
from tests.membership.orders.random_cases.stock_shop import oversell

pytestmark = pytest.mark.django_db


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "file.csv"


def variants() -> dict[str, tuple[str, object]]:
    """SKU -> the code of its group, its options."""
    rows = Product.objects.filter(group__isnull=False).values_list("sku", "group__code", "options")
    return {sku: (code, options) for sku, code, options in rows}


def test_our_own_columns_name_group_and_options(file: Path) -> None:
    rows = [
        {
            "sku": "M",
            "price": "9",
            "name": "Tee M",
            "group": "tee",
            "group_name": "Tee",
            "options": "Size: M",
        },
        {"sku": "L", "price": "9", "name": "Tee L", "group": "tee", "options": "size:L; Colour: Red"},
        {"sku": "CUP", "price": "4", "name": "Cup", "group": "", "options": ""},
    ]
    import_rows("products", file, rows)

    group = ProductGroup.objects.get()
    assert (group.name, group.options) == ("Tee", ["Size", "size", "Colour"])
    assert variants() == {"M": ("tee", {"Size": "M"}), "L": ("tee", {"size": "L", "Colour": "Red"})}
    again = import_rows("products", file, rows)
    assert (again.created, again.updated, again.duplicate) == (0, 0, 3)


def test_shopifys_handle_groups_its_variants_and_no_single_product(file: Path) -> None:
    head = ("Handle", "Title", "Option1 Name", "Option1 Value", "Option2 Name", "Option2 Value",
            "Variant SKU", "Variant Price")  # fmt: skip
    rows = [
        ("tee", "Tee", "Size", "S", "Colour", "Red", "TEE-S", "9.00"),
        ("tee", "", "", "M", "", "Red", "TEE-M", "9.00"),
        ("cup", "Cup", "Title", "Default Title", "", "", "CUP", "4.00"),
    ]
    import_rows("products", file, [dict(zip(head, row, strict=True)) for row in rows])

    assert variants() == {
        "TEE-S": ("tee", {"Size": "S", "Colour": "Red"}), "TEE-M": ("tee", {"Size": "M", "Colour": "Red"}),
    }  # fmt: skip
    assert ProductGroup.objects.get().name == "Tee"
    assert Product.objects.get(sku="TEE-M").name == "Tee – M / Red"
    assert Product.objects.get(sku="CUP").group is None


def test_woocommerces_variations_join_their_parent(file: Path) -> None:
    head = ("ID", "Type", "SKU", "Name", "Published", "Regular price", "Parent", "Attribute 1 name",
            "Attribute 1 value(s)")  # fmt: skip
    rows = [
        ("10", "variable", "TEE", "Tee", "1", "", "", "Size", "S, M"),
        ("11", "variation", "TEE-S", "Tee - S", "1", "9", "TEE", "Size", "S"),
        ("12", "variation", "TEE-M", "Tee - M", "1", "9", "id:10", "Size", "M"),
        ("13", "simple", "CUP", "Cup", "1", "4", "", "Colour", "Red"),
    ]
    import_rows("products", file, [dict(zip(head, row, strict=True)) for row in rows])

    assert variants() == {"TEE-S": ("TEE", {"Size": "S"}), "TEE-M": ("TEE", {"Size": "M"})}
    assert ProductGroup.objects.get().name == "Tee"


def test_magentos_configurable_product_names_its_variants(file: Path) -> None:
    head = ("sku", "attribute_set_code", "product_type", "name", "price", "configurable_variations")
    rows = [
        ("TEE-S", "Default", "simple", "Tee S", "9", ""),
        ("TEE", "Default", "configurable", "Tee", "", "sku=TEE-S,size=S|sku=TEE-M,size=M"),
        ("TEE-M", "Default", "simple", "Tee M", "9", ""),
    ]
    import_rows("products", file, [dict(zip(head, row, strict=True)) for row in rows])

    assert variants() == {"TEE-S": ("TEE", {"size": "S"}), "TEE-M": ("TEE", {"size": "M"})}


def test_options_that_another_product_has_are_left_out_and_told(file: Path) -> None:
    rows = [
        {"sku": sku, "price": "9", "name": sku, "group": "tee", "options": "Size: M"} for sku in ("A", "B")
    ]
    report = import_rows("products", file, rows)

    assert variants() == {"A": ("tee", {"Size": "M"}), "B": ("tee", None)}
    assert report.flagged_by_reason["options_taken"] == 1


def test_options_pass_from_one_product_to_another(file: Path) -> None:
    def given(**sizes: str) -> list[dict[str, str]]:
        return [
            {"sku": sku, "price": "9", "name": sku, "group": "tee", "options": f"Size: {size}"}
            for sku, size in sizes.items()
        ]

    import_rows("products", file, given(A="S", B="M"))
    import_rows("products", file, given(A="L", B="S"))

    assert variants() == {"A": ("tee", {"Size": "L"}), "B": ("tee", {"Size": "S"})}


def test_what_is_no_option_is_left_out_and_flagged(file: Path) -> None:
    report = import_rows("products", file, [{"sku": "A", "price": "9", "group": "tee", "options": "large"}])

    assert variants() == {"A": ("tee", None)}
    assert report.flagged_by_reason == {"options_left_empty": 1}


def test_an_undone_import_takes_its_groups_along(file: Path) -> None:
    rows = [{"sku": "A", "price": "9", "name": "A", "group": "tee", "options": "Size: M"}]
    report = import_rows("products", file, rows)
    undo_import(report=report)

    assert not Product.objects.exists()
    assert not ProductGroup.objects.exists()


# --- stock -----------------------------------------------------------------------------------------------
def test_an_imported_stock_fills_backorders_and_stands_in_the_history(file: Path) -> None:
    oversell(Oversell.BACKORDER)
    import_rows("products", file, [{"sku": "TEA", "price": "2", "name": "Tea", "stock": "1"}])
    taken({"TEA": 4})

    import_rows("products", file, [{"sku": "TEA", "price": "2", "stock": "10"}])

    product = Product.objects.get()
    assert (product.stock, product.backordered) == (7, 0)
    moved = StockMovement.objects.order_by("pk").values_list("source", "units", "stock")
    assert list(moved) == [("", -1, 0), ("import", 10, 10), ("backorder", -3, 7)]


def test_records_of_a_connected_shop_name_it_as_the_source() -> None:
    for stock in ("1", "5"):
        import_records(
            kind="products", records=[{"sku": "TEA", "price": "2", "stock": stock}], preset=None,
            now=timezone.now(), source="shopify", reason="products/update",
        )  # fmt: skip
    row = StockMovement.objects.get()
    assert (row.source, row.reason, row.units) == ("shopify", "products/update", 4)


def test_an_undone_stock_stands_in_the_history_too(file: Path) -> None:
    import_rows("products", file, [{"sku": "TEA", "price": "2", "name": "Tea", "stock": "1"}])
    second = import_rows("products", file, [{"sku": "TEA", "price": "2", "stock": "10"}])
    undo_import(report=second)

    assert Product.objects.get().stock == 1
    assert list(StockMovement.objects.order_by("pk").values_list("source", "units")) == [
        ("import", 9), ("undo", -9),
    ]  # fmt: skip


def test_a_stock_that_was_changed_since_stays(file: Path) -> None:
    import_rows("products", file, [{"sku": "TEA", "price": "2", "name": "Tea", "stock": "1"}])
    second = import_rows("products", file, [{"sku": "TEA", "price": "2", "stock": "10"}])
    set_stock(product=Product.objects.get(), stock=3, cause=Cause("admin"))
    undo_import(report=second)

    assert Product.objects.get().stock == 3
