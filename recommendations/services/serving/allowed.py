"""What a member may be shown: the one place that decides it. Every reader of a list asks here.

Never shown, on any surface:

- what their age does not allow, or what is not for their country or language (``viewers``);
- what the member sent back, until they buy it again;
- what they marked as *not interesting*, until they buy it, put it in the cart or mark it as a favourite;
- what lies in their cart: added within the last ``CART_DAYS``, and neither removed nor followed by an order.

On *for you*, moreover, all that is in one of their orders which was not cancelled, declined or refunded; an
order that is held for review counts as well. On *buy again*, what is in such a held order, what they bought
only as a gift, and what it is too early to buy again, or is bought once (``buying_again``).

Variants of one thing: what was bought (on *for you*), is in the cart or not interesting is so with all its
siblings; what was sent back, or is held (on *buy again*), is that variant alone, for another size may fit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple, TypeVar

from django.db.models import Max, QuerySet

from membership.models import Event, Order, OrderItem, Product
from recommendations.models import Surface
from recommendations.services.serving.buying_again import is_due, waits
from recommendations.services.serving.variants import groups_among, siblings
from recommendations.services.serving.viewers import Viewer, is_marked, viewers

CART_DAYS = 14
FEW_PRODUCTS = 500
"""Up to so many products the database filters by them; above, Python does."""
TAKES_INTEREST = (Event.Type.CART, Event.Type.WISHLIST, Event.Type.FAVOURITE)
"""Each takes an earlier *not interesting* back."""
READ = (*TAKES_INTEREST, Event.Type.CART_REMOVE, Event.Type.NOT_INTERESTED)
Row = TypeVar("Row", OrderItem, Event)
Withheld = Mapping[int, frozenset[int]]
"""Member id -> ids of products."""
Pair = tuple[int, int]
"""Member id, product id."""
Thing = int
"""A product id, or below zero the id of a group, for all variants of it."""
ThingPair = tuple[int, Thing]
"""Member id, thing."""


class Judgement(NamedTuple):
    """``withheld``: what a member may not be shown. ``disowned``: what no reason may name: the member is not
    interested in it, sent it back, or bought it only as a gift. Who has none is left out.
    """

    withheld: Withheld
    disowned: Withheld

    def of(self, member_id: int) -> tuple[frozenset[int], frozenset[int]]:
        """(what the member may not be shown, what is no reason for them)."""
        nothing: frozenset[int] = frozenset()
        return self.withheld.get(member_id, nothing), self.disowned.get(member_id, nothing)


def withheld_products(
    *, member_ids: Collection[int], products: Mapping[int, Product], surface: str, at: datetime
) -> Withheld:
    """Which of ``products`` each of these members may not be shown; see ``judge``."""
    return judge(member_ids=member_ids, products=products, surface=surface, at=at).withheld


def judge(
    *,
    member_ids: Collection[int],
    products: Mapping[int, Product],
    surface: str,
    at: datetime,
    settled: Collection[int] = (),
) -> Judgement:
    """What each of these members may not be shown of ``products``, and what is no reason for them.

    ``products`` come from ``viewers.product_rows``. Of those that are ``settled`` it is known that no order
    and no event withholds them: only marks and time are looked at, and what became of their other variants.
    Two queries, and one more each where there are variants, where somebody has put something in the cart,
    and where a product is not for everybody.
    """
    groups = groups_among(products)
    things = {pk: -group for pk, group in siblings(groups).items()}
    open_ids = {*(products.keys() - (set(settled) - groups.keys())), *things}
    timed = {pk for pk, one in products.items() if surface == Surface.BUY_AGAIN and waits(one)}
    pairs = set(_not_for(member_ids, products, at=at))
    hidden: set[ThingPair] = set()
    disowned: set[Pair] = set()
    bought: Mapping[Pair, _Purchase] = {}
    if open_ids or timed:
        bought = _bought(_about(OrderItem.objects.filter(member__in=member_ids), open_ids | timed))
    for (member, pk), purchase in bought.items():
        if pk in products and _hides(purchase, products[pk], surface=surface, at=at):
            pairs.add((member, pk))
        if surface == Surface.FOR_YOU and not purchase.is_sent_back:
            hidden.add((member, things.get(pk, pk)))
        if purchase.is_sent_back or purchase.own_at is None:
            disowned.add((member, pk))
    if open_ids:
        unwanted, carted = _wishes(_about(Event.objects.filter(member__in=member_ids), open_ids), things)
        disliked = _still_unwanted(unwanted, bought, things)
        in_cart = _in_cart(carted, since=at - timedelta(days=CART_DAYS))
        hidden |= disliked | {(member, things.get(pk, pk)) for member, pk in in_cart}
        disowned |= _variants(disliked, products, things)
    pairs |= _variants(hidden, products, things)
    return Judgement(_by_member(pairs, products), _by_member(disowned, products))


def _variants(
    pairs: Collection[ThingPair], products: Collection[int], things: Mapping[int, Thing]
) -> set[Pair]:
    """The members with all of ``products`` that are one of their things."""
    variants: dict[Thing, list[int]] = defaultdict(list)
    for pk in products:
        variants[things.get(pk, pk)].append(pk)
    return {(member, pk) for member, thing in pairs for pk in variants.get(thing, ())}


def _by_member(pairs: Collection[Pair], products: Collection[int]) -> Withheld:
    by_member: dict[int, set[int]] = defaultdict(set)
    for member, product in pairs:
        if product in products:
            by_member[member].add(product)
    return {member: frozenset(ids) for member, ids in by_member.items()}


def unwanted_products(*, member_id: int) -> set[int]:
    """What the member marked as *not interesting* and has not wanted or bought since. Two queries."""
    unwanted, _carted = _wishes(Event.objects.filter(member=member_id), {})
    ids = {product for _member, product in unwanted}
    bought = _bought(OrderItem.objects.filter(member=member_id, product__in=ids)) if ids else {}
    return {product for _member, product in _still_unwanted(unwanted, bought, {})}


def _still_unwanted(
    unwanted: Mapping[ThingPair, datetime], bought: Mapping[Pair, _Purchase], things: Mapping[int, Thing]
) -> set[ThingPair]:
    """What they did not buy for themselves since they marked it as not interesting."""
    newest: dict[ThingPair, datetime] = {}
    for (member, product), purchase in bought.items():
        if purchase.own_at is not None:
            pair = (member, things.get(product, product))
            newest[pair] = max(purchase.own_at, newest.get(pair, purchase.own_at))
    return {pair for pair, since in unwanted.items() if pair not in newest or newest[pair] < since}


def _not_for(member_ids: Collection[int], products: Mapping[int, Product], *, at: datetime) -> Iterator[Pair]:
    """Whom age or market keeps from which product. No query where all products are for everybody."""
    marked = [product for product in products.values() if is_marked(product)]
    if not marked:
        return
    known = viewers(member_ids, at=at)
    for member in member_ids:
        viewer = known.get(member, Viewer())
        for product in marked:
            if not viewer.may_see(product):
                yield member, product.pk


class _Purchase(NamedTuple):
    """A member's newest order line with a product; ``own_at`` is that of the newest which was no gift."""

    at: datetime
    is_held: bool
    is_sent_back: bool
    own_at: datetime | None


def _about(rows: QuerySet[Row], product_ids: Collection[int]) -> QuerySet[Row]:
    return rows.filter(product__in=product_ids) if len(product_ids) <= FEW_PRODUCTS else rows


def _bought(lines: QuerySet[OrderItem]) -> dict[Pair, _Purchase]:
    """Orders that were cancelled or declined aside."""
    kept = lines.filter(order__status__in=(*Order.COUNTED, Order.Status.HELD, Order.Status.REFUNDED))
    rows = kept.order_by("placed_at", "pk").values_list(
        "member_id", "product_id", "placed_at", "order__status", "refunded", "total", "is_gift"
    )
    bought: dict[Pair, _Purchase] = {}
    for member, product, placed_at, status, refunded, total, is_gift in rows:
        before = bought.get((member, product))
        own_at = placed_at if not is_gift else before.own_at if before is not None else None
        bought[member, product] = _Purchase(
            placed_at,
            is_held=status == Order.Status.HELD,
            is_sent_back=status == Order.Status.REFUNDED or bool(refunded and not total),
            own_at=own_at,
        )
    return bought


def _hides(purchase: _Purchase, product: Product, *, surface: str, at: datetime) -> bool:
    if surface == Surface.FOR_YOU or purchase.is_sent_back or purchase.is_held or purchase.own_at is None:
        return True
    return waits(product) and not is_due(product, bought_at=purchase.own_at, at=at)


def _wishes(
    events: QuerySet[Event], things: Mapping[int, Thing]
) -> tuple[dict[ThingPair, datetime], dict[Pair, datetime]]:
    """Since when what is not wanted; and when which products that are still in it came into the cart."""
    rows = events.filter(type__in=READ, product__isnull=False).order_by("occurred_at", "pk")
    unwanted: dict[ThingPair, datetime] = {}
    carted: dict[Pair, datetime] = {}
    for member, product, kind, moment in rows.values_list("member_id", "product_id", "type", "occurred_at"):
        pair, thing = (member, product), (member, things.get(product, product))
        if kind == Event.Type.NOT_INTERESTED:
            unwanted[thing] = moment
        elif kind in TAKES_INTEREST:
            unwanted.pop(thing, None)
        if kind == Event.Type.CART:
            carted[pair] = moment
        elif kind == Event.Type.CART_REMOVE:
            carted.pop(pair, None)
    return unwanted, carted


def _in_cart(carted: Mapping[Pair, datetime], *, since: datetime) -> set[Pair]:
    """Those that were put there from ``since`` on, and after the member's newest order."""
    recent = {pair: moment for pair, moment in carted.items() if moment >= since}
    if not recent:
        return set()
    orders = Order.objects.filter(member__in={member for member, _product in recent})
    newest = orders.exclude(status__in=(Order.Status.CANCELLED, Order.Status.DECLINED)).order_by()
    ordered_at = dict(newest.values_list("member_id").annotate(at=Max("placed_at")))
    return {
        (member, product)
        for (member, product), moment in recent.items()
        if member not in ordered_at or ordered_at[member] < moment
    }
