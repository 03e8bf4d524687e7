"""WooCommerce's webhooks by topic, as https://woocommerce.github.io/woocommerce-rest-api-docs/ has them."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import gettext_noop as _

from connectors.models import SourceObject
from connectors.objects import Deleted, Item, Json, Nothing, required
from connectors.systems.woocommerce.catalogue import read_customer, read_product
from connectors.systems.woocommerce.orders import read_order

TOPICS = (
    "order.created", "order.updated", "order.deleted", "order.restored", "customer.created",
    "customer.updated", "customer.deleted", "product.created", "product.updated",
    "product.deleted", "product.restored",
)  # fmt: skip
READERS: dict[str, Callable[[Json], Item]] = {
    "order": read_order,
    "customer": read_customer,
    "product": read_product,
}


def read_message(topic: str, data: Json) -> list[Item]:
    """What a message says. Raises BadMessage."""
    kind, _dot, what = topic.partition(".")
    if topic not in TOPICS:
        return [Nothing(_("messages of this topic are not used"))]
    if what == "deleted":
        return [Deleted(SourceObject.Kind(kind), required(data, "id"))]
    return [READERS[kind](data)]
