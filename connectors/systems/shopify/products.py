"""A product of Shopify as rows of its products export, one a variant."""

from __future__ import annotations

from connectors.objects import Json, Record, TheirProduct, moment, part, parts, required, text


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
    handle = text(data, "handle") or required(data, "id")
    records: list[Record] = []
    for variant in parts(data, "variants"):
        first_only = of_product if not records else dict.fromkeys(of_product, "")  # as the export writes it
        records.append(
            {
                "Handle": handle,
                **first_only,
                **{f"Option{n} Value": text(variant, f"option{n}") for n in (1, 2, 3)},
                "Variant SKU": text(variant, "sku"),
                "Variant Price": text(variant, "price"),
                "Variant Inventory Qty": _stock(variant),
                "Gift Card": is_gift_card,
            }
        )
    return TheirProduct(
        source_id=required(data, "id"), changed_at=moment(data, "updated_at"), records=records
    )


def _stock(variant: Json) -> str:
    """Only where the shop counts it."""
    is_counted = "inventory_management" not in variant or bool(text(variant, "inventory_management"))
    return text(variant, "inventory_quantity") if is_counted else ""
