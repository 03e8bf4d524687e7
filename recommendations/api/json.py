"""Lists as plain dictionaries: a serializer a product would cost more than finding the list."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.utils import timezone

from learning.json_types import JsonObject
from membership.models import Product
from recommendations.services.serving.member_lists import Served, ServedProduct

PLACES = Decimal("0.001")


def list_json(served: Served) -> JsonObject:
    """What ``RecommendationList`` describes."""
    scored_at = served.scored_at
    return {
        "member": str(served.member.public_id),
        "surface": served.surface,
        "source": served.source,
        "model_version": str(served.model_version) if served.model_version is not None else None,
        "scored_at": timezone.localtime(scored_at).isoformat() if scored_at is not None else None,
        "products": products_json(served.products),
    }


def products_json(products: Sequence[ServedProduct]) -> list[JsonObject]:
    """What ``RecommendedProduct`` describes, for each."""
    return [
        {
            "id": str(one.product.public_id),
            "sku": one.product.sku,
            "name": one.product.name,
            "price": str(one.product.price.quantize(PLACES)),
            "currency": one.product.currency,
            "score": one.score,
            "reason": {
                "code": one.reason.code,
                "text": one.reason.text,
                "products": [_named(product) for product in one.reason.products],
            },
        }
        for one in products
    ]


def _named(product: Product) -> dict[str, str]:
    return {"id": str(product.public_id), "sku": product.sku, "name": product.name}
