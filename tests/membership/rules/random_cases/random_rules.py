"""Random rules over the random shop."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from membership.models import Consent
from membership.rules.nodes import All, Behaviour, Condition, InSegment, Node, Not, Relative, Some, Value
from tests.membership.rules.random_cases.random_shop import EVENT_OF, RFM, SEGMENTS, TAGS, WINDOWS

TEXTS = {
    "member_no": ("M1", "m2", "M"), "name": ("ann", "Émile", "ÉMILE", "雷", "' OR 1=1 --", "%", "_"),
    "email": ("m1@example.com", "@EXAMPLE", "m"), "phone": ("+1212", "+12125550001"),
    "language": ("en", "zh-hans", "zh"), "country": ("US", "CN"),
}  # fmt: skip
CHOICES = {"tier": ("basic", "silver", "gold", "platinum"), "status": ("active", "frozen"), "rfm_group": RFM}
FORECASTS = {
    **{name: (0, Decimal("0.25"), Decimal("0.5"), 1)
       for name in ("churn_risk", "p_active", "order_chance_7d")},
    **{f"expected_orders_{days}d": (0, Decimal("0.5"), 2) for days in (30, 90, 365)},
    **{name: (0, Decimal("0.8"), Decimal("2.5"), Decimal("10.001"), 10)
       for name in ("lifetime_value", *(f"expected_spend_{days}d" for days in (30, 90, 365)))},
}  # fmt: skip
REFUND_DAYS = (30, 90, 365)
NUMBERS: dict[str, tuple[int | Decimal, ...]] = {
    "points": (-5, 0, 5, 10, 15), "rfm_recency": (1, 3, 5),
    "rfm_frequency": (1, 3, 5), "rfm_monetary": (2, 4),
    **{f"orders_{window}": (0, 1, 2) for window in WINDOWS},
    **{f"spend_{window}": (0, Decimal("0.8"), Decimal("2.5"), Decimal("10.001"), 10) for window in WINDOWS},
    **{f"refunds_{days}d": (0, 1, 2) for days in REFUND_DAYS},
    **{f"refunded_{days}d": (0, Decimal("0.8"), Decimal("2.5"), 10) for days in REFUND_DAYS},
    "gap_days": (1, Decimal("1.5"), 7), **FORECASTS,
}  # fmt: skip
MOMENTS = ("joined_at", "first_order_at", "last_order_at", "next_order_at")
CONSENTS = tuple(
    f"consent.{one}.{two}" for one in ("marketing", "profiling") for two in Consent.Channel.values
)
ORDERED = ("=", "!=", "<", "<=", ">", ">=", "between", "in", "not in")


def _rank(value: Any) -> Any:
    return value.amount if isinstance(value, Relative) else value


class Generator:
    """Random rules whose values lie where members' values do."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.leaves = [
            *(lambda name=name: self.text(name) for name in TEXTS),
            *(lambda name=name: self.choice(name) for name in CHOICES),
            *(lambda name=name: self.number(name) for name in NUMBERS),
            *(lambda name=name: self.day(name) for name in MOMENTS * 2),
            *(self.birth_date,) * 4,
            *(lambda name=name: self.around(name) for name in ("birthday", "join_anniversary")),
            *(lambda name=name: self.consent(name) for name in CONSENTS),
            self.tags, self.segment, *(self.behaviour,) * 12,
        ]  # fmt: skip

    def rules(self, count: int) -> Iterator[Node]:
        """Every kind of leaf comes alone in turn, and then inside a group."""
        for number in range(count):
            leaf = self.leaves[number % len(self.leaves)]()
            yield leaf if number % 3 == 0 else self.around_leaf(leaf)

    def around_leaf(self, leaf: Node) -> Node:
        parts = [leaf, *(self.node(2) for _number in range(self.rng.randrange(1, 3)))]
        self.rng.shuffle(parts)
        group: Node = Some(tuple(parts)) if self.rng.random() < 0.6 else All(tuple(parts))
        return Not(group) if self.rng.random() < 0.3 else group

    def node(self, depth: int) -> Node:
        kind = self.rng.random()
        if depth == 0 or kind < 0.5:
            return self.rng.choice(self.leaves)()
        if kind < 0.65:
            return Not(self.node(depth - 1))
        parts = tuple(self.node(depth - 1) for _number in range(self.rng.randrange(2, 4)))
        return Some(parts) if kind < 0.85 else All(parts)

    def condition_on(self, name: str, ops: tuple[str, ...], values: tuple[Value, ...]) -> Condition:
        op = self.rng.choice((*ops, "is set", "is unset"))
        if op in ("is set", "is unset"):
            return Condition(name, op)
        if op in ("in", "not in"):
            return Condition(name, op, tuple(self.rng.sample(values, min(2, len(values)))))
        if op == "between":
            pair = sorted(self.rng.choices(values, k=2), key=_rank)
            return Condition(name, op, tuple(pair))
        return Condition(name, op, (self.rng.choice(values),))

    def text(self, name: str) -> Node:
        return self.condition_on(name, ("=", "!=", "in", "not in", "contains", "starts with"), TEXTS[name])

    def choice(self, name: str) -> Node:
        return self.condition_on(name, ("=", "!=", "in", "not in"), CHOICES[name])

    def number(self, name: str) -> Node:
        return self.condition_on(name, ORDERED, NUMBERS[name])

    def day(self, name: str) -> Node:
        if self.rng.random() < 0.2:
            return self.around(name)
        days = tuple(Relative(-days, "d") for days in (-1, 0, 1, 7, 30, 31, 365, 366, 400))
        return self.condition_on(name, ORDERED, days)

    def birth_date(self) -> Node:
        if self.rng.random() < 0.3:
            return self.around("birth_date")
        days = tuple(date(1990, month, day) for month in (1, 2, 3, 12) for day in (1, 8, 28))
        return self.condition_on("birth_date", ORDERED, (*days, date(2000, 2, 29)))

    def around(self, name: str) -> Condition:
        span = Relative(*self.rng.choice(((0, "d"), (1, "d"), (7, "d"), (2, "w"), (200, "d"), (365, "d"))))
        return self.condition_on(name, ("in next", "in last"), (span,))

    def consent(self, name: str) -> Node:
        return self.condition_on(name, ("=", "!="), (True, False))

    def tags(self) -> Node:
        return self.condition_on("tags", ("contains", "in"), TAGS)

    def segment(self) -> Node:
        return InSegment(self.rng.choice(SEGMENTS))

    def behaviour(self) -> Node:
        rng = self.rng
        name = rng.choice(("bought", "bought", "bought", *EVENT_OF))
        given: dict[str, Value] = {}
        for key, values in (
            ("category", ("Food", "Food > Coffee", "Toys")), ("brand", ("Acme", "Zen")),
            ("product", ("P1", "P2")),
        ):  # fmt: skip
            if rng.random() < 0.2:
                given[key] = rng.choice(values)
        if rng.random() < 0.5:
            given["within"] = Relative(*rng.choice(((0, "d"), (7, "d"), (30, "d"), (5, "w"), (365, "d"))))
        for key in ("since", "until"):
            if rng.random() < 0.15:
                given[key] = Relative(-rng.choice((0, 7, 30, 365)), "d")
        counted = rng.random()
        if counted < 0.2:
            given["exactly"] = rng.randrange(3)
        elif counted < 0.7:
            given |= self.bounds("", (0, 1, 2, 3))
        if name == "bought":
            given |= self.bought_only()
        return Behaviour(name, tuple(sorted(given.items())))

    def bought_only(self) -> dict[str, Value]:
        rng = self.rng
        given: dict[str, Value] = {}
        if rng.random() < 0.15:
            given["store"] = rng.choice(("north", "south"))
        if rng.random() < 0.15:
            given["channel"] = rng.choice(("web", "store"))
        if rng.random() < 0.3:
            given |= self.bounds("units_", (0, 1, 2, 3))
        if rng.random() < 0.3:
            given |= self.bounds("spend_", (0, Decimal("0.8"), Decimal("2.5"), 10))
        return given

    def bounds(self, prefix: str, values: tuple[Value, ...]) -> dict[str, Value]:
        """A lower bound, an upper bound, or both the right way round."""
        low, high = sorted(self.rng.choices(values, k=2), key=_rank)
        kept = self.rng.choice((("at_least",), ("at_most",), ("at_least", "at_most")))
        both = {"at_least": low, "at_most": high}
        return {f"{prefix}{key}": both[key] for key in kept}
