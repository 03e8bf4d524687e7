"""What one member did lately: what they looked at, what they were shown, what they bought or sent back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection

from membership.models import Consent, Event, Member, Order, OrderItem
from recommendations.models import Recommendation

DAYS_READ = 14
EVENTS_READ = 500
INTEREST = {"cart": 0.6, "wishlist": 0.6, "click": 0.4, "view": 0.3}
"""How much one event says about what a member wants just now, before it fades."""
HALF_LIFE_DAYS = 1.0


@dataclass(frozen=True)
class Activity:
    """``interest``: product -> 0..1, how much the member wants such things now. ``impressions``: how often a
    product was shown since the member last did anything with it. ``is_newer``: something happened after the
    stored list was made. ``bought`` since then; ``in_cart`` since the last order; ``returned`` ever.
    """

    interest: dict[int, float] = field(default_factory=dict)
    impressions: Counter[int] = field(default_factory=Counter)
    bought: frozenset[int] = frozenset()
    in_cart: frozenset[int] = frozenset()
    returned: frozenset[int] = frozenset()
    is_newer: bool = False


def recent_activity(*, member: Member, since: datetime | None, at: datetime) -> Activity:
    """The member's activity up to ``at``; ``since`` is when their list was made, None without one.

    Three queries; one more for a member who sent something back.
    """
    events = Event.objects.filter(
        member=member, product__isnull=False, occurred_at__gte=at - timedelta(days=DAYS_READ)
    )
    newest_first = list(
        events.order_by("-occurred_at").values_list("product_id", "type", "occurred_at")[:EVENTS_READ]
    )
    lines = OrderItem.objects.filter(member=member)
    if since is not None:
        lines = lines.filter(placed_at__gte=since)
    bought = dict(lines.order_by("placed_at").values_list("product_id", "placed_at"))
    last_order = max(bought.values(), default=since)
    interest: dict[int, float] = {}
    impressions: Counter[int] = Counter()
    in_cart: set[int] = set()
    newer = bool(bought)
    for product, kind, moment in newest_first:
        if kind == Event.Type.IMPRESSION:
            if product not in interest:  # the events come newest first: nothing was done with it since
                impressions[product] += 1
            continue
        age_days = max(0.0, (at - moment).total_seconds() / 86_400)
        weight = INTEREST.get(kind, 0.0) * 0.5 ** (age_days / HALF_LIFE_DAYS)
        interest[product] = min(1.0, interest.get(product, 0.0) + weight)
        newer = newer or since is None or moment > since
        if kind == Event.Type.CART and (last_order is None or moment > last_order):
            in_cart.add(product)
    return Activity(
        interest=interest,
        impressions=impressions,
        bought=frozenset(bought),
        in_cart=frozenset(in_cart),
        returned=_returned(member),
        is_newer=newer,
    )


def _returned(member: Member) -> frozenset[int]:
    """Products of refunded orders that were not bought again later."""
    refunded = OrderItem.objects.filter(order__member=member, order__status=Order.Status.REFUNDED)
    back = dict(refunded.order_by("placed_at").values_list("product_id", "placed_at"))
    if not back:
        return frozenset()
    again = newest_purchases(member=member, product_ids=back)
    return frozenset(product for product, moment in back.items() if again.get(product, moment) <= moment)


def newest_purchases(*, member: Member, product_ids: Collection[int]) -> dict[int, datetime]:
    """product -> when the member bought it last, of orders that count."""
    lines = OrderItem.objects.filter(
        member=member, product_id__in=product_ids, order__status__in=Order.COUNTED
    )
    return dict(lines.order_by("placed_at").values_list("product_id", "placed_at"))


STAMP = f"""
SELECT
  (SELECT COUNT(*) FROM {Event._meta.db_table} WHERE member_id = %s AND occurred_at >= %s
     AND product_id IS NOT NULL AND type <> 'impression'),
  (SELECT MAX(occurred_at) FROM {Event._meta.db_table} WHERE member_id = %s AND occurred_at >= %s
     AND product_id IS NOT NULL AND type <> 'impression'),
  (SELECT MAX(placed_at) FROM {OrderItem._meta.db_table} WHERE member_id = %s),
  (SELECT MAX(id) FROM {Consent._meta.db_table} WHERE member_id = %s),
  (SELECT scored_at FROM {Recommendation._meta.db_table} WHERE member_id = %s AND surface = %s)
"""  # noqa: S608  # the names of tables, nothing from outside


def activity_stamp(*, member: Member, surface: str, at: datetime) -> str:
    """A text that changes when the member does, buys or allows something, or the stored list is renewed.

    One statement, written by hand: asked on every request, the ORM would take a millisecond to compose it.
    """
    # a whole day, so that the window's own motion changes nothing within it
    since = (at - timedelta(days=DAYS_READ)).replace(hour=0, minute=0, second=0, microsecond=0)
    moment = connection.ops.adapt_datetimefield_value(since)
    pk = member.pk
    with connection.cursor() as cursor:
        cursor.execute(STAMP, [pk, moment, pk, moment, pk, pk, pk, surface])
        row = cursor.fetchone()
    return "|".join(str(value) for value in (member.status, *row))
