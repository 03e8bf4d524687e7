"""One way to ask any shop: pages of its customers, products and orders, and single ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from connectors.models import Connection, SourceObject, System
from connectors.objects import Item

STEPS = (
    SourceObject.Kind.PLACE,
    SourceObject.Kind.CUSTOMER,
    SourceObject.Kind.PRODUCT,
    SourceObject.Kind.ORDER,
)
"""In this order nothing is missing when it is referred to."""


@dataclass(frozen=True)
class Page:
    """``cursor`` leads to the next page; "" is the end."""

    items: Sequence[Item]
    cursor: str


class ShopApi(Protocol):
    def page(self, *, kind: str, since: datetime | None, cursor: str) -> Page:
        """Objects of one kind, all or those changed since. Raises ShopProblem, BadMessage."""

    def one(self, *, kind: str, source_id: str) -> Sequence[Item]:
        """One object, empty where the shop has none of this id. Raises ShopProblem, BadMessage."""

    def close(self) -> None: ...


def api_of(connection: Connection) -> ShopApi:
    """Raises ShopProblem, SealBroken."""
    from connectors.fetching.shopify import ShopifyApi
    from connectors.fetching.woocommerce import WooCommerceApi

    makers: Mapping[str, type[ShopifyApi] | type[WooCommerceApi]] = {
        System.SHOPIFY: ShopifyApi,
        System.WOOCOMMERCE: WooCommerceApi,
    }
    return makers[connection.system](connection)
