"""Orders in other currencies get the rate of their day, whenever the rate arrives.

A rate that is new or changed is *pending*: its orders are looked through at once, and again by a run that
begins SETTLED_AFTER later, because an order that was being stored meanwhile has not seen it. So what orders
come to does not depend on what arrived first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Max, Min, QuerySet
from django.utils import timezone

from membership.loyalty.following import points_follow_rates
from membership.members.figures import mark_dirty
from membership.models import ExchangeRate, Order
from membership.models.exchange_rates import MAX_AGE_DAYS, RateTable, day_in_shop, shop_digits
from membership.models.shop import shop_zone, the_shop
from registry.tables.one_of import OneOf

ORDERS_AT_ONCE = 2_000
"""Orders that one transaction looks through."""
SETTLED_AFTER = timedelta(minutes=1)


def fill_rates(*, order_ids: Sequence[int]) -> int:
    """Give these orders the rate of their day and mark the members of those that change; their number.

    Call it in the transaction that wrote them, for writers that do not save whole orders.
    """
    return len(_filled(order_ids))


def _filled(order_ids: Sequence[int]) -> list[int]:
    """Ids of those that got another rate."""
    if not order_ids:
        return []
    orders = Order.objects.filter(OneOf("pk", order_ids)).exclude(currency=the_shop().currency)
    outdated = _outdated(orders)
    if not outdated:
        return []
    # members first, as whoever settles an order does: so neither waits for the other
    mark_dirty(member_ids={one.member_id for one in outdated})
    locked = Order.objects.filter(OneOf("pk", [one.id for one in outdated])).select_for_update()
    ids: defaultdict[tuple[Decimal | None, int | None], list[int]] = defaultdict(list)
    for one in _outdated(locked):
        ids[one.rate, one.digits].append(one.id)
    for (rate, digits), some in ids.items():
        Order.objects.filter(OneOf("pk", some)).update(shop_rate=rate, shop_digits=digits)
    return sorted(pk for some in ids.values() for pk in some)


@dataclass(frozen=True)
class _Outdated:
    """An order and the rate that it should have."""

    id: int
    member_id: int
    rate: Decimal | None
    digits: int | None


def _outdated(orders: QuerySet[Order]) -> list[_Outdated]:
    columns = ("pk", "member_id", "currency", "placed_at", "shop_rate", "shop_digits")
    rows = list(orders.order_by("pk").values_list(*columns))
    if not rows:
        return []
    days = [day_in_shop(row[3]) for row in rows]
    table = RateTable.load(currencies={row[2] for row in rows}, first=min(days), last=max(days))
    found = []
    for (pk, member_id, code, _at, rate, digits), day in zip(rows, days, strict=True):
        wanted = table.rate_on(code, day), shop_digits(code)
        if (rate, digits) != wanted:
            found.append(_Outdated(pk, member_id, *wanted))
    return found


def apply_pending_rates(*, now: datetime | None = None) -> int:
    """Fill in the orders that pending rates concern; the number of orders that changed."""
    now = now or timezone.now()
    pending = ExchangeRate.objects.filter(is_pending=True).order_by()
    spans = pending.values("currency").annotate(first=Min("day"), last=Max("day"))
    changed = 0
    for code, first, last in list(spans.values_list("currency", "first", "last")):
        for some in _slices(code, first=first, last=last):
            with transaction.atomic():
                filled = _filled(some)
            changed += len(filled)
            # by themselves: an order's points lock its member, as every change of the order does
            points_follow_rates(order_ids=some, changed=filled)
        seen = pending.filter(currency=code, day__gte=first, day__lte=last)
        seen.filter(changed_at__lte=now - SETTLED_AFTER).update(is_pending=False)
    return changed


def _slices(code: str, *, first: date, last: date) -> Iterator[list[int]]:
    """Ids of the orders in this currency that rates of these days may concern, also before a zone moved."""
    zone, spare = shop_zone(), timedelta(days=1)
    since = datetime.combine(first, time.min, tzinfo=zone) - spare
    until = datetime.combine(last, time.min, tzinfo=zone) + timedelta(days=MAX_AGE_DAYS + 1) + spare
    orders = Order.objects.foreign().filter(currency=code, placed_at__gte=since, placed_at__lt=until)
    after = 0
    while ids := list(
        orders.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:ORDERS_AT_ONCE]
    ):
        yield ids
        after = ids[-1]
