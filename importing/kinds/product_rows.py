"""Rows of a products file as products: variants take from their parent what they leave empty."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, TypedDict

from importing.files.facts import parent_of
from importing.presets.loading import Rules
from membership.models.catalogue.groups import Options

if TYPE_CHECKING:
    import pyarrow as pa

INHERITED = ("name", "category", "brand", "status", "option1_name", "option2_name", "option3_name")
NOT_SOLD = "not sold"
PRICED_BY_PARTS = "priced by its parts"
"""A bundle: a product where it has a price of its own, else only a group of products."""
_WORDS = re.compile(r"[^\w]+")
LENGTH = 60


class ProductRow(TypedDict, total=False):
    """A row's cleaned values; None is "no value"."""

    sku: str | None
    name: str | None
    category: str | None
    category_id: int | None
    brand: str | None
    price: Decimal | None
    sale_price: Decimal | None
    currency: str | None
    stock: int | None
    status: str | None
    is_active: bool | None
    cost: Decimal | None
    min_age: int | None
    countries: str | None
    languages: str | None
    buy_again_days: int | None
    parent: str | None
    option: str | None
    product_id: str | None
    product_type: str | None
    group: str | None
    group_name: str | None
    group_id: int
    options: object  # text as the file has it; then what is stored
    options_key: str
    option1_name: str | None
    option1: str | None
    option2_name: str | None
    option2: str | None
    option3_name: str | None
    option3: str | None
    variant: Options | None  # what makes it one of its group
    kind: str  # what ``row_kind`` says


def inherit(table: pa.Table, parents: Mapping[str, Mapping[str, str]]) -> pa.Table:
    """``table`` (our columns) with the parent's name, category, brand and status where a variant has none."""
    if "parent" not in table.column_names or not parents:
        return table
    keys = _texts(table, "parent")
    for name in INHERITED:
        if name in table.column_names:
            filled = [
                value or parent_of(parents, key).get(name, "")
                for value, key in zip(_texts(table, name), keys, strict=True)
            ]
            table = table.set_column(table.column_names.index(name), name, _column(filled))
    return table


def _texts(table: pa.Table, name: str) -> list[str]:
    import pyarrow as pa

    return [value or "" for value in table.column(name).cast(pa.string()).to_pylist()]


def _column(values: list[str]) -> pa.ChunkedArray:
    import pyarrow as pa

    return pa.chunked_array([pa.array(values, pa.string())])


def row_kind(row: ProductRow, raw_name: str) -> str:
    """``skip`` for a row without a product of its own (a further picture), ``not sold`` for a mere parent,
    else "".
    """
    kind = (row.get("product_type") or "").casefold()
    has_price = row.get("price") is not None or row.get("sale_price") is not None
    if NOT_SOLD in kind or (kind == PRICED_BY_PARTS and not has_price):
        return NOT_SOLD
    if kind == "skip" or (not row.get("sku") and not has_price and not raw_name and row.get("parent")):
        return "skip"
    return ""


def complete(row: ProductRow, *, raw_name: str, rules: Rules) -> None:
    """Number, name and price of one row, from what it has."""
    option = row.get("option")
    if not row.get("sku"):
        row["sku"] = _made_sku(row, raw_name=raw_name, rules=rules)
    name = row.get("name")
    if name and option and not name.endswith(option):
        row["name"] = f"{name} – {option}"[:200]
    sale, price = row.get("sale_price"), row.get("price")
    if sale is not None and sale > 0 and (price is None or sale < price):
        row["price"] = sale
    row["is_active"] = None if row.get("status") is None else row["status"] == "active"


def _made_sku(row: ProductRow, *, raw_name: str, rules: Rules) -> str | None:
    """A number for a product without one: from its parent, its id in the system, or its name."""
    parent, product_id = row.get("parent"), row.get("product_id")
    if parent and product_id and "variant_sku" in rules:
        return str(rules["variant_sku"]).format(parent=parent.removeprefix("id:"), product_id=product_id)[
            :LENGTH
        ]
    if parent:
        option = row.get("option")
        return (parent if raw_name or not option else f"{parent}-{_slug(option)}")[:LENGTH]
    return product_id or _slug(row.get("name") or "") or None


def _slug(text: str) -> str:
    return _WORDS.sub("-", text.casefold()).strip("-")[:LENGTH]
