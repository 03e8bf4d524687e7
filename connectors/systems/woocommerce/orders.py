"""An order of WooCommerce as rows of its orders export, one a line; amounts of lines are without tax."""

from __future__ import annotations

from decimal import Decimal

from connectors.objects import (
    BadMessage,
    Json,
    Record,
    TheirOrder,
    TheirRefund,
    number,
    part,
    parts,
    required,
    text,
)
from connectors.systems.woocommerce.catalogue import changed, utc

EXPORTED = ("trash", "checkout-draft")
"""Words that the preset of WooCommerce's exports knows beside the common ones."""


def read_order(data: Json) -> TheirOrder:
    """Raises BadMessage."""
    lines = parts(data, "line_items")
    if not lines:
        raise BadMessage("line_items")
    order_id = required(data, "id")
    of_order = _of_order(data)
    customer_id = text(data, "customer_id")
    return TheirOrder(
        source_id=order_id,
        changed_at=changed(data),
        number=of_order["Order Number"],
        number_heading="Order Number",
        records=[{**of_order, **_line(line)} for line in lines],
        total=number(data, "total"),
        refunds=[
            TheirRefund(required(one, "id"), order_id, abs(number(one, "total")))
            for one in parts(data, "refunds")
        ],
        refunds_are_all=True,
        refunded_heading="Order Refund Amount",
        product_ids=[_product_id(line) for line in lines],
        sku_heading="SKU",
        customer_id="" if customer_id == "0" else customer_id,  # 0 is a guest
    )


def _of_order(data: Json) -> Record:
    billing, shipping = part(data, "billing"), part(data, "shipping")
    coupons = parts(data, "coupon_lines")
    return {
        "Order Number": text(data, "number") or required(data, "id"),
        "Order Status": _status(data),
        "Order Date": utc(data, "date_created_gmt") or required(data, "date_created_gmt"),
        "Email (Billing)": text(billing, "email"),
        "First Name (Billing)": text(billing, "first_name"),
        "Last Name (Billing)": text(billing, "last_name"),
        "Country Code (Billing)": text(billing, "country"),
        "Country Code (Shipping)": text(shipping, "country"),
        "Order Currency": text(data, "currency"),
        "Payment Method Title": text(data, "payment_method_title") or text(data, "payment_method"),
        "Coupon Code": text(coupons[0], "code") if coupons else "",
        "Order Shipping Amount": text(data, "shipping_total"),
        "Order Total Tax Amount": text(data, "total_tax"),
    }


def _status(data: Json) -> str:
    """The word; of one that a plugin has made, whether the order is paid."""
    from membership.cleaning.order_words import ORDER_STATUSES
    from membership.cleaning.values import Unclean, clean_choice

    word = text(data, "status").removeprefix("wc-")
    try:
        if word not in EXPORTED:
            clean_choice(word, words=ORDER_STATUSES)
    except Unclean:
        return "paid" if text(data, "date_paid_gmt") or text(data, "date_paid") else "pending"
    return word


def _product_id(line: Json) -> str:
    """Of the variation, else of the product; "" where the line names none."""
    numbers = (text(line, "variation_id"), text(line, "product_id"))
    return next((one for one in numbers if one not in ("", "0")), "")


def _line(line: Json) -> Record:
    subtotal, total = number(line, "subtotal"), number(line, "total")
    return {
        "Name": text(line, "name"),
        "SKU": text(line, "sku"),
        "Quantity": text(line, "quantity"),
        "line_items.subtotal": str(max(subtotal, total, Decimal(0))),
        "Order Line (w/o tax)": str(max(total, Decimal(0))),
    }
