"""Search for products by what they are called and by what is meant, in Chinese and English."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.db.models import Q

from membership.models import Product
from recommendations.services.reasons import reason_of
from recommendations.services.serving.member_lists import ServedProduct
from recommendations.services.serving.pools import popular_product_ids
from recommendations.services.serving.variants import first_of_each_group
from recommendations.services.serving.viewers import Viewer, product_rows
from recommendations.services.writing.search_index import SearchIndex, current_index

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

logger = logging.getLogger(__name__)
SPARE = 3
"""Finds per product wanted: some are sold out, which the index does not know."""
MORE_SPARE = 30
"""The same for those that find many variants of few things."""


def search_products(*, query: str, limit: int = 10, viewer: Viewer | None = None) -> list[ServedProduct]:
    """At most ``limit`` sellable products that answer ``query``, best first; scores 0..1.

    Only those that ``viewer`` may see; without one, all. What somebody searches for by name is shown to them
    even if they have bought it, or were not interested.

    First the product of that very SKU, then what the index finds by words and meaning, then products whose
    name holds the words although the index does not know them yet. Of the variants of one thing the best is
    shown; a SKU finds its very variant.
    """
    words = " ".join(query.split())
    if not words:
        return []
    shown, has_dropped = _found(words, limit=limit, spare=SPARE, viewer=viewer)
    if has_dropped and len(shown) < limit:
        shown, _dropped = _found(words, limit=limit, spare=MORE_SPARE, viewer=viewer)
    return shown[:limit]


def _found(words: str, *, limit: int, spare: int, viewer: Viewer | None) -> tuple[list[ServedProduct], bool]:
    """What is found, best first, and whether variants of what is found already were left out."""
    scores = dict.fromkeys(_by_sku(words), 1.0)
    for product, score in _by_meaning(words, limit=limit * spare):
        scores.setdefault(product, score)
    for product in _by_name(words, limit=limit * spare // SPARE, known=set(scores)):
        scores.setdefault(product, 0.5)
    products = {
        pk: product
        for pk, product in product_rows(scores).items()
        if product.is_sellable and (viewer is None or viewer.may_see(product))
    }
    order = sorted(scores, key=lambda product: -scores[product])  # stable: equal ones as they were found
    reason = reason_of({"why": "matches"}, {})
    there = [products[product] for product in order if product in products]
    shown = first_of_each_group(there, group_of=_group)
    return [ServedProduct(one, round(scores[one.pk], 4), reason) for one in shown], len(shown) < len(there)


def _group(product: Product) -> int | None:
    return product.group_id


def _by_sku(words: str) -> list[int]:
    return list(Product.objects.filter(sku__iexact=words).values_list("pk", flat=True)[:5])


def _by_name(words: str, *, limit: int, known: set[int]) -> list[int]:
    """Sellable products whose name, brand or SKU holds every word, or all of it in one piece."""
    every = Q()
    for word in words.split(" ")[:8]:
        every &= Q(name__icontains=word) | Q(brand__icontains=word)
    named = Product.objects.sellable().filter(every | Q(sku__istartswith=words)).exclude(pk__in=known)
    return list(named.order_by("pk").values_list("pk", flat=True)[:limit])


def _by_meaning(words: str, *, limit: int) -> list[tuple[int, float]]:
    """What the index finds; nothing before the first retrain, or when it fails."""
    try:
        index = current_index()
        if index is None:
            return []
        rows, scores = index.texts.search(words, limit, prior=_popularity(index))
        return list(zip(index.product_ids[rows].tolist(), scores.tolist(), strict=True))
    except Exception:
        logger.exception("the search index cannot answer, names decide")
        return []


def _popularity(index: SearchIndex) -> NDArray[np.float32]:
    """(n,) float32 over the rows of the index: of two equal finds the more popular comes first."""
    import numpy as np

    popular = np.array(popular_product_ids(), dtype=np.int64)
    prior = np.zeros(len(index.product_ids), dtype=np.float32)
    rows = np.searchsorted(index.product_ids, popular).clip(max=len(index.product_ids) - 1)
    known = index.product_ids[rows] == popular
    prior[rows[known]] = 1.0 / (1.0 + np.flatnonzero(known))
    return prior
