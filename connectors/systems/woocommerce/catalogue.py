"""Customers and products of WooCommerce as rows of its exports."""

from __future__ import annotations

from datetime import datetime
from html import unescape

from connectors.objects import Json, Record, TheirCustomer, TheirProduct, moment, part, parts, required, text

SHOWN = {"publish": "1", "private": "0", "draft": "-1", "pending": "-1"}


def read_customer(data: Json) -> TheirCustomer:
    """Raises BadMessage."""
    billing = part(data, "billing")
    username, email = text(data, "username"), text(data, "email")
    first = text(data, "first_name") or text(billing, "first_name")
    last = text(data, "last_name") or text(billing, "last_name")
    return TheirCustomer(
        source_id=required(data, "id"),
        changed_at=changed(data),
        number=username or email,
        number_heading="Username",
        record={
            "Username": username or email,
            "Name": f"{first} {last}".strip(),
            "Email": email or text(billing, "email"),
            "Billing Phone": text(billing, "phone"),
            "Country / Region": text(billing, "country"),
            "Sign up": utc(data, "date_created_gmt"),
        },
    )


def read_product(data: Json) -> TheirProduct:
    """A product, or one variation of it, which comes by itself. Raises BadMessage."""
    number, parent = required(data, "id"), text(data, "parent_id").removeprefix("0")
    prices = {"Sale price": text(data, "sale_price"), "Regular price": text(data, "regular_price")}
    if not any(prices.values()):
        prices["Regular price"] = text(data, "price")
    return TheirProduct(
        source_id=number,
        changed_at=changed(data),
        records=[
            {
                "ID": number,
                "Type": text(data, "type") or ("variation" if parent else "simple"),
                "SKU": text(data, "sku"),
                "Name": _name(data, is_variation=bool(parent)),
                "Published": SHOWN.get(text(data, "status"), "-1"),
                "Stock": text(data, "stock_quantity"),
                **prices,
                "Categories": ", ".join(_categories(data)),
                "Brands": ", ".join(unescape(text(one, "name")) for one in parts(data, "brands")),
                "Parent": f"id:{parent}" if parent else "",
                **(_attributes(data) if parent else {}),
            }
        ],
        parent_id=parent,
    )


def _name(data: Json, *, is_variation: bool) -> str:
    """Of a variation only what sets it apart; its parent's name is put before that where it is written."""
    if not is_variation:
        return unescape(text(data, "name"))
    return ", ".join(
        unescape(text(one, "option")) for one in parts(data, "attributes") if text(one, "option")
    )


def _attributes(data: Json) -> Record:
    """What sets a variation apart, as the export writes it."""
    chosen = [one for one in parts(data, "attributes") if text(one, "option")][:3]
    names = {f"Attribute {n} name": unescape(text(one, "name")) for n, one in enumerate(chosen, start=1)}
    values = {
        f"Attribute {n} value(s)": unescape(text(one, "option")) for n, one in enumerate(chosen, start=1)
    }
    return {**names, **values}


def _categories(data: Json) -> list[str]:
    return [unescape(text(one, "name")) for one in parts(data, "categories")]


def changed(data: Json) -> datetime | None:
    return moment(data, "date_modified_gmt") or moment(data, "date_created_gmt")


def utc(data: Json, name: str) -> str:
    """A moment as the export writes it, with its offset: ``…_gmt`` fields have none."""
    at = moment(data, name)
    return at.isoformat() if at is not None else ""


def with_parent(record: Record, parent: Record) -> Record:
    """A variation's row as the export has it: its name begins with its parent's, which it names by SKU."""
    whole = " - ".join(part for part in (parent["Name"], record["Name"]) if part)
    return {**record, "Name": whole, "Parent": parent["SKU"] or f"id:{parent['ID']}"}
