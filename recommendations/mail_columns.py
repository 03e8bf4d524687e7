"""The products to write to members about: the stored list of *for you*, as they may see it now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from membership.mail_columns import ProductPick
from recommendations.models import Recommendation, Surface
from recommendations.services.serving.stored_lists import listed_now


def picks(member_ids: Sequence[int], n: int) -> Mapping[int, Sequence[ProductPick]]:
    """At most ``n`` products of each member's stored list that they may be shown, with reasons."""
    rows = Recommendation.objects.for_surface(Surface.FOR_YOU).filter(member_id__in=member_ids)
    return {
        row.member_id: [
            ProductPick(one.product.sku, one.product.name, one.reason.text) for one in products[:n]
        ]
        for row, products in listed_now(rows=list(rows))
    }
