"""Which module reads the messages of which system."""

from __future__ import annotations

from connectors.models import System
from connectors.objects import Item, Json
from connectors.systems import signed
from connectors.systems.shopify import messages as shopify
from connectors.systems.woocommerce import messages as woocommerce

READERS = {
    System.SHOPIFY: shopify.read_message,
    System.WOOCOMMERCE: woocommerce.read_message,
    System.SIGNED: signed.read_message,
}


def read_message(system: str, topic: str, data: Json) -> list[Item]:
    """What a message says. Raises BadMessage."""
    return READERS[System(system)](topic, data)
