"""Which module asks which shop."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.fetching.pages import ShopApi
from connectors.fetching.shopify import ShopifyApi
from connectors.fetching.woocommerce import WooCommerceApi
from connectors.models import Connection, SourceObject, System

STEPS = (
    SourceObject.Kind.PLACE,
    SourceObject.Kind.CUSTOMER,
    SourceObject.Kind.PRODUCT,
    SourceObject.Kind.ORDER,
)
"""In this order nothing is missing when it is referred to."""
MAKERS: Mapping[str, type[ShopifyApi] | type[WooCommerceApi]] = {
    System.SHOPIFY: ShopifyApi,
    System.WOOCOMMERCE: WooCommerceApi,
}


def api_of(connection: Connection) -> ShopApi:
    """Raises ShopProblem, SealBroken."""
    return MAKERS[connection.system](connection)
