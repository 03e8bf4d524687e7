from __future__ import annotations

import numpy as np
import pyarrow as pa

from importing.files.packed import items_of, unpack_rows

PACKED = {"column": "line_items", "items": ";", "parts": "|", "pair": ":"}


def test_a_cell_of_several_items_is_taken_apart():
    assert items_of("sku:A|quantity:2;sku:B|quantity:1", packed=PACKED) == [
        {"sku": "A", "quantity": "2"},
        {"sku": "B", "quantity": "1"},
    ]


def test_signs_inside_a_value_do_not_split_it():
    text = "name:Tea; black|size:1:2|sku:A;name:Salt & pepper|sku:B"
    assert items_of(text, packed=PACKED) == [
        {"name": "Tea; black", "size": "1:2", "sku": "A"},
        {"name": "Salt & pepper", "sku": "B"},
    ]


def test_each_item_becomes_a_row_with_the_number_of_its_order():
    table = pa.table({"order": ["1", "2", "3"], "line_items": ["sku:A;sku:B", "", "sku:C"]})
    rows, numbers = unpack_rows(
        table, np.array([1, 2, 3]), packed=PACKED, headings=["order", "line_items.sku"]
    )
    assert rows.column("order").to_pylist() == ["1", "1", "2", "3"]
    assert rows.column("line_items.sku").to_pylist() == ["A", "B", "", "C"]
    assert numbers.tolist() == [1, 1, 2, 3]


def test_a_sign_between_the_options_of_an_item_begins_no_new_item() -> None:
    packed = {**PACKED, "items": "|", "parts": ",", "pair": ":"}
    text = "Product ID: 3, Details: Color: Olive | Size: L, Qty: 2|Product ID: 4, Details: , Qty: 1"
    assert [(item["productid"], item["qty"]) for item in items_of(text, packed=packed)] == [
        ("3", "2"),
        ("4", "1"),
    ]
