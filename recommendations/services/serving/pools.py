"""Where the products of a list may come from, from the best source to the last resort.

A pool is an ordered list of entries as ``Recommendation.products`` holds them, scores falling.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, QuerySet
from django.utils import timezone

from membership.models import Member, Order, OrderItem, Product, Segment, SegmentMembership
from recommendations.models import SimilarProduct
from recommendations.services.writing.scoring import STORED_LENGTH, Entry
from registry.models import ModelVersion
from registry.quiet_cache import kept

COUNTED_SECONDS = 600
POPULAR_ORDERS = 5_000
"""The newest orders that say what is popular: a few days of a busy shop, months of a quiet one."""
POPULAR_LENGTH = 200
TREND_DAYS = 14
LONG_RUN_DAYS = 70
SEGMENT_DAYS = 56
FEWEST_IN_SEGMENT = 5
SEEDS = 20
"""How many of the member's own products stand for all of them where no model does."""


@dataclass(frozen=True)
class Pool:
    """Entries, best first, and where they come from; ``source`` is what an answer says."""

    source: str
    entries: list[Entry]
    version: ModelVersion | None = None
    scored_at: datetime | None = None


# --- from single products --------------------------------------------------------------------------------
def neighbours(product_ids: Iterable[int], *, kind: str) -> dict[int, list[tuple[int, float]]]:
    """product -> the products that go with it, with scores 0..1, best first. One query."""
    rows = SimilarProduct.objects.filter(product_id__in=list(product_ids), kind=kind)
    return {
        product: [(entry["product"], entry["score"]) for entry in entries]
        for product, entries in rows.values_list("product_id", "products")
    }


def around(weights: Mapping[int, float], *, kind: str, why: str) -> list[Entry]:
    """What goes with several products at once, each as strongly as its weight; never these themselves."""
    lists = neighbours(weights, kind=kind)
    scores: dict[int, float] = {}
    strongest: dict[int, tuple[float, int]] = {}
    for source, weight in weights.items():
        for product, score in lists.get(source, ()):
            if product in weights:
                continue
            scores[product] = scores.get(product, 0.0) + weight * score
            strongest[product] = max(strongest.get(product, (0.0, 0)), (weight * score, source))
    best = sorted(scores, key=lambda product: (-scores[product], product))[:STORED_LENGTH]
    return [
        {"product": product, "score": scores[product], "because": [strongest[product][1]], "why": why}
        for product in best
    ]


def own_products(*, member: Member) -> dict[int, float]:
    """The member's newest products, weighed by how far back they are: 1 for the newest."""
    lines = _own_lines(member)
    newest = list(lines.order_by("-placed_at", "-pk").values_list("product_id", flat=True)[: 4 * SEEDS])
    return {
        product: 1.0 / (1 + place) for place, product in enumerate(dict.fromkeys(newest)) if place < SEEDS
    }


def _own_lines(member: Member) -> QuerySet[OrderItem]:
    """What the member bought for themselves and kept."""
    lines = OrderItem.objects.filter(member=member, order__status__in=Order.COUNTED, units__isnull=False)
    return lines.filter(is_gift=False).exclude(refunded__gt=0, total=0)


# --- what others buy -------------------------------------------------------------------------------------
def segment_pool(*, member: Member) -> Pool:
    """What the members of this member's segment buy of late; empty for one who is in none."""
    stays = SegmentMembership.objects.current().filter(member=member, segment__member_count__gt=1)
    # a model's segments say how members buy; of several the narrowest says most
    by_kind: dict[str, int] = {Segment.Kind.MODEL: 0, Segment.Kind.DYNAMIC: 1, Segment.Kind.MANUAL: 2}
    segments = stays.values_list("segment_id", "segment__kind", "segment__member_count")
    order = sorted(segments, key=lambda row: (by_kind.get(row[1], 3), row[2], row[0]))
    if order:
        segment = order[0][0]
        products = _remembered(f"segment:{segment}", lambda: count_segment(segment_id=segment))
        if len(products) >= FEWEST_IN_SEGMENT:
            return ranked("segment", products, why="segment")
    return Pool("segment", [])


def popular_pool() -> Pool:
    return ranked("popular", popular_product_ids(), why="popular")


def ranked(source: str, product_ids: list[int], *, why: str) -> Pool:
    """A pool in a given order; the scores only keep it."""
    return Pool(
        source,
        [{"product": pk, "score": 1 / (1 + place / 20), "why": why} for place, pk in enumerate(product_ids)],
    )


def popular_product_ids() -> list[int]:
    """The products in most of the newest orders, best first; counted again every ten minutes."""
    return _remembered("popular", count_popular)


def trending_product_ids() -> list[int]:
    """The products bought more of late than in the long run, best first; counted every ten minutes."""
    return _remembered("trending", lambda: count_trending(at=timezone.now()))


def count_popular() -> list[int]:
    newest = (
        Order.objects.counted().order_by("-placed_at", "-pk").values_list("pk", flat=True)[:POPULAR_ORDERS]
    )
    return _most_bought(OrderItem.objects.filter(order_id__in=list(newest)))


def count_segment(*, segment_id: int) -> list[int]:
    members = SegmentMembership.objects.current().filter(segment=segment_id).values("member")
    since = timezone.now() - timedelta(days=SEGMENT_DAYS)
    lines = OrderItem.objects.filter(member__in=members, placed_at__gte=since, is_gift=False)
    return _most_bought(lines.exclude(order__in=Order.objects.uncounted()))


def _most_bought(lines: QuerySet[OrderItem]) -> list[int]:
    counts = lines.filter(units__isnull=False).order_by().values_list("product_id")
    counted = counts.annotate(orders=Count("order", distinct=True))
    return [product for product, _orders in counted.order_by("-orders", "product_id")[:POPULAR_LENGTH]]


def count_trending(*, at: datetime) -> list[int]:
    """Orders of the last two weeks, times the root of how far they exceed what ten weeks let expect.

    The newest order stands for now, so that a quiet shop, or an imported one, has trends too.
    """
    newest = Order.objects.counted().placed_before(at).order_by("-placed_at").first()
    if newest is None:
        return []
    start = newest.placed_at - timedelta(days=LONG_RUN_DAYS)
    lines = OrderItem.objects.filter(
        placed_at__gte=start, placed_at__lte=newest.placed_at, units__isnull=False
    ).exclude(order__in=Order.objects.uncounted())
    per_product = lines.order_by().values_list("product_id").annotate(orders=Count("order", distinct=True))
    long_run = dict(per_product)
    late = dict(per_product.filter(placed_at__gt=newest.placed_at - timedelta(days=TREND_DAYS)))
    share = TREND_DAYS / LONG_RUN_DAYS

    def strength(product: int) -> float:
        # one more order than seen on both sides: two orders of a new product are not a trend yet
        return float(late[product] * ((late[product] + 1) / (share * long_run[product] + 1)) ** 0.5)

    return sorted(late, key=lambda product: (-strength(product), product))[:POPULAR_LENGTH]


def _remembered(name: str, count: Callable[[], list[int]]) -> list[int]:
    return kept(f"recommendations:{name}", count, seconds=COUNTED_SECONDS)


# --- the member's own orders -----------------------------------------------------------------------------
def own_orders_pool(*, member: Member) -> Pool:
    """What the member bought most; for members whom no model has scored."""
    lines = _own_lines(member)
    counts: Any = lines.order_by().values_list("product_id").annotate(times=Count("order", distinct=True))
    often = counts.filter(product__in=Product.objects.sellable()).order_by("-times", "product_id")
    entries = [{"product": pk, "score": float(times), "times": times} for pk, times in often[:STORED_LENGTH]]
    return Pool("own-orders", entries)
