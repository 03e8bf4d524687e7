"""What a member may be shown: the one place that decides it. Every reader of a list asks here.

Never shown, on any surface:

- what the member sent back, until they buy it again;
- what they marked as *not interesting*, until they buy it, put it in the cart or mark it as a favourite;
- what lies in their cart: added within the last ``CART_DAYS``, and neither removed nor followed by an order.

On *for you*, moreover, all that is in one of their orders which was not cancelled, declined or refunded; an
order that is held for review counts as well. On *buy again*, what is in such a held order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Max, QuerySet

from membership.models import Event, Order, OrderItem
from recommendations.models import Surface

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


def withheld_products(
    *, member_ids: Collection[int], product_ids: Collection[int], surface: str, at: datetime
) -> Withheld:
    """Which of these products each of these members may not be shown; who has none is left out.

    Two queries, one more where somebody has put something in the cart.
    """
    lines = OrderItem.objects.filter(member__in=member_ids)
    events = Event.objects.filter(member__in=member_ids)
    if len(product_ids) <= FEW_PRODUCTS:
        lines, events = lines.filter(product__in=product_ids), events.filter(product__in=product_ids)
    bought = _bought(lines)
    pairs = {pair for pair, purchase in bought.items() if _hides(purchase, surface=surface)}
    unwanted, carted = _wishes(events)
    pairs |= {pair for pair, since in unwanted.items() if pair not in bought or bought[pair].at < since}
    pairs |= _in_cart(carted, since=at - timedelta(days=CART_DAYS))
    withheld: dict[int, set[int]] = defaultdict(set)
    for member, product in pairs:
        if product in product_ids:
            withheld[member].add(product)
    return {member: frozenset(products) for member, products in withheld.items()}


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


def _wishes(events: QuerySet[Event]) -> tuple[dict[Pair, datetime], dict[Pair, datetime]]:
    """Since when which products are not wanted; and when which that are still in it came into the cart."""
    rows = events.filter(type__in=READ, product__isnull=False).order_by("occurred_at", "pk")
    unwanted: dict[Pair, datetime] = {}
    carted: dict[Pair, datetime] = {}
    for member, product, kind, moment in rows.values_list("member_id", "product_id", "type", "occurred_at"):
        pair = (member, product)
        if kind == Event.Type.NOT_INTERESTED:
            unwanted[pair] = moment
        elif kind in TAKES_INTEREST:
            unwanted.pop(pair, None)
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
