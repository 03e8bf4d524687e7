"""What a member may be shown: the one place that decides it. Every reader of a list asks here.

Never shown, on any surface:

- what their age does not allow, or what is not for their country or language (``viewers``);
- what the member sent back, until they buy it again;
- what they marked as *not interesting*, until they buy it, put it in the cart or mark it as a favourite;
- what lies in their cart: added within the last ``CART_DAYS``, and neither removed nor followed by an order.

On *for you*, moreover, all that is in one of their orders which was not cancelled, declined or refunded; an
order that is held for review counts as well. On *buy again*, what is in such a held order, what they bought
only as a gift, and what it is too early to buy again, or is bought once (``buying_again``).
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
    and no event withholds them: only marks and time are looked at. Two queries, one more where somebody has
    put something in the cart, and one more where a product is not for everybody.
    """
    pairs = set(_not_for(member_ids, products, at=at))
    disowned: set[Pair] = set()
    open_ids = products.keys() - set(settled)
    timed = {pk for pk, one in products.items() if surface == Surface.BUY_AGAIN and waits(one)}
    bought: Mapping[Pair, _Purchase] = {}
    if open_ids or timed:
        bought = _bought(_about(OrderItem.objects.filter(member__in=member_ids), open_ids | timed))
        for pair, purchase in bought.items():
            if pair[1] in products and _hides(purchase, products[pair[1]], surface=surface, at=at):
                pairs.add(pair)
            if purchase.is_sent_back or purchase.own_at is None:
                disowned.add(pair)
    if open_ids:
        unwanted, carted = _wishes(_about(Event.objects.filter(member__in=member_ids), open_ids))
        disliked = {pair for pair, since in unwanted.items() if not _bought_since(bought.get(pair), since)}
        pairs |= disliked | _in_cart(carted, since=at - timedelta(days=CART_DAYS))
        disowned |= disliked
    return Judgement(_by_member(pairs, products), _by_member(disowned, products))


def _by_member(pairs: Collection[Pair], products: Collection[int]) -> Withheld:
    by_member: dict[int, set[int]] = defaultdict(set)
    for member, product in pairs:
        if product in products:
            by_member[member].add(product)
    return {member: frozenset(ids) for member, ids in by_member.items()}


def unwanted_products(*, member_id: int) -> set[int]:
    """What the member marked as *not interesting* and has not wanted or bought since. Two queries."""
    unwanted, _carted = _wishes(Event.objects.filter(member=member_id))
    ids = {product for _member, product in unwanted}
    bought = _bought(OrderItem.objects.filter(member=member_id, product__in=ids)) if ids else {}
    return {pair[1] for pair, since in unwanted.items() if not _bought_since(bought.get(pair), since)}


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


def _bought_since(purchase: _Purchase | None, since: datetime) -> bool:
    return purchase is not None and purchase.own_at is not None and purchase.own_at >= since


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
