"""What one member did lately: what they looked at, what they were shown, whether they ordered."""

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
INTEREST = {"cart": 0.6, "wishlist": 0.6, "favourite": 0.6, "click": 0.4, "view": 0.3}
"""How much one event says about what a member wants just now, before it fades."""
WITHDRAWS: dict[str, Collection[str]] = {
    "cart_remove": ("cart",),
    "not_interested": tuple(INTEREST),
    "gift": tuple(INTEREST),
}
"""Which earlier events of the same product say nothing any more."""
HALF_LIFE_DAYS = 1.0


@dataclass(frozen=True)
class Activity:
    """``interest``: product -> 0..1, how much the member wants such things now. ``impressions``: how often a
    product was shown since the member last did anything with it. ``is_newer``: something happened after the
    stored list was made.
    """

    interest: dict[int, float] = field(default_factory=dict)
    impressions: Counter[int] = field(default_factory=Counter)
    is_newer: bool = False


def recent_activity(*, member: Member, since: datetime | None, at: datetime, state: State) -> Activity:
    """The member's activity up to ``at``; ``since`` is when their list was made, None without one.

    One query, none where ``state`` says that there are no events.
    """
    newest_first = _newest_events(member, at=at) if state.has_events else []
    interest: dict[int, float] = {}
    impressions: Counter[int] = Counter()
    withdrawn: dict[int, Collection[str]] = {}
    newer = state.ordered_since
    for product, kind, moment in newest_first:
        if kind == Event.Type.IMPRESSION:
            if product not in interest:  # the events come newest first: nothing was done with it since
                impressions[product] += 1
            continue
        newer = newer or since is None or moment > since
        if kind in WITHDRAWS:
            withdrawn[product] = {*withdrawn.get(product, ()), *WITHDRAWS[kind]}
        elif kind not in withdrawn.get(product, ()):
            age_days = max(0.0, (at - moment).total_seconds() / 86_400)
            weight = INTEREST.get(kind, 0.0) * 0.5 ** (age_days / HALF_LIFE_DAYS)
            interest[product] = min(1.0, interest.get(product, 0.0) + weight)
    return Activity(interest=interest, impressions=impressions, is_newer=newer)


def _newest_events(member: Member, *, at: datetime) -> list[tuple[int, str, datetime]]:
    """(product, type, moment) of the member's events in the last days, newest first."""
    events = Event.objects.filter(
        member=member, product__isnull=False, occurred_at__gte=at - timedelta(days=DAYS_READ)
    )
    rows = events.order_by("-occurred_at").values_list("product_id", "type", "occurred_at")[:EVENTS_READ]
    return [(product, kind, moment) for product, kind, moment in rows if product is not None]


@dataclass(frozen=True)
class State:
    """Where a member stands now. ``stamp`` changes when the member does, buys or allows something, when the
    status of an order changes, or the stored list is renewed. ``ordered_since``: an order was placed
    or came in since that list was made, or ever. ``is_quiet``: nothing of that list can have become one of
    ``allowed.withheld_products`` since it was made, but for what marks and time decide.
    """

    stamp: str
    refuses: bool
    has_events: bool
    has_unwanted: bool
    ordered_since: bool
    is_quiet: bool


# Written by hand: asked on every request, and the ORM composes it more slowly than the database answers.
STATE = f"""
SELECT
  COALESCE(e.n, 0), COALESCE(e.deeds, 0), e.newest, o.newest, o.received, o.n, o.held, o.uncounted, o.back,
  EXISTS (SELECT 1 FROM {Event._meta.db_table} u WHERE u.member_id = %(member)s
    AND u.type = 'not_interested'),
  EXISTS (SELECT 1 FROM {OrderItem._meta.db_table} g WHERE g.member_id = %(member)s AND g.is_gift),
  r.scored_at,
  EXISTS (SELECT 1 FROM {Consent._meta.db_table} c WHERE c.member_id = %(member)s
    AND c.purpose = 'profiling' AND c.granted = %(no)s AND NOT EXISTS (
      SELECT 1 FROM {Consent._meta.db_table} l WHERE l.member_id = c.member_id AND l.purpose = c.purpose
      AND l.channel = c.channel AND (l.occurred_at > c.occurred_at
        OR (l.occurred_at = c.occurred_at AND l.id > c.id)))),
  COALESCE(o.newest >= r.scored_at OR o.received >= r.scored_at, o.newest IS NOT NULL)
FROM
  (SELECT COUNT(*) AS n, SUM(CASE WHEN type = 'impression' THEN 0 ELSE 1 END) AS deeds,
     MAX(CASE WHEN type = 'impression' THEN NULL ELSE occurred_at END) AS newest
   FROM {Event._meta.db_table}
   WHERE member_id = %(member)s AND occurred_at >= %(since)s AND product_id IS NOT NULL) e
  CROSS JOIN (SELECT COUNT(*) AS n, MAX(placed_at) AS newest, MAX(imported_at) AS received,
      COALESCE(SUM(CASE WHEN status = 'held' THEN 1 ELSE 0 END), 0) AS held,
      COALESCE(SUM(CASE WHEN status IN ('cancelled', 'declined') THEN 1 ELSE 0 END), 0) AS uncounted,
      COALESCE(SUM(CASE WHEN status = 'refunded' OR refunded > 0 THEN 1 ELSE 0 END), 0) AS back
    FROM {Order._meta.db_table} WHERE member_id = %(member)s) o
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
        shown, *marks, refuses, ordered_since = cursor.fetchone()
    deeds, _newest, _ordered, _received, _orders, held, _uncounted, back, unwanted, gifts, _scored = marks
    return State(
        stamp="|".join(str(value) for value in (member.status, *marks, refuses)),
        refuses=bool(refuses),
        has_events=bool(shown),
        has_unwanted=bool(unwanted),
        ordered_since=bool(ordered_since),
        is_quiet=not (deeds or held or back or unwanted or gifts or ordered_since),
    )
