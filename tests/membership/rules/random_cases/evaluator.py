"""What a rule means, worked out slowly: from plain rows, one member at a time.

It shares nothing with the compiler but the tree.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from membership.models import OrderItem
from membership.rules.nodes import All, Behaviour, Condition, InSegment, Node, Not, Relative, Some, Value
from tests.membership.rules.random_cases.random_rules import FORECASTS
from tests.membership.rules.random_cases.random_shop import COUNTED, EVENT_OF, Person


@dataclass
class Evaluator:
    """``holds(rule, person)`` for one moment, of a rule as it was written: with names."""

    as_of: datetime
    paths: dict[int, str]  # category id -> path

    def holds(self, rule: Node, person: Person) -> bool:
        match rule:
            case All(parts):
                return all(self.holds(part, person) for part in parts)
            case Some(parts):
                return any(self.holds(part, person) for part in parts)
            case Not(part):
                return not self.holds(part, person)
            case InSegment(str(key)):
                return key in person.segments
            case Behaviour():
                return self._did(rule, person)
            case Condition():
                return self._fits(rule, person)
            case _:
                raise TypeError(rule)

    # --- fields ------------------------------------------------------------------------------------------
    def value(self, name: str, person: Person) -> Any:
        """The member's value; None where it is unknown."""
        if name in FORECASTS or name == "next_order_at":
            return getattr(person.forecast, name.replace("_at", "_q50"), None)
        return self._known(name, person)

    def _known(self, name: str, person: Person) -> Any:
        match name.split("."):
            case ["consent", purpose, channel]:
                purchases = [
                    one for one in person.consents
                    if (one.purpose, one.channel) == (purpose, channel) and one.occurred_at <= self.as_of
                ]  # fmt: skip
                return (
                    max(purchases, key=lambda one: (one.occurred_at, one.pk)).granted if purchases else None
                )
            case ["points"]:
                return person.member.points_balance(at=self.as_of)
            case ["rfm_group"]:
                groups = [key[4:] for key in person.segments if key.startswith("rfm-")]
                return groups[0] if groups else None
            case ["birthday"]:
                return person.member.birth_date
            case ["join_anniversary"]:
                joined_at = person.member.joined_at
                return self.day(joined_at) if joined_at else None
            case [str() as field] if field.startswith(("refunds_", "refunded_")):
                return self._refunds(field, person)
            case ["gap_days"]:
                return person.figures.gap_days_median if person.figures else None
        if hasattr(person.member, name):
            return getattr(person.member, name) or None
        known = 0 if name.startswith(("orders_", "spend_")) else None
        return getattr(person.figures, name) if person.figures else known

    def _refunds(self, name: str, person: Person) -> Decimal | int:
        first = self.day(self.as_of) - timedelta(days=int(name.split("_")[1].removesuffix("d")))
        inside = [
            one.goods for one in person.refunds
            if one.refunded_at <= self.as_of and self.day(one.refunded_at) >= first
        ]  # fmt: skip
        if name.startswith("refunded_"):
            return max(sum(inside, Decimal(0)), Decimal(0))
        return max(sum((goods > 0) - (goods < 0) for goods in inside), 0)

    def _fits(self, condition: Condition, person: Person) -> bool:
        if condition.field == "tags":
            return self._fits_tags(condition, person)
        value = self.value(condition.field, person)
        if condition.op in ("is set", "is unset"):
            return (value is not None) == (condition.op == "is set")
        if value is None:
            return False
        if condition.op in ("in next", "in last"):
            return self._in_window(condition, value)
        given: list[Any] = [self._plain(one) for one in condition.values]
        if isinstance(value, datetime):
            value = self.day(value)
        if isinstance(value, str):
            value = _folded(value)
        return _compare(condition.op, value, given)

    def _fits_tags(self, condition: Condition, person: Person) -> bool:
        if condition.op in ("is set", "is unset"):
            return bool(person.tags) == (condition.op == "is set")
        return any(tag in condition.values for tag in person.tags)

    def _in_window(self, condition: Condition, value: Any) -> bool:
        span: Any = condition.values[0]
        today = self.day(self.as_of)
        days = span.amount * (7 if span.unit == "w" else 1)
        window = [
            today + timedelta(days=step * (1 if condition.op == "in next" else -1))
            for step in range(days + 1)
        ]
        if condition.field not in ("birthday", "join_anniversary"):
            return (self.day(value) if isinstance(value, datetime) else value) in window
        return any(_observed(value, day.year) == day for day in window) and value < min(window)

    def day(self, moment: datetime) -> date:
        return moment.astimezone(ZoneInfo(settings.TIME_ZONE)).date()

    def _plain(self, value: Value) -> Any:
        if isinstance(value, Relative):  # the generator uses days and weeks only
            return self.day(self.as_of) + timedelta(days=value.amount * (7 if value.unit == "w" else 1))
        return _folded(value) if isinstance(value, str) else value

    # --- behaviours ----------------------------------------------------------------------------------------
    def _did(self, behaviour: Behaviour, person: Person) -> bool:
        given: dict[str, Any] = dict(behaviour.arguments)
        first, last = date.min, date.max
        if "within" in given:
            first = self._plain(Relative(-given["within"].amount, given["within"].unit))
        if "since" in given:
            first = max(first, self._plain(given["since"]))
        if "until" in given:
            last = self._plain(given["until"])
        lines = {"category", "brand", "product", "units_at_least", "units_at_most"} & given.keys()
        if behaviour.name != "bought":
            rows: list[Any] = [one for one in person.events if one.type == EVENT_OF[behaviour.name]]
            moments = [one.occurred_at for one in rows]
        elif lines:
            rows = [one for one in person.items if one.order.status in COUNTED]
            moments = [one.placed_at for one in rows]
        else:
            rows = [one for one in person.orders if one.status in COUNTED]
            moments = [one.placed_at for one in rows]
        done = [
            row for row, moment in zip(rows, moments, strict=True)
            if moment <= self.as_of and first <= self.day(moment) <= last and self._about(row, given)
        ]  # fmt: skip
        return self._enough(done, given, whole=behaviour.name == "bought")

    def _about(self, row: Any, given: dict[str, Any]) -> bool:
        if "category" in given:
            category = row.category_id if isinstance(row, OrderItem) else row.product.category_id
            path = self.paths.get(category or 0, "")
            if path != given["category"] and not path.startswith(given["category"] + " > "):
                return False
        if "brand" in given and row.product.brand != given["brand"]:
            return False
        if "product" in given and row.product.sku != given["product"]:
            return False
        order = row.order if isinstance(row, OrderItem) else row
        if "store" in given and (order.store is None or order.store.code != given["store"]):
            return False
        return "channel" not in given or order.channel == given["channel"]

    def _enough(self, done: list[Any], given: dict[str, Any], *, whole: bool) -> bool:
        times = len({getattr(row, "order_id", row.pk) for row in done})
        units = sum(getattr(row, "units", None) or 0 for row in done)
        spend = sum((row.total for row in done), Decimal(0)) if whole else Decimal(0)
        bounds = [name for name in given if "at_" in name or name == "exactly"]
        if not bounds:
            return times >= 1
        measured = {"at": times, "units": units, "spend": spend, "exactly": times}
        for name in bounds:
            have = measured[name.split("_")[0]]
            if name == "exactly" and have != given[name]:
                return False
            if name.endswith("at_least") and have < given[name]:
                return False
            if name.endswith("at_most") and have > given[name]:
                return False
        return True


def _folded(text: str) -> str:
    return "".join(chr(ord(letter) + 32) if "A" <= letter <= "Z" else letter for letter in text)


def _observed(born: date, year: int) -> date:
    try:
        return born.replace(year=year)
    except ValueError:
        return date(year, 2, 28)


def _compare(op: str, value: Any, given: list[Any]) -> bool:
    match op:
        case "=" | "in":
            return value in given
        case "!=" | "not in":
            return value not in given
        case "<":
            return bool(value < given[0])
        case "<=":
            return bool(value <= given[0])
        case ">":
            return bool(value > given[0])
        case ">=":
            return bool(value >= given[0])
        case "between":
            return bool(given[0] <= value <= given[1])
        case "contains":
            return given[0] in value
        case "starts with":
            return bool(value.startswith(given[0]))
    raise AssertionError(op)
