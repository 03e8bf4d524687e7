"""What members did: ``bought(...)`` and ``viewed(...)`` as sets of members counted in one query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce, Round

from learning.json_types import JsonMapping, JsonObject
from membership.models import Category, Event, Order, OrderItem
from membership.models.exchange_rates import InShopCurrency
from membership.rules.dates import day_of, end_of, moved, start_of, today
from membership.rules.nodes import Behaviour, Relative, row_id
from membership.rules.registry import Rows
from membership.rules.sums import exact_sum
from registry.tables.one_of import OneOf

EVENTS = {
    "viewed": Event.Type.VIEW,
    "carted": Event.Type.CART,
    "wishlisted": Event.Type.WISHLIST,
    "clicked": Event.Type.CLICK,
}
LINE_FILTERS = ("category", "brand", "product")
ORDER_FILTERS = ("store", "channel")
TIMES = ("within", "since", "until")
BOUNDS = {
    "at_least": ("times", ">="), "at_most": ("times", "<="), "exactly": ("times", "="),
    "units_at_least": ("units", ">="), "units_at_most": ("units", "<="),
    "spend_at_least": ("spend", ">="), "spend_at_most": ("spend", "<="),
}  # fmt: skip
"""Argument → what is measured, and how it is compared."""
COUNTS = ("at_least", "at_most", "exactly")
ARGUMENTS: dict[str, tuple[str, ...]] = {
    "bought": (*LINE_FILTERS, *ORDER_FILTERS, *BOUNDS, *TIMES),
    **dict.fromkeys(EVENTS, (*LINE_FILTERS, *COUNTS, *TIMES)),
}


@dataclass(frozen=True)
class Bound:
    measure: str
    op: str
    value: Any

    @property
    def needs_something(self) -> bool:
        """Whether a member who never did it fails this bound."""
        return self.op in (">=", "=") and self.value > 0


AT_ALL = Bound("times", ">=", 1)


def bounds_of(behaviour: Behaviour) -> list[Bound]:
    """The bounds that a rule sets; without any it asks for at least once."""
    given = dict(behaviour.arguments)
    bounds = [Bound(*BOUNDS[name], given[name]) for name in given if name in BOUNDS]
    return bounds or [AT_ALL]


def behaviour_members(measured: Rows, bounds: Sequence[Bound]) -> Q:
    """The condition on ``Member`` for those whose ``measures`` lie within ``bounds``.

    A bound that nobody-at-all meets too ("at most 2", "exactly 0") is the complement of those who break it.
    """
    if any(bound.needs_something for bound in bounds):
        kept = Q()
        for bound in bounds:
            kept &= _holds(bound)
        return Q(pk__in=measured.filter(kept).values("member_id"))
    broken = Q()
    for bound in bounds:
        broken |= _breaks(bound)
    if not broken:  # "at least 0" holds for everybody
        return Q()
    return ~Q(pk__in=measured.filter(broken).values("member_id"))


def _holds(bound: Bound) -> Q:
    lookup = {">=": "gte", "<=": "lte", "=": "exact"}[bound.op]
    return Q(**{f"{bound.measure}__{lookup}": bound.value})


def _breaks(bound: Bound) -> Q:
    """Only for bounds that a member without rows meets: an upper bound, or "at least 0"."""
    return Q() if bound.op == ">=" else Q(**{f"{bound.measure}__gt": bound.value})


def rows_of(behaviour: Behaviour, *, as_of: datetime) -> Rows:
    """Every event, order or order line that counts: who did it, time and again."""
    given = dict(behaviour.arguments)
    if behaviour.name in EVENTS:
        events = Event.objects.filter(
            *_window("occurred_at", given, as_of), *_product_filters("product__", given),
            type=EVENTS[behaviour.name],
        )  # fmt: skip
        return events.order_by()
    window = _window("placed_at", given, as_of)
    if uses_lines(behaviour):
        # the few orders that do not count are looked up once; a join would read the order of every line
        uncounted = Order.objects.uncounted().filter(*window).order_by().values("pk")
        lines = OrderItem.objects.filter(
            *window, *_product_filters("", given), *_order_filters("order__", given)
        )
        return lines.exclude(order_id__in=uncounted).order_by()
    return Order.objects.counted().filter(*window, *_order_filters("", given)).order_by()


def measures(behaviour: Behaviour, *, as_of: datetime, among: Sequence[int] | None = None) -> Rows:
    """(member_id, times, units, spend) of all who did it at least once; events have only times.

    Only what the bounds ask for is worked out. With ``among`` only these members' rows are read.
    """
    rows = rows_of(behaviour, as_of=as_of)
    if among is not None:
        rows = rows.filter(OneOf("member_id", among))
    lines = behaviour.name == "bought" and uses_lines(behaviour)
    known: JsonObject = {
        "times": Count("order_id", distinct=True) if lines else Count("pk"),
        "units": Coalesce(Sum("units"), 0) if lines else None,
        "spend": _spend(lines=lines) if behaviour.name == "bought" else None,
    }
    wanted = {bound.measure: known[bound.measure] for bound in bounds_of(behaviour)}
    grouped: Rows = rows.values("member_id").annotate(**wanted)
    return grouped


def _spend(*, lines: bool) -> Round:
    """What was spent, in the shop's currency; lines need their orders only where some are in others."""
    if not lines:
        return exact_sum("shop_total")
    if not Order.objects.foreign().exists():
        return exact_sum("total")
    return exact_sum(InShopCurrency("total", "order__shop_rate", "order__shop_digits"))


def uses_lines(behaviour: Behaviour) -> bool:
    """Whether order lines are needed; whole orders are counted otherwise, and their totals added."""
    line_arguments = {*LINE_FILTERS, "units_at_least", "units_at_most"}
    return any(name in line_arguments for name, _value in behaviour.arguments)


def _window(column: str, given: JsonMapping, as_of: datetime) -> list[Q]:
    first, last = window_days(given, as_of=as_of)
    conditions = [Q(**{f"{column}__lte": as_of})]
    if first is not None:
        conditions.append(Q(**{f"{column}__gte": start_of(first)}))
    if last is not None:
        conditions.append(Q(**{f"{column}__lt": end_of(last)}))
    return conditions


def window_days(given: JsonMapping, *, as_of: datetime) -> tuple[date | None, date | None]:
    """The first and the last day that count, both included; None where the rule sets no end."""
    starts = []
    within = given.get("within")
    if isinstance(within, Relative):
        starts.append(moved(today(as_of), Relative(-within.amount, within.unit)))
    if "since" in given:
        starts.append(day_of(given["since"], as_of=as_of))
    last = day_of(given["until"], as_of=as_of) if "until" in given else None
    return max(starts, default=None), last


def _product_filters(prefix: str, given: JsonMapping) -> list[Q]:
    """``prefix`` leads from the row to the product; order lines carry their category themselves."""
    product = prefix or "product__"
    conditions = []
    if "category" in given:
        conditions.append(Q(**{f"{prefix}category_id__in": category_ids(row_id(given["category"]))}))
    if "brand" in given:
        conditions.append(Q(**{f"{product}brand": given["brand"]}))
    if "product" in given:
        conditions.append(Q(**{f"{prefix or 'product_'}id": row_id(given["product"])}))
    return conditions


def _order_filters(prefix: str, given: JsonMapping) -> list[Q]:
    conditions = []
    if "store" in given:
        conditions.append(Q(**{f"{prefix}store_id": row_id(given["store"])}))
    if "channel" in given:
        conditions.append(Q(**{f"{prefix}channel": given["channel"]}))
    return conditions


def category_ids(root: int) -> list[int]:
    """The category and all beneath it. Raises LookupError when it is gone: nobody is meant, not everybody."""
    beneath: dict[int | None, list[int]] = {}
    for pk, parent_id in Category.objects.order_by().values_list("pk", "parent_id"):
        beneath.setdefault(parent_id, []).append(pk)
    if not any(root in children for children in beneath.values()):
        raise LookupError(f"no category {root}")
    ids, waiting = [], [root]
    while waiting:
        current = waiting.pop()
        ids.append(current)
        waiting.extend(beneath.get(current, ()))
    return ids


def one_member(behaviour: Behaviour, *, member_id: int, as_of: datetime) -> JsonObject:
    """What one member did, as the bounds measure it: {"times": 2, "spend": Decimal("31.5")}."""
    rows = list(measures(behaviour, as_of=as_of, among=[member_id]))  # one, or none
    row = rows[0] if rows else {}
    return {name: row.get(name, 0) for name in sorted({one.measure for one in bounds_of(behaviour)})}
