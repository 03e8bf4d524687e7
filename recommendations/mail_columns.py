"""The products to write to members about: the stored list of *for you*."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from membership.mail_columns import ProductPick
from membership.members.profiling import profiling_refusals
from membership.models import Product
from recommendations.models import Recommendation, Surface
from recommendations.services.reasons import reason_of


def picks(member_ids: Sequence[int], n: int) -> Mapping[int, Sequence[ProductPick]]:
    """At most ``n`` sellable products of each member's stored list, with reasons; three queries.

    Members who refuse personal recommendations have none.
    """
    rows = Recommendation.objects.for_surface(Surface.FOR_YOU).filter(member_id__in=member_ids)
    lists = {row.member_id: row.products for row in rows.exclude(member__in=profiling_refusals())}
    ids = {entry["product"] for entries in lists.values() for entry in entries}
    ids |= {pk for entries in lists.values() for entry in entries for pk in entry.get("because", ())}
    products = Product.objects.in_bulk(ids)
    names = {}
    for member_id, entries in lists.items():
        sellable = [
            entry
            for entry in entries
            if (one := products.get(entry["product"])) and one.is_active and one.stock != 0
        ]
        names[member_id] = [
            ProductPick(
                products[entry["product"]].sku,
                products[entry["product"]].name,
                reason_of(entry, products).text,
            )
            for entry in sellable[:n]
        ]
    return names
