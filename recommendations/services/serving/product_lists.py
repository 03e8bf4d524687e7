"""Lists about products and carts: what is similar, what goes with it, what is on the rise.

They may be asked for a ``member``, who is then not shown what ``allowed`` withholds on *buy again*, or for a
``viewer`` of whom only age, country and language are known. Without either, nothing is kept back: for staff.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils import timezone

from membership.members.profiling import refuses_profiling
from membership.models import Category, Member, Product
from recommendations.models import SimilarProduct, Surface
from recommendations.services.merchandising import Action, rules_for
from recommendations.services.reasons import reason_of
from recommendations.services.serving.allowed import withheld_products
from recommendations.services.serving.arranging import arrange
from recommendations.services.serving.member_lists import ServedProduct, candidate, products_of, recommend
from recommendations.services.serving.pools import (
    Pool,
    around,
    neighbours,
    popular_product_ids,
    ranked,
    trending_product_ids,
)
from recommendations.services.serving.viewers import Viewer, least_age
from recommendations.services.writing.scoring import Entry

Kind = SimilarProduct.Kind
WHY = {Kind.SIMILAR: "similar", Kind.TOGETHER: "goes_with"}


@dataclass(frozen=True)
class ProductList:
    """Products, best first, and where they come from."""

    source: str
    products: list[ServedProduct]


@dataclass(frozen=True)
class For:
    """Whom a list is for."""

    viewer: Viewer | None = None
    member: Member | None = None
    """Only one who is active and does not refuse personal recommendations."""
    is_known: bool = False
    """Whether the viewer is a member, of whom the shop knows the age or does not."""

    @classmethod
    def somebody(cls, member: Member | None, *, viewer: Viewer | None = None) -> For:
        """``member``, or else ``viewer``. One query for a member."""
        if member is None:
            return cls(viewer)
        personal = member.status == Member.Status.ACTIVE and not refuses_profiling(member=member)
        return cls(Viewer.of(member, at=timezone.now()), member if personal else None, is_known=True)


EVERYBODY = For()


def similar_products(*, product: Product, limit: int = 10, whom: For = EVERYBODY) -> ProductList:
    """What could be bought instead; of the same category while nothing is known about the product.

    Never its own siblings, the other variants of the same thing.
    """
    pools = (ask(product) for ask in (_similar_to, _of_category))
    return _first(limit, pools, away=[product], whom=_beside(product, whom))


def bought_together(*, product: Product, limit: int = 10, whom: For = EVERYBODY) -> ProductList:
    """What is bought with it. Empty for a product that is always bought alone, or not yet."""
    pools = [_neighbours_of(product, Kind.TOGETHER)]
    return _first(limit, pools, away=[product], whom=_beside(product, whom))


def _beside(product: Product, whom: For) -> For:
    """Who is not known and looks at a product with an age mark may be shown others with that mark.

    ``product`` must then come from ``viewers.with_marks``.
    """
    viewer = whom.viewer
    if viewer is None or viewer.age is not None or whom.is_known:
        return whom
    return replace(whom, viewer=replace(viewer, age=least_age(product)))


def trending(*, limit: int = 10, category: str = "", whom: For = EVERYBODY) -> ProductList:
    """What is bought more often lately; within a category and all below it, by its path, if given."""
    products = trending_product_ids()
    if category:
        below = Category.objects.filter(path__istartswith=category).values("pk")
        inside = set(Product.objects.filter(category__in=below, pk__in=products).values_list("pk", flat=True))
        products = [pk for pk in products if pk in inside]
    return _first(limit, [ranked("trending", products, why="trending")], away=(), whom=whom)


def cart_products(*, cart: Sequence[Product], limit: int = 10, whom: For = EVERYBODY) -> ProductList:
    """What goes with everything in the cart; without any, the member's own list or popular products.

    Nothing of the cart itself, and no other variant of what is in it.
    """
    weights = {product.pk: 1.0 / (1 + place) ** 0.5 for place, product in enumerate(reversed(cart))}
    pools = (
        Pool(kind.value, around(weights, kind=kind, why=WHY[kind])) for kind in (Kind.TOGETHER, Kind.SIMILAR)
    )
    entries = _first(limit, pools, away=cart, whom=whom)
    if entries.products:
        return entries
    if whom.member is not None:
        served = recommend(member=whom.member, surface=Surface.FOR_YOU, limit=limit + len(weights))
        groups = {product.group_id for product in cart} - {None}
        others = (one for one in served.products if one.product.pk not in weights)
        own = [one for one in others if one.product.group_id not in groups][:limit]
        if own:
            return ProductList(served.source, own)
    popular = [ranked("popular", popular_product_ids(), why="popular")]
    return _first(limit, popular, away=cart, whom=whom)


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


def _first(limit: int, pools: Iterable[Pool], *, away: Sequence[Product], whom: For) -> ProductList:
    """The list of the first pool that has anything to show; those after it are not asked for.

    Nothing of ``away`` is in it, nor any other variant of those.
    A cart may be filled up with what the member has bought before, so *buy again* says what is withheld.
    """
    at = timezone.now()
    not_these = {product.pk for product in away}
    not_groups = {product.group_id for product in away if product.group_id is not None}
    rules = [rule for rule in rules_for(member=whom.member, surface="", at=at) if rule.action != Action.PIN]
    for pool in pools:
        products = products_of(pool.entries)
        withheld = not_these.union(_withheld(whom, products, at=at))
        candidates = [
            candidate(product, entry)
            for entry in pool.entries
            if entry["product"] not in withheld
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


def _withheld(whom: For, products: Mapping[int, Product], *, at: datetime) -> Collection[int]:
    if whom.member is not None and products:
        member = whom.member.pk
        withheld = withheld_products(member_ids=[member], products=products, surface=Surface.BUY_AGAIN, at=at)
        return withheld.get(member, frozenset())
    viewer = whom.viewer
    return [] if viewer is None else [pk for pk, one in products.items() if not viewer.may_see(one)]
