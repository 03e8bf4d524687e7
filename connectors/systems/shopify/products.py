"""A product of Shopify as rows of its products export, one a variant."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

from connectors.objects import (
    Item,
    Json,
    Nothing,
    Record,
    TheirProduct,
    TheirStock,
    moment,
    number,
    part,
    parts,
    required,
    text,
)

STOCK = "Variant Inventory Qty"


def read_product(data: Json) -> TheirProduct:
    """Raises BadMessage."""
    is_gift_card = (
        text(data, "gift_card") or str(text(data, "product_type").casefold() == "gift card").lower()
    )
    of_product: Record = {
        "Title": text(data, "title"),
        "Vendor": text(data, "vendor"),
        "Product Category": text(part(data, "category"), "full_name"),
        "Type": text(data, "product_type"),
        "Status": text(data, "status").lower(),
    }
    names = {
        f"Option{n} Name": text(option, "name")
        for n, option in enumerate(parts(data, "options")[:3], start=1)
    }
    handle = text(data, "handle") or required(data, "id")
    records: list[Record] = []
    for variant in parts(data, "variants"):
        first_only = of_product if not records else dict.fromkeys(of_product, "")  # as the export writes it
        records.append(
            {
                "Handle": handle,
                **first_only,
                **names,
                **{f"Option{n} Value": text(variant, f"option{n}") for n in (1, 2, 3)},
                "Variant SKU": text(variant, "sku"),
                "Variant Price": text(variant, "price"),
                STOCK: _stock(variant),
                "Gift Card": is_gift_card,
            }
        )
    return TheirProduct(
        source_id=required(data, "id"),
        changed_at=moment(data, "updated_at"),
        records=records,
        stock_ids=[text(variant, "inventory_item_id") for variant in parts(data, "variants")],
        stock_heading=STOCK,
    )


def read_level(data: Json) -> Item:
    """What lies in one place; nothing where the shop does not count it there. Raises BadMessage."""
    changed_at = moment(data, "updated_at")
    if changed_at is None or data.get("available") is None:
        return Nothing(_("units are not counted there"))
    place, units = required(data, "location_id"), int(number(data, "available"))
    return TheirStock(required(data, "inventory_item_id"), changed_at, {place: units})


def read_levels(data: Json) -> Item:
    """What lies in all places, as the shop's API says it. Raises BadMessage."""
    levels = parts(data, "levels")
    moments = [at for one in levels if (at := moment(one, "updated_at"))]
    if not moments:
        return Nothing(_("units are not counted there"))
    units = {required(one, "location_id"): int(number(one, "available")) for one in levels}
    return TheirStock(required(data, "id"), max(moments), units, is_whole=True)


def _stock(variant: Json) -> str:
    """Only where the shop counts it."""
    is_counted = "inventory_management" not in variant or bool(text(variant, "inventory_management"))
    return text(variant, "inventory_quantity") if is_counted else ""
