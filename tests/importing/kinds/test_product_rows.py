from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pytest

from importing.kinds.product_rows import ProductRow, complete, inherit, row_kind
from importing.presets.loading import Rules

PARENTS = {"P": {"name": "Shirt", "category": "Clothes", "brand": "Acme", "status": "active"}}


def completed(row: ProductRow, *, raw_name: str = "", rules: Rules | None = None) -> ProductRow:
    complete(row, raw_name=raw_name, rules=rules or Rules())
    return row


def test_a_variant_takes_from_its_parent_what_it_leaves_empty():
    table = pa.table({"parent": ["P", "P", ""], "name": ["", "Own", ""], "brand": ["", "", ""]})
    assert inherit(table, PARENTS).to_pydict() == {
        "parent": ["P", "P", ""],
        "name": ["Shirt", "Own", ""],
        "brand": ["Acme", "Acme", ""],
    }


@pytest.mark.parametrize(
    ("row", "raw_name", "kind"),
    [
        ({"sku": "A", "price": Decimal(1)}, "Tea", ""),
        ({"sku": None, "price": None, "parent": "P"}, "", "skip"),
        ({"sku": "P", "product_type": "Not sold"}, "Shirt", "not sold"),
        ({"sku": "SET", "product_type": "Priced by its parts"}, "Set", "not sold"),
        ({"sku": "SET", "product_type": "Priced by its parts", "price": Decimal(9)}, "Set", ""),
    ],
)
def test_a_row_without_a_product_of_its_own_is_told_apart(row: ProductRow, raw_name: str, kind: str):
    assert row_kind(row, raw_name) == kind


def test_a_sale_price_below_the_price_counts():
    row = completed({"sku": "A", "price": Decimal(3), "sale_price": Decimal(2)})
    assert row["price"] == 2
    assert completed({"sku": "A", "price": Decimal(1), "sale_price": Decimal(2)})["price"] == 1


def test_an_option_is_added_to_the_name_once():
    row = completed({"sku": "A", "name": "Shirt", "option": "Red"})
    assert row["name"] == "Shirt – Red"
    assert completed({**row, "option": "Red"})["name"] == "Shirt – Red"


def test_a_product_without_a_number_gets_one():
    assert completed({"sku": None, "parent": "P", "option": "Dark Red"})["sku"] == "P-dark-red"
    assert completed({"sku": None, "product_id": "77"})["sku"] == "77"
    assert completed({"sku": None, "name": "Green tea"})["sku"] == "green-tea"
    rules: Rules = {"variant_sku": "{parent}-{product_id}"}
    assert completed({"sku": None, "parent": "id:5", "product_id": "9"}, rules=rules)["sku"] == "5-9"
