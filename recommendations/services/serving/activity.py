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


def recent_activity(
    *, member: Member, since: datetime | None, at: datetime, state: State | None = None
) -> Activity:
    """The member's activity up to ``at``; ``since`` is when their list was made, None without one.

    Three queries, fewer where ``state`` says that there is nothing to ask for; one more for a member who sent
    something back.
    """
    newest_first = _newest_events(member, at=at) if state is None or state.has_events else []
    asks_orders = since is None or state is None or state.ordered_since
    bought = _bought(member, since=since) if asks_orders else {}
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
        returned=_returned(member) if state is None or state.has_refunds else frozenset(),
        is_newer=newer,
    )


def _newest_events(member: Member, *, at: datetime) -> list[tuple[int, str, datetime]]:
    """(product, type, moment) of the member's events in the last days, newest first."""
    events = Event.objects.filter(
        member=member, product__isnull=False, occurred_at__gte=at - timedelta(days=DAYS_READ)
    )
    rows = events.order_by("-occurred_at").values_list("product_id", "type", "occurred_at")[:EVENTS_READ]
    return [(product, kind, moment) for product, kind, moment in rows if product is not None]


def _bought(member: Member, *, since: datetime | None) -> dict[int, datetime]:
    """product -> when it was bought last, since then or ever."""
    lines = OrderItem.objects.filter(member=member)
    if since is not None:
        lines = lines.filter(placed_at__gte=since)
    return dict(lines.order_by("placed_at").values_list("product_id", "placed_at"))


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


@dataclass(frozen=True)
class State:
    """Where a member stands now. ``stamp`` changes when the member does, buys, sends back or allows
    something, or the stored list is renewed. ``ordered_since``: since that list was made, or ever.
    """

    stamp: str
    refuses: bool
    has_refunds: bool
    has_events: bool
    ordered_since: bool


# Written by hand: asked on every request, and the ORM composes it more slowly than the database answers.
STATE = f"""
SELECT
  COALESCE(e.n, 0), COALESCE(e.deeds, 0), e.newest, o.newest, r.scored_at,
  EXISTS (SELECT 1 FROM {Consent._meta.db_table} c WHERE c.member_id = %(member)s
    AND c.purpose = 'profiling' AND c.granted = %(no)s AND NOT EXISTS (
      SELECT 1 FROM {Consent._meta.db_table} l WHERE l.member_id = c.member_id AND l.purpose = c.purpose
      AND l.channel = c.channel AND (l.occurred_at > c.occurred_at
        OR (l.occurred_at = c.occurred_at AND l.id > c.id)))),
  EXISTS (SELECT 1 FROM {Order._meta.db_table} b WHERE b.member_id = %(member)s AND b.status = 'refunded'),
  COALESCE(o.newest >= r.scored_at, o.newest IS NOT NULL)
FROM
  (SELECT COUNT(*) AS n, SUM(CASE WHEN type = 'impression' THEN 0 ELSE 1 END) AS deeds,
     MAX(CASE WHEN type = 'impression' THEN NULL ELSE occurred_at END) AS newest
   FROM {Event._meta.db_table}
   WHERE member_id = %(member)s AND occurred_at >= %(since)s AND product_id IS NOT NULL) e
  CROSS JOIN (SELECT MAX(placed_at) AS newest FROM {OrderItem._meta.db_table}
    WHERE member_id = %(member)s) o
  LEFT JOIN {Recommendation._meta.db_table} r ON r.member_id = %(member)s AND r.surface = %(surface)s
"""  # noqa: S608  # the names of tables, nothing from outside


def member_state(*, member: Member, surface: str, at: datetime) -> State:
    """Where the member stands at ``at``. One query."""
    # a whole day, so that the window's own motion changes nothing within it
    since = (at - timedelta(days=DAYS_READ)).replace(hour=0, minute=0, second=0, microsecond=0)
    values: dict[str, str | int | bool | None] = {
        "member": member.pk,
        "surface": surface,
        "since": connection.ops.adapt_datetimefield_value(since),
        "no": False,
    }
    with connection.cursor() as cursor:
        cursor.execute(STATE, values)
        shown, *marks, refuses, has_refunds, ordered_since = cursor.fetchone()
    stamp = "|".join(str(value) for value in (member.status, *marks, refuses, has_refunds))
    return State(
        stamp=stamp,
        refuses=bool(refuses),
        has_refunds=bool(has_refunds),
        has_events=bool(shown),
        ordered_since=bool(ordered_since),
    )
