"""What to show a member now: the stored list, or what is popular."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.core.cache import cache
from django.db.models import Count
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from membership.models import Member, Order, OrderItem, Product
from recommendations.models import Recommendation, Surface
from registry.models import ModelVersion

logger = logging.getLogger(__name__)

POPULAR_SECONDS = 600
POPULAR_ORDERS = 5_000
"""The newest orders that say what is popular: a few days of a busy shop, months of a quiet one."""
POPULAR_LENGTH = 200


@dataclass(frozen=True)
class Reason:
    """Why a product is shown: a word for programs and a sentence for people."""

    code: str
    text: str
    products: list[Product] = field(default_factory=list)


@dataclass(frozen=True)
class ServedProduct:
    """One product of a list; ``score`` is None where no model scored it."""

    product: Product
    score: float | None
    reason: Reason


@dataclass(frozen=True)
class Served:
    """A list and where it comes from: "model", "own-orders" or "popular"."""

    member: Member
    surface: str
    source: str
    products: list[ServedProduct]
    model_version: ModelVersion | None = None
    scored_at: datetime | None = None


def recommend(*, member: Member, surface: str, limit: int = 10) -> Served:
    """The member's list on ``surface``: at most ``limit`` products, all of them sellable now.

    Products bought since the list was made are left out of *for you*. A member without a list gets what they
    bought most (*buy again*) or what is popular and new to them (*for you*).
    """
    row = (
        Recommendation.objects.filter(member=member, surface=surface).select_related("model_version").first()
        if member.status == Member.Status.ACTIVE
        else None
    )
    served = _stored(member=member, row=row, limit=limit) if row is not None else None
    if served is not None and served.products:
        return served
    if surface == Surface.BUY_AGAIN:
        return _own_orders(member=member, limit=limit)
    return _popular(member=member, limit=limit)


def stored_list(*, row: Recommendation) -> list[ServedProduct]:
    """The products of a stored list that still exist, sellable or not, with reasons in words."""
    entries: list[dict[str, Any]] = row.products
    ids = {entry["product"] for entry in entries}
    ids |= {product for entry in entries for product in entry.get("because", ())}
    products = Product.objects.in_bulk(ids)
    return [
        ServedProduct(products[entry["product"]], entry["score"], _reason(entry, products))
        for entry in entries
        if entry["product"] in products
    ]


def _stored(*, member: Member, row: Recommendation, limit: int) -> Served:
    listed = [item for item in stored_list(row=row) if _is_sellable(item.product)]
    if row.surface == Surface.FOR_YOU:
        wanted = [item.product.pk for item in listed]
        since = OrderItem.objects.filter(member=member, placed_at__gte=row.scored_at, product_id__in=wanted)
        bought = set(since.values_list("product_id", flat=True))
        listed = [item for item in listed if item.product.pk not in bought]
    return Served(
        member=member,
        surface=row.surface,
        source="model",
        products=listed[:limit],
        model_version=row.model_version,
        scored_at=row.scored_at,
    )


def _reason(entry: Mapping[str, Any], products: Mapping[int, Product]) -> Reason:
    """The stored reason in words of the current language."""
    if "times" in entry:
        day = formats.date_format(date.fromisoformat(entry["last"]), "SHORT_DATE_FORMAT")
        times = entry["times"]
        text = ngettext("bought %(times)d time, on %(day)s", "bought %(times)d times, last on %(day)s", times)
        return Reason("bought_before", text % {"times": times, "day": day})
    named = [products[pk] for pk in entry.get("because", ()) if pk in products]
    if not named:
        return _popular_reason()
    return Reason("because_bought", _because(named), named)


def _because(named: list[Product]) -> str:
    if len(named) == 1:
        return _("because of %(first)s") % {"first": named[0].name}
    return _("because of %(first)s and %(second)s") % {"first": named[0].name, "second": named[1].name}


def _popular_reason() -> Reason:
    return Reason("popular", _("popular with other members"))


def _own_orders(*, member: Member, limit: int) -> Served:
    """What the member bought most, newest first among equals; for members whom no model has scored yet."""
    lines = OrderItem.objects.filter(
        member=member,
        order__status__in=Order.COUNTED,
        units__isnull=False,
        product__in=Product.objects.sellable(),
    )
    counts = lines.order_by().values_list("product_id").annotate(times=Count("order", distinct=True))
    times = dict(counts.order_by("-times", "product_id")[:limit])
    products = Product.objects.in_bulk(times)
    return Served(
        member=member,
        surface=Surface.BUY_AGAIN,
        source="own-orders",
        products=[ServedProduct(products[pk], None, _often(count)) for pk, count in times.items()],
    )


def _often(times: int) -> Reason:
    text = ngettext("bought %(times)d time", "bought %(times)d times", times) % {"times": times}
    return Reason("bought_before", text)


def _popular(*, member: Member, limit: int) -> Served:
    popular = popular_product_ids()
    bought = OrderItem.objects.filter(member=member, product_id__in=popular)
    own = set(bought.values_list("product_id", flat=True))
    products = Product.objects.in_bulk(popular)
    shown = [products[pk] for pk in popular if pk not in own and _is_sellable(products.get(pk))]
    return Served(
        member=member,
        surface=Surface.FOR_YOU,
        source="popular",
        products=[ServedProduct(product, None, _popular_reason()) for product in shown[:limit]],
    )


def popular_product_ids() -> list[int]:
    """The products in most of the newest orders, best first; counted anew every ten minutes."""
    try:
        return list(cache.get_or_set("recommendations:popular", _count_popular, POPULAR_SECONDS) or ())
    except Exception:
        logger.warning("the cache does not answer: popular products are counted anew", exc_info=True)
        return _count_popular()


def _count_popular() -> list[int]:
    newest = (
        Order.objects.counted().order_by("-placed_at", "-pk").values_list("pk", flat=True)[:POPULAR_ORDERS]
    )
    lines = OrderItem.objects.filter(order_id__in=list(newest), units__isnull=False)
    counts = lines.order_by().values_list("product_id").annotate(orders=Count("order", distinct=True))
    return [product for product, _orders in counts.order_by("-orders", "product_id")[:POPULAR_LENGTH]]


def _is_sellable(product: Product | None) -> bool:
    return product is not None and product.is_active and product.stock != 0


def product_names(*, product_ids: Collection[int]) -> dict[int, str]:
    """Names by product id, of those that are still in the catalogue."""
    return dict(Product.objects.filter(pk__in=product_ids).values_list("pk", "name"))
