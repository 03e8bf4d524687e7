"""What a member may be shown: the one place that decides it. Every reader of a list asks here.

Never shown, on any surface:

- what the member sent back, until they buy it again;
- what they marked as *not interesting*, until they buy it, put it in the cart or mark it as a favourite;
- what lies in their cart: added within the last ``CART_DAYS``, and neither removed nor followed by an order.

On *for you*, moreover, all that is in one of their orders which was not cancelled, declined or refunded; an
order that is held for review counts as well. On *buy again*, what is in such a held order.

Variants of one thing: what was bought (on *for you*), is in the cart or not interesting is so with all its
siblings; what was sent back, or is held (on *buy again*), is that variant alone, for another size may fit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Max, QuerySet

from membership.models import Event, Order, OrderItem
from recommendations.models import Surface
from recommendations.services.serving.variants import Groups, siblings

CART_DAYS = 14
FEW_PRODUCTS = 500
"""Up to so many products the database filters by them; above, Python does."""
TAKES_INTEREST = (Event.Type.CART, Event.Type.WISHLIST, Event.Type.FAVOURITE)
"""Each takes an earlier *not interesting* back."""
READ = (*TAKES_INTEREST, Event.Type.CART_REMOVE, Event.Type.NOT_INTERESTED)
Withheld = Mapping[int, frozenset[int]]
"""Member id -> ids of products."""
Pair = tuple[int, int]
"""Member id, product id."""
Thing = int
"""A product id, or below zero the id of a group, for all variants of it."""
NO_GROUPS: Groups = {}


def withheld_products(
    *,
    member_ids: Collection[int],
    product_ids: Collection[int],
    surface: str,
    at: datetime,
    groups: Groups = NO_GROUPS,
) -> Withheld:
    """Which of these products each of these members may not be shown; who has none is left out.

    ``groups`` are the groups of the variants among them. Two queries, one more where somebody has put
    something in the cart, and one more where there are variants.
    """
    things = {pk: -group for pk, group in siblings(groups).items()}
    asked = {*product_ids, *things}
    lines = OrderItem.objects.filter(member__in=member_ids)
    events = Event.objects.filter(member__in=member_ids)
    if len(asked) <= FEW_PRODUCTS:
        lines, events = lines.filter(product__in=asked), events.filter(product__in=asked)
    bought = _bought(lines)
    unwanted, carted = _wishes(events, things)
    pairs = {pair for pair, purchase in bought.items() if _hides(purchase, surface=surface)}
    hidden = {
        (member, things.get(product, product))
        for (member, product), purchase in bought.items()
        if surface == Surface.FOR_YOU and not purchase.is_sent_back
    }
    hidden |= _still_unwanted(unwanted, bought, things)
    in_cart = _in_cart(carted, since=at - timedelta(days=CART_DAYS))
    hidden |= {(member, things.get(product, product)) for member, product in in_cart}
    withheld: dict[int, set[int]] = defaultdict(set)
    variants: dict[Thing, set[int]] = defaultdict(set)
    for product in product_ids:
        variants[things.get(product, product)].add(product)
    for member, thing in hidden:
        withheld[member] |= variants.get(thing, set())
    for member, product in pairs:
        if product in product_ids:
            withheld[member].add(product)
    return {member: frozenset(products) for member, products in withheld.items() if products}


def _still_unwanted(
    unwanted: Mapping[tuple[int, Thing], datetime],
    bought: Mapping[Pair, _Purchase],
    things: Mapping[int, Thing],
) -> set[tuple[int, Thing]]:
    """What was not bought since it was marked as not interesting."""
    newest: dict[tuple[int, Thing], datetime] = {}
    for (member, product), purchase in bought.items():
        pair = (member, things.get(product, product))
        newest[pair] = max(purchase.at, newest.get(pair, purchase.at))
    return {pair for pair, since in unwanted.items() if pair not in newest or newest[pair] < since}


class _Purchase(NamedTuple):
    """A member's newest order line with a product."""

    at: datetime
    is_held: bool
    is_sent_back: bool


def _bought(lines: QuerySet[OrderItem]) -> dict[Pair, _Purchase]:
    """Orders that were cancelled or declined aside."""
    kept = lines.filter(order__status__in=(*Order.COUNTED, Order.Status.HELD, Order.Status.REFUNDED))
    rows = kept.order_by("placed_at", "pk").values_list(
        "member_id", "product_id", "placed_at", "order__status", "refunded", "total"
    )
    return {
        (member, product): _Purchase(
            placed_at,
            is_held=status == Order.Status.HELD,
            is_sent_back=status == Order.Status.REFUNDED or bool(refunded and not total),
        )
        for member, product, placed_at, status, refunded, total in rows
    }


def _hides(purchase: _Purchase, *, surface: str) -> bool:
    return surface == Surface.FOR_YOU or purchase.is_sent_back or purchase.is_held


def _wishes(
    events: QuerySet[Event], things: Mapping[int, Thing]
) -> tuple[dict[tuple[int, Thing], datetime], dict[Pair, datetime]]:
    """Since when what is not wanted; and when which products that are still in it came into the cart."""
    rows = events.filter(type__in=READ, product__isnull=False).order_by("occurred_at", "pk")
    unwanted: dict[tuple[int, Thing], datetime] = {}
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
