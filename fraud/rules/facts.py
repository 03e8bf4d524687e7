"""Where the answers to rules come from: one order and those that share something with it, or many orders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import BooleanField, Case, F, Q, QuerySet, Value, When
from django.db.models.expressions import Combinable

from fraud.features import read_refunds
from fraud.rules.decided import outcome_moments
from fraud.rules.evaluating import Leaf, is_about_member, leaves, order_fields_of
from learning.json_types import JsonObject
from membership.models import Member, Order
from membership.models.exchange_rates import InShopCurrency
from membership.models.shop import the_shop
from membership.rules.compiling import condition, members_of
from membership.rules.language import render
from membership.rules.nodes import Node

if TYPE_CHECKING:
    from fraud.ml.orders.facts import OrderTable
    from fraud.ml.orders.returns import Refunds

OrderRow = tuple[Any, ...]
"""The columns of one order, as the database gives them."""
Fact = str | float | None
"""What a rule may ask about an order, as JSON holds it; None for unknown."""
MOST_NEIGHBOURS = 2_000
_COLUMNS = {
    "id": "id",
    "member": "member_id",
    "placed_at": "placed_at",
    "amount": "placed_in_shop",
    "discount": "discount_in_shop",
    "lines": "item_count",
    "channel": "channel",
    "payment_method": "payment_method",
    "currency": "currency",
    "coupon": "coupon",
    "store": "store__code",
    "billing_country": "billing_country",
    "shipping_country": "shipping_country",
    "device": "device_fingerprint",
    "instrument": "payment_fingerprint",
    "address": "address_fingerprint",
    "ip": "ip",
    "joined_at": "member__joined_at",
    "is_fraud": "is_fraud",
    "label_known_at": "label_known_at",
    "approved_at": "approved_at",
    "declined_at": "declined_at",
}
_MOMENTS = ("placed_at", "joined_at", "label_known_at", "approved_at", "declined_at")
_NUMBERS = ("amount", "discount", "lines", "is_fraud", "probability")


def _selected() -> list[str | Combinable]:
    """The columns as a query reads them: amounts in the shop's currency, without any later refund."""
    rate = F("shop_rate"), F("shop_digits")
    worked_out: dict[str, Combinable] = {
        **outcome_moments(),
        "amount": InShopCurrency(F("subtotal") - F("discount"), *rate),
        "discount": InShopCurrency(F("discount"), *rate),
    }
    return [worked_out.get(name, path) for name, path in _COLUMNS.items()]


def order_values(orders: QuerySet[Order]) -> list[OrderRow]:
    """The columns that ``order_table`` takes, a row an order."""
    return list(orders.values_list(*_selected()))


def order_table(
    rows: Iterable[OrderRow], *, probability: Sequence[float | None], refunds: Refunds | None = None
) -> OrderTable:
    """``rows`` of the columns above, by time, with the model's probability of each (None: unknown).

    ``refunds``: of their members, where a fact in ``ABOUT_RETURNS`` is asked.
    """
    import numpy as np

    from fraud.ml.counting.windows import NEVER
    from fraud.ml.orders.facts import OrderTable

    by_column = list(zip(*rows, strict=True)) or [()] * len(_COLUMNS)
    columns: JsonObject = {}
    for name, values in [*zip(_COLUMNS, by_column, strict=True), ("probability", tuple(probability))]:
        if name in _MOMENTS:
            seconds = [NEVER if value is None else int(value.timestamp()) for value in values]
            columns[name] = np.array(seconds, np.int64)
        elif name in _NUMBERS:
            columns[name] = np.array([np.nan if value is None else float(value) for value in values], float)
        elif name in ("id", "member"):
            columns[name] = np.array(values, np.int64)
        else:
            columns[name] = np.array([value or "" for value in values], object)
    zone = the_shop().time_zone
    return OrderTable(columns, zone) if refunds is None else OrderTable(columns, zone, refunds)


def asks_for_returns(names: Iterable[str]) -> bool:
    from fraud.ml.orders.facts import ABOUT_RETURNS

    return not ABOUT_RETURNS.isdisjoint(names)


def needs_neighbours(names: Iterable[str]) -> bool:
    from fraud.ml.counting.counters import counter_of
    from fraud.ml.orders.facts import ABOUT_THE_PAST

    return any(name in ABOUT_THE_PAST or counter_of(name) is not None for name in names)


def facts_of(order: Order, *, names: Sequence[str], probability: float | None) -> dict[str, Fact]:
    """The facts called ``names`` about one stored order, as JSON can hold them; None for unknown.

    One query at most, and one for what was sent back where that is asked: the newest MOST_NEIGHBOURS orders
    of the member, or with the same device, means of payment, address or IP address within the longest window
    asked.
    """
    if not names:
        return {}
    rows = _neighbours(order, names) if needs_neighbours(names) else [_row(order)]
    refunds = None
    if asks_for_returns(names):
        refunds = read_refunds(member_id=order.member_id, until=order.placed_at)
    table = order_table(rows, probability=[None] * (len(rows) - 1) + [probability], refunds=refunds)
    facts = {}
    for name in names:
        value = table.fact(name)[-1]
        facts[name] = _plain(value)
    return facts


def _plain(value: str | float) -> Fact:
    """NaN and "" are None; whole numbers stay readable."""
    if isinstance(value, str):
        return value or None
    number = float(value)
    return None if number != number else number  # NaN is the number that is not itself


def _row(order: Order) -> OrderRow:
    """The order asked about: what was decided on it is not known yet."""
    values = {
        name: None if name in ("approved_at", "declined_at") else _attribute(order, path)
        for name, path in _COLUMNS.items()
    }
    return tuple(values.values())


def _attribute(order: Order, path: str) -> Any:
    value: Any = order
    for name in path.split("__"):
        value = None if value is None else getattr(value, name)
    return value


def _neighbours(order: Order, names: Sequence[str]) -> list[OrderRow]:
    """By time, ``order`` itself last."""
    from fraud.ml.counting.counters import counter_of

    counters = [one for name in names if (one := counter_of(name)) is not None]
    shared = Q(member_id=order.member_id)
    for scope, column in (("device", "device_fingerprint"), ("instrument", "payment_fingerprint"),
                          ("address", "address_fingerprint"), ("ip", "ip")):  # fmt: skip
        seconds = max((one.seconds for one in counters if one.scope == scope), default=0)
        if seconds and getattr(order, column):
            since = order.placed_at - timedelta(seconds=seconds)
            shared |= Q(**{column: getattr(order, column), "placed_at__gt": since})
    earlier = Q(placed_at__lt=order.placed_at) | Q(placed_at=order.placed_at, id__lt=order.pk)
    orders = Order.objects.filter(shared, earlier).order_by("-placed_at", "-id")
    rows = list(orders.values_list(*_selected())[:MOST_NEIGHBOURS])
    return [*reversed(rows), _row(order)]


# --- members ---------------------------------------------------------------------------------------------


def member_leaves(rules: Iterable[Node]) -> dict[str, Leaf]:
    """Text → each different leaf about the member."""
    return {render(leaf): leaf for rule in rules for leaf in leaves(rule) if is_about_member(leaf)}


def member_truths(conditions: Mapping[str, Leaf], *, member_id: int, as_of: datetime) -> dict[str, bool]:
    """Whether each leaf holds for one member: a single query, the segments' own conditions."""
    if not conditions:
        return {}
    columns = {
        f"leaf{number}": Case(
            When(condition(leaf, as_of=as_of, among=[member_id]) or Q(pk__isnull=False), then=Value(True)),
            default=Value(False),
            output_field=BooleanField(),
        )
        for number, leaf in enumerate(conditions.values())
    }
    row = Member.objects.filter(pk=member_id).values_list(*columns.values()).first()
    return dict(zip(conditions, map(bool, row or [False] * len(conditions)), strict=True))


def members_who(leaf: Leaf, *, as_of: datetime) -> set[int]:
    return set(members_of(leaf, as_of=as_of).values_list("pk", flat=True))


def order_field_names(rules: Iterable[Node]) -> list[str]:
    return list(dict.fromkeys(name for rule in rules for name in order_fields_of(rule)))
