"""Lists about products and carts: what is similar, what goes with it, what is on the rise."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils import timezone

from membership.members.profiling import refuses_profiling
from membership.models import Category, Member, Product
from recommendations.models import SimilarProduct, Surface
from recommendations.services.merchandising import Action, rules_for
from recommendations.services.reasons import reason_of
from recommendations.services.serving.allowed import withheld_products
from recommendations.services.serving.arranging import Candidate, arrange
from recommendations.services.serving.member_lists import ServedProduct, recommend
from recommendations.services.serving.pools import (
    Pool,
    around,
    neighbours,
    popular_product_ids,
    ranked,
    trending_product_ids,
)
from recommendations.services.serving.variants import groups_among
from recommendations.services.writing.scoring import Entry

Kind = SimilarProduct.Kind
WHY = {Kind.SIMILAR: "similar", Kind.TOGETHER: "goes_with"}


@dataclass(frozen=True)
class ProductList:
    """Products, best first, and where they come from."""

    source: str
    products: list[ServedProduct]


def similar_products(*, product: Product, limit: int = 10) -> ProductList:
    """What could be bought instead; of the same category while nothing is known about the product.

    Never its own siblings, the other variants of the same thing.
    """
    pools = (ask(product) for ask in (_similar_to, _of_category))
    return _first(limit, pools, away=[product])


def bought_together(*, product: Product, limit: int = 10) -> ProductList:
    """What is bought with it. Empty for a product that is always bought alone, or not yet."""
    return _first(limit, [_neighbours_of(product, Kind.TOGETHER)], away=[product])


def trending(*, limit: int = 10, category: str = "") -> ProductList:
    """What is bought more often lately; within a category and all below it, by its path, if given."""
    products = trending_product_ids()
    if category:
        below = Category.objects.filter(path__istartswith=category).values("pk")
        inside = set(Product.objects.filter(category__in=below, pk__in=products).values_list("pk", flat=True))
        products = [pk for pk in products if pk in inside]
    return _first(limit, [ranked("trending", products, why="trending")], away=())


def cart_products(*, cart: Sequence[Product], member: Member | None = None, limit: int = 10) -> ProductList:
    """What goes with everything in the cart; without any, the member's own list or popular products.

    Nothing of the cart itself, and no other variant of what is in it.
    """
    weights = {product.pk: 1.0 / (1 + place) ** 0.5 for place, product in enumerate(reversed(cart))}
    pools = (
        Pool(kind.value, around(weights, kind=kind, why=WHY[kind])) for kind in (Kind.TOGETHER, Kind.SIMILAR)
    )
    active = member is not None and member.status == Member.Status.ACTIVE
    reader = None if member is None or not active or refuses_profiling(member=member) else member
    entries = _first(limit, pools, away=cart, member=reader)
    if entries.products:
        return entries
    if reader is not None:
        served = recommend(member=reader, surface=Surface.FOR_YOU, limit=limit + len(weights))
        groups = {product.group_id for product in cart} - {None}
        others = (one for one in served.products if one.product.pk not in weights)
        own = [one for one in others if one.product.group_id not in groups][:limit]
        if own:
            return ProductList(served.source, own)
    return _first(limit, [ranked("popular", popular_product_ids(), why="popular")], away=cart)


def _neighbours_of(product: Product, kind: Kind) -> Pool:
    rows = neighbours([product.pk], kind=kind).get(product.pk, [])
    entries: list[Entry] = [
        {"product": pk, "score": score, "because": [product.pk], "why": WHY[kind]} for pk, score in rows
    ]
    return Pool(kind.value, entries)


def _similar_to(product: Product) -> Pool:
    return _neighbours_of(product, Kind.SIMILAR)


def _of_category(product: Product) -> Pool:
    """The popular products of the same category, then any of it."""
    if product.category_id is None:
        return Pool("category", [])
    popular = {pk: place for place, pk in enumerate(popular_product_ids())}
    others = Product.objects.sellable().filter(category=product.category_id).exclude(pk=product.pk)
    ids = sorted(
        others.order_by("pk").values_list("pk", flat=True)[:200], key=lambda pk: (popular.get(pk, 1e9), pk)
    )
    pool = ranked("category", ids, why="similar")
    return Pool("category", [{**entry, "because": [product.pk]} for entry in pool.entries])


def _first(
    limit: int, pools: Iterable[Pool], *, away: Sequence[Product], member: Member | None = None
) -> ProductList:
    """The list of the first pool that has anything to show; those after it are not asked for.

    Nothing of ``away`` is in it, nor any other variant of those.
    A cart may be filled up with what the member has bought before, so *buy again* says what is withheld.
    """
    at = timezone.now()
    not_these = {product.pk for product in away}
    not_groups = {product.group_id for product in away if product.group_id is not None}
    rules = [rule for rule in rules_for(member=member, surface="", at=at) if rule.action != Action.PIN]
    for pool in pools:
        ids = {entry["product"] for entry in pool.entries}
        ids |= {pk for entry in pool.entries for pk in entry.get("because", ())}
        products = Product.objects.in_bulk(ids) if ids else {}
        withheld: frozenset[int] = frozenset()
        if member is not None and ids:
            withheld = withheld_products(
                member_ids=[member.pk], product_ids=ids, surface=Surface.BUY_AGAIN, at=at,
                groups=groups_among(products),
            ).get(member.pk, withheld)  # fmt: skip
        candidates = [
            Candidate(product.pk, entry["score"], entry, product.category_id, product.brand, product.group_id)
            for entry in pool.entries
            if entry["product"] not in not_these | withheld
            and (product := products.get(entry["product"])) is not None
            and product.is_sellable
            and product.group_id not in not_groups
        ]
        shown = arrange(candidates, limit=limit, rules=rules)
        if shown:
            return ProductList(
                pool.source,
                [
                    ServedProduct(products[one.product], one.entry["score"], reason_of(one.entry, products))
                    for one in shown
                ],
            )
    return ProductList("none", [])
