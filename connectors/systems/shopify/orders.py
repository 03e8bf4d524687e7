"""An order of Shopify as rows of its orders export, one a line.

All amounts are in the shop's own currency. What was refunded comes off the products, also the shipping and
the tax in it: the export has one sum for all of them, and both must come to the same.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

from connectors.objects import (
    BadMessage,
    Json,
    Record,
    TheirCustomer,
    TheirOrder,
    TheirRefund,
    moment,
    number,
    part,
    parts,
    required,
    text,
)
from connectors.systems.shopify.customers import read_customer

PAID_BACK = ("refund",)


def read_order(data: Json) -> TheirOrder:
    """Raises BadMessage."""
    lines = parts(data, "line_items")
    if not lines:
        raise BadMessage("line_items")
    order_id = required(data, "id")
    refunds = [read_refund(refund, order_id=order_id) for refund in parts(data, "refunds")]
    removed = Counter[str]() if text(data, "cancelled_at") else _removed(data)
    of_order = _of_order(data)
    records = [{**of_order, **_line(line, removed)} for line in lines]
    customer = _customer(data)
    return TheirOrder(
        source_id=order_id,
        changed_at=moment(data, "updated_at"),
        number=of_order["Name"],
        number_heading="Name",
        records=records,
        total=number(data, "total_price"),
        refunds=refunds,
        refunded_heading="Refunded Amount",
        status_heading="Financial Status",
        customer=customer,
        customer_id=customer.source_id if customer else "",
        place_id=text(data, "location_id"),
        place_heading="Location",
    )


def read_refund(data: Json, *, order_id: str = "") -> TheirRefund:
    """One refund, alone or inside its order. Raises BadMessage."""
    return TheirRefund(
        refund_id=required(data, "id"),
        order_id=order_id or required(data, "order_id"),
        paid=sum((number(one, "amount") for one in _paid_back(data)), Decimal(0)),
    )


def _paid_back(refund: Json) -> list[Json]:
    return [
        one
        for one in parts(refund, "transactions")
        if text(one, "kind").lower() in PAID_BACK and text(one, "status").lower() in ("success", "")
    ]


def _shop_money(data: Json, name: str) -> Decimal:
    return number(part(part(data, name), "shop_money"), "amount")


def _removed(order: Json) -> Counter[str]:
    """Line id -> units that an edit took out: such a "refund" pays nothing back."""
    units: Counter[str] = Counter()
    for refund in parts(order, "refunds"):
        if not _paid_back(refund):
            for one in parts(refund, "refund_line_items"):
                units[text(one, "line_item_id")] += int(number(one, "quantity"))
    return units


def _of_order(data: Json) -> Record:
    billing, shipping = part(data, "billing_address"), part(data, "shipping_address")
    codes = parts(data, "discount_codes")
    return {
        "Name": text(data, "name") or f"#{required(data, 'order_number')}",
        "Email": text(data, "email") or text(data, "contact_email"),
        "Financial Status": text(data, "financial_status"),
        "Created at": required(data, "created_at"),
        "Currency": text(data, "currency"),
        "Shipping": str(_shipping(data)),
        "Taxes": text(data, "total_tax"),
        "Discount Code": text(codes[0], "code") if codes else "",
        "Billing Name": _name(billing),
        "Billing Country": text(billing, "country_code"),
        "Shipping Name": _name(shipping),
        "Shipping Country": text(shipping, "country_code"),
        "Cancelled at": text(data, "cancelled_at"),
        "Payment Method": _gateways(data),
        "Source": text(data, "source_name"),
    }


def _line(line: Json, removed: Counter[str]) -> Record:
    units = int(number(line, "quantity"))
    left = max(units - removed[text(line, "id")], 0)
    discount = sum((number(one, "amount") for one in parts(line, "discount_allocations")), Decimal(0))
    if left < units:
        discount = (discount * left / units).quantize(Decimal("0.01"))
    return {
        "Lineitem quantity": str(left),
        "Lineitem name": text(line, "name") or text(line, "title"),
        "Lineitem price": text(line, "price"),
        "Lineitem sku": text(line, "sku"),
        "Lineitem discount": str(discount),
        "Vendor": text(line, "vendor"),
    }


def _shipping(data: Json) -> Decimal:
    """What was asked for shipping, after its own discounts."""
    if part(data, "total_shipping_price_set"):
        return _shop_money(data, "total_shipping_price_set")
    return sum(
        (number(one, "discounted_price" if one.get("discounted_price") is not None else "price")
         for one in parts(data, "shipping_lines")),
        Decimal(0),
    )  # fmt: skip


def _name(address: Json) -> str:
    return text(address, "name") or f"{text(address, 'first_name')} {text(address, 'last_name')}".strip()


def _gateways(data: Json) -> str:
    names = data.get("payment_gateway_names")
    words = [str(name) for name in names] if isinstance(names, list) else []
    shown = [word.replace("_", " ").title() if word == word.lower() else word for word in words]
    return " + ".join(dict.fromkeys(shown))


def _customer(data: Json) -> TheirCustomer | None:
    """The customer inside an order; guests and tills may have none."""
    customer = part(data, "customer")
    return read_customer(customer) if text(customer, "id") else None
