"""Shopify's webhooks by topic, as https://shopify.dev/docs/api/webhooks lists them."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import gettext_noop as _

from connectors.models import SourceObject
from connectors.objects import Deleted, ForStaff, Item, Json, Nothing, required, text
from connectors.systems.shopify.customers import read_customer
from connectors.systems.shopify.orders import read_order, read_refund
from connectors.systems.shopify.products import read_level, read_product
from connectors.words import phrase

ORDERS = (
    "orders/create", "orders/updated", "orders/paid", "orders/partially_fulfilled", "orders/fulfilled",
    "orders/cancelled",
)  # fmt: skip
CUSTOMERS = ("customers/create", "customers/update", "customers/enable", "customers/disable")
PRODUCTS = ("products/create", "products/update")
LEVELS = "inventory_levels/update"
TOPICS = (
    *ORDERS, "orders/delete", "refunds/create", *CUSTOMERS, "customers/delete", *PRODUCTS, "products/delete",
    LEVELS,
)  # fmt: skip
"""Those that staff add in the shop; the three about personal data come by themselves."""
READERS: dict[str, Callable[[Json], Item]] = {
    "refunds/create": read_refund,
    **dict.fromkeys(CUSTOMERS, read_customer),
    **dict.fromkeys(PRODUCTS, read_product),
    LEVELS: read_level,
}


def read_message(topic: str, data: Json) -> list[Item]:
    """What a message says. Raises BadMessage."""
    kind, _slash, what = topic.partition("/")
    if topic in ORDERS:
        if text(data, "test") == "true":
            return [Nothing(_("a test order"))]
        return [read_order(data)]
    if topic in READERS:
        return [READERS[topic](data)]
    if what == "delete" and kind in ("orders", "customers", "products"):
        return [Deleted(SourceObject.Kind(kind.removesuffix("s")), required(data, "id"))]
    if topic in ("customers/redact", "customers/data_request"):
        customer = data.get("customer")
        who = text(customer, "id") if isinstance(customer, dict) else ""
        if topic == "customers/redact":
            return [ForStaff(phrase(_("Shopify asks to erase customer %(who)s."), who=who))]
        return [ForStaff(phrase(_("Customer %(who)s asks for the data that are kept."), who=who))]
    if topic == "shop/redact":
        return [ForStaff(_("The shop was closed or disconnected 48 hours ago: its data are to be erased."))]
    return [Nothing(_("messages of this topic are not used"))]
