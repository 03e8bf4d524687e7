"""Random rules and random members for the property tests, and what a rule means, worked out slowly.

The evaluator reads plain rows, one member at a time, and shares nothing with the compiler but the tree.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from membership.models import (
    Category,
    Consent,
    Event,
    Member,
    MemberFeatures,
    Order,
    OrderItem,
    PointsEntry,
    Product,
    Segment,
    SegmentMembership,
    Store,
    Tag,
)
from membership.rules.nodes import All, Behaviour, Condition, InSegment, Node, Not, Relative, Some, Value

EVENT_OF = {"viewed": "view", "carted": "cart", "wishlisted": "wishlist", "clicked": "click"}
COUNTED = {"pending", "paid", "shipped", "completed"}
NAMES = ("Ann Lee", "ann lee", "Émile", "ÉMILE", "李雷", "O'Brien; DROP", "100% _x", "")
TAGS = ("vip", "press", "旧客")
CATEGORIES = (("Food", None), ("Coffee", "Food"), ("Ground", "Coffee"), ("Tea", "Food"), ("Toys", None))
BRANDS = ("Acme", "Zen", "")
SEGMENTS = ("first", "second")
RFM = ("champions", "loyal", "hibernating")


# --- members -----------------------------------------------------------------------------------------------


@dataclass
class Person:
    """All that is known of one member."""

    member: Member
    tags: list[str] = field(default_factory=list)
    consents: list[Consent] = field(default_factory=list)
    points: list[PointsEntry] = field(default_factory=list)
    figures: MemberFeatures | None = None
    orders: list[Order] = field(default_factory=list)
    items: list[OrderItem] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    segments: set[str] = field(default_factory=set)


def make_shop(*, members: int, rng: random.Random, as_of: datetime) -> None:
    """A small shop whose days lie around the edges that rules ask about."""
    made: dict[str, Category] = {}
    for name, parent in CATEGORIES:
        above = made.get(parent or "")
        path = f"{above.path} > {name}" if above else name
        made[name] = Category.objects.create(name=name, path=path, parent=above)
    products = [
        Product.objects.create(
            sku=f"P{index}", name=f"P{index}", price=1, currency="USD", brand=rng.choice(BRANDS),
            category=made[rng.choice(list(made))] if index else None,
        )
        for index in range(8)
    ]  # fmt: skip
    stores = [Store.objects.create(code=code) for code in ("north", "south")]
    tags = [Tag.objects.create(name=name) for name in TAGS]
    segments = [Segment.objects.create(key=key, name=key) for key in (*SEGMENTS, *(f"rfm-{k}" for k in RFM))]
    for index in range(members):
        member = _make_member(index, rng, as_of)
        member.tags.set(rng.sample(tags, rng.randrange(3)))
        _make_statements(member, rng, as_of)
        for number in range(rng.choice((0, 0, 1, 2, 4))):
            _make_order(member, f"O{index}-{number}", products, stores, rng, as_of)
        _make_stays(member, segments, rng, as_of)
        for number in range(rng.randrange(4)):
            Event.objects.create(
                member=member, type=rng.choice(list(EVENT_OF.values())), product=rng.choice(products),
                occurred_at=_moment(rng, as_of), session=str(number),
            )  # fmt: skip
    Member.objects.create(member_no="GONE", status=Member.Status.ERASED, joined_at=as_of)


def _moment(rng: random.Random, as_of: datetime) -> datetime:
    """Often right at the edge of a day of the shop's calendar, and sometimes still to come."""
    zone = ZoneInfo(settings.TIME_ZONE)
    day = as_of.astimezone(zone).date() - timedelta(
        days=rng.choice((-1, 0, 1, 2, 6, 7, 8, 29, 30, 31, 365, 400))
    )
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
    return midnight + timedelta(seconds=rng.choice((-1, 0, 1, 40_000, 86_399)))


def _make_member(index: int, rng: random.Random, as_of: datetime) -> Member:
    day = as_of.astimezone(ZoneInfo(settings.TIME_ZONE)).date()
    born = rng.choice((None, day, day + timedelta(days=rng.randrange(-9, 9)), date(2000, 2, 29)))
    return Member.objects.create(
        member_no=f"M{index}", name=rng.choice(NAMES), email=rng.choice((None, f"m{index}@example.com")),
        phone=rng.choice((None, f"+1212555{index:04d}")), country=rng.choice(("US", "CN", "")),
        language=rng.choice(("en", "zh-hans", "")), joined_at=_moment(rng, as_of - timedelta(days=366)),
        birth_date=born.replace(year=1990) if born and index % 4 and born.year != 2000 else born,
        tier=rng.choice(("basic", "silver", "gold", "platinum")), status=rng.choice(("active", "frozen")),
    )  # fmt: skip


def _make_statements(member: Member, rng: random.Random, as_of: datetime) -> None:
    for _number in range(rng.randrange(5)):
        Consent.objects.create(
            member=member, purpose=rng.choice(Consent.Purpose.values), channel=rng.choice(("email", "sms")),
            granted=rng.random() < 0.5, source="test",
            occurred_at=as_of + timedelta(days=rng.choice((-2, -1, -1, 1))),
        )  # fmt: skip
    for _number in range(rng.randrange(4)):
        earned = as_of - timedelta(days=rng.choice((-1, 1, 5)))
        PointsEntry.objects.create(
            member=member, points=rng.choice((-5, 5, 10)), reason="test", occurred_at=earned,
            expires_at=rng.choice((None, earned + timedelta(days=2), earned + timedelta(days=20))),
        )  # fmt: skip
    if rng.random() < 0.8:
        score: Any = lambda: rng.choice((None, 1, 2, 3, 4, 5))  # noqa: E731
        MemberFeatures.objects.create(
            member=member, as_of=as_of, first_order_at=rng.choice((None, _moment(rng, as_of))),
            last_order_at=rng.choice((None, _moment(rng, as_of))), orders_30d=rng.randrange(4),
            orders_90d=rng.randrange(4), orders_365d=rng.randrange(4), spend_30d=_amount(rng),
            spend_90d=_amount(rng), spend_365d=_amount(rng), gap_days_median=rng.choice((None, 1.5, 7.0)),
            rfm_recency=score(), rfm_frequency=score(), rfm_monetary=score(),
        )  # fmt: skip


def _amount(rng: random.Random) -> Decimal:
    return Decimal(rng.choice(("0", "0.1", "0.7", "0.8", "2.5", "10", "10.001")))


def _make_order(
    member: Member, order_no: str, products: list[Product], stores: list[Store], rng: random.Random,
    as_of: datetime,
) -> None:  # fmt: skip
    placed_at = _moment(rng, as_of)
    order = Order.objects.create(
        order_no=order_no, member=member, store=rng.choice((None, *stores)), currency="USD",
        status=rng.choice((*COUNTED, "cancelled", "refunded")), channel=rng.choice(Order.Channel.values),
        total=_amount(rng), placed_at=placed_at,
    )  # fmt: skip
    for line_no in range(1, rng.randrange(1, 4)):
        product = rng.choice(products)
        quantity = rng.randrange(1, 4)
        OrderItem.objects.create(
            order=order, line_no=line_no, product=product, member=member, category=product.category,
            placed_at=placed_at, quantity=quantity, units=rng.choice((None, quantity)), unit_price=1,
            total=_amount(rng),
        )  # fmt: skip


def _make_stays(member: Member, segments: list[Segment], rng: random.Random, as_of: datetime) -> None:
    for segment in rng.sample(segments, 2):
        left = rng.choice((None, as_of))
        if left is None and segment.key.startswith("rfm-"):  # one group at a time
            stays = SegmentMembership.objects.filter(member=member, segment__key__startswith="rfm-")
            left = as_of if stays.filter(exited_at=None).exists() else None
        SegmentMembership.objects.create(
            segment=segment, member=member, source="manual", entered_at=as_of - timedelta(days=9),
            exited_at=left,
        )  # fmt: skip


def read_people() -> list[Person]:
    """Every reachable member with all rows about them."""
    people = {row.pk: Person(row) for row in Member.objects.exclude(status__in=("merged", "erased"))}
    for member in Member.objects.prefetch_related("tags"):
        if member.pk in people:
            people[member.pk].tags = [tag.name for tag in member.tags.all()]
    for model, name in (
        (Consent, "consents"), (PointsEntry, "points"), (Order, "orders"), (Event, "events"),
        (OrderItem, "items"),
    ):  # fmt: skip
        rows: Any = model._default_manager.all()
        related = {"items": ("product", "order__store"), "events": ("product",), "orders": ("store",)}.get(
            name
        )
        for row in rows.select_related(*related) if related else rows:
            getattr(people[row.member_id], name).append(row)
    for figures in MemberFeatures.objects.all():
        people[figures.member_id].figures = figures
    for stay in SegmentMembership.objects.filter(exited_at=None).select_related("segment"):
        people[stay.member_id].segments.add(stay.segment.key)
    return list(people.values())


# --- what a rule means -------------------------------------------------------------------------------


@dataclass
class Evaluator:
    """``holds(rule, person)`` for one moment."""

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
            case InSegment(key):
                return key in person.segments
            case Behaviour():
                return self._did(rule, person)
            case Condition():
                return self._fits(rule, person)

    # --- fields ------------------------------------------------------------------------------------------
    def value(self, name: str, person: Person) -> Any:
        """The member's value; None where it is unknown."""
        counted = [one for one in person.orders if one.status in COUNTED and one.placed_at <= self.as_of]
        match name.split("."):
            case ["consent", purpose, channel]:
                said = [
                    one for one in person.consents
                    if (one.purpose, one.channel) == (purpose, channel) and one.occurred_at <= self.as_of
                ]  # fmt: skip
                return max(said, key=lambda one: (one.occurred_at, one.pk)).granted if said else None
            case ["points"]:
                return person.member.points_balance(at=self.as_of)
            case ["orders_total"]:
                return len(counted)
            case ["spend_total"]:
                return sum((one.total for one in counted), Decimal(0))
            case ["rfm_group"]:
                groups = [key[4:] for key in person.segments if key.startswith("rfm-")]
                return groups[0] if groups else None
            case ["birthday"]:
                return person.member.birth_date
            case ["join_anniversary"]:
                return self.day(person.member.joined_at)
            case ["gap_days"]:
                return person.figures.gap_days_median if person.figures else None
        if hasattr(person.member, name):
            return getattr(person.member, name) or None
        known = 0 if name.startswith(("orders_", "spend_")) else None
        return getattr(person.figures, name) if person.figures else known

    def _fits(self, asked: Condition, person: Person) -> bool:
        if asked.field == "tags":
            return self._fits_tags(asked, person)
        value = self.value(asked.field, person)
        if asked.op in ("is set", "is unset"):
            return (value is not None) == (asked.op == "is set")
        if value is None:
            return False
        if asked.op in ("in next", "in last"):
            return self._in_window(asked, value)
        given: list[Any] = [self._plain(one) for one in asked.values]
        if isinstance(value, datetime):
            value = self.day(value)
        if isinstance(value, str):
            value = _folded(value)
        return _compare(asked.op, value, given)

    def _fits_tags(self, asked: Condition, person: Person) -> bool:
        if asked.op in ("is set", "is unset"):
            return bool(person.tags) == (asked.op == "is set")
        return any(tag in asked.values for tag in person.tags)

    def _in_window(self, asked: Condition, value: Any) -> bool:
        span: Any = asked.values[0]
        today = self.day(self.as_of)
        days = span.amount * (7 if span.unit == "w" else 1)
        window = [
            today + timedelta(days=step * (1 if asked.op == "in next" else -1)) for step in range(days + 1)
        ]
        if asked.field not in ("birthday", "join_anniversary"):
            return (self.day(value) if isinstance(value, datetime) else value) in window
        return any(_observed(value, day.year) == day for day in window) and value < min(window)

    def day(self, moment: datetime) -> date:
        return moment.astimezone(ZoneInfo(settings.TIME_ZONE)).date()

    def _plain(self, value: Value) -> Any:
        if isinstance(value, Relative):  # the generator uses days and weeks only
            return self.day(self.as_of) + timedelta(days=value.amount * (7 if value.unit == "w" else 1))
        return _folded(value) if isinstance(value, str) else value

    # --- behaviours ----------------------------------------------------------------------------------------
    def _did(self, asked: Behaviour, person: Person) -> bool:
        given: dict[str, Any] = dict(asked.arguments)
        first, last = date.min, date.max
        if "within" in given:
            first = self._plain(Relative(-given["within"].amount, given["within"].unit))
        if "since" in given:
            first = max(first, self._plain(given["since"]))
        if "until" in given:
            last = self._plain(given["until"])
        lines = {"category", "brand", "product", "units_at_least", "units_at_most"} & given.keys()
        if asked.name != "bought":
            rows: list[Any] = [one for one in person.events if one.type == EVENT_OF[asked.name]]
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
        return self._enough(done, given, whole=asked.name == "bought")

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


# --- rules -------------------------------------------------------------------------------------------------

TEXTS = {
    "member_no": ("M1", "m2", "M"), "name": ("ann", "Émile", "ÉMILE", "雷", "' OR 1=1 --", "%", "_"),
    "email": ("m1@example.com", "@EXAMPLE", "m"), "phone": ("+1212", "+12125550001"),
    "language": ("en", "zh-hans", "zh"), "country": ("US", "CN"),
}  # fmt: skip
CHOICES = {"tier": ("basic", "silver", "gold", "platinum"), "status": ("active", "frozen"), "rfm_group": RFM}
NUMBERS: dict[str, tuple[int | Decimal, ...]] = {
    "points": (-5, 0, 5, 10, 15), "orders_total": (0, 1, 2), "rfm_recency": (1, 3, 5),
    "rfm_frequency": (1, 3, 5), "rfm_monetary": (2, 4), "orders_30d": (0, 1, 2), "orders_90d": (0, 1, 2),
    "orders_365d": (0, 1, 2),
    **{f"spend_{name}": (0, Decimal("0.8"), Decimal("2.5"), Decimal("10.001"), 10)
       for name in ("total", "30d", "90d", "365d")},
    "gap_days": (1, Decimal("1.5"), 7),
}  # fmt: skip
MOMENTS = ("joined_at", "first_order_at", "last_order_at")
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

    def asked(self, name: str, ops: tuple[str, ...], values: tuple[Value, ...]) -> Condition:
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
        return self.asked(name, ("=", "!=", "in", "not in", "contains", "starts with"), TEXTS[name])

    def choice(self, name: str) -> Node:
        return self.asked(name, ("=", "!=", "in", "not in"), CHOICES[name])

    def number(self, name: str) -> Node:
        return self.asked(name, ORDERED, NUMBERS[name])

    def day(self, name: str) -> Node:
        if self.rng.random() < 0.2:
            return self.around(name)
        days = tuple(Relative(-days, "d") for days in (-1, 0, 1, 7, 30, 31, 365, 366, 400))
        return self.asked(name, ORDERED, days)

    def birth_date(self) -> Node:
        if self.rng.random() < 0.3:
            return self.around("birth_date")
        days = tuple(date(1990, month, day) for month in (1, 2, 3, 12) for day in (1, 8, 28))
        return self.asked("birth_date", ORDERED, (*days, date(2000, 2, 29)))

    def around(self, name: str) -> Condition:
        span = Relative(*self.rng.choice(((0, "d"), (1, "d"), (7, "d"), (2, "w"), (200, "d"), (365, "d"))))
        return self.asked(name, ("in next", "in last"), (span,))

    def consent(self, name: str) -> Node:
        return self.asked(name, ("=", "!="), (True, False))

    def tags(self) -> Node:
        return self.asked("tags", ("contains", "in"), TAGS)

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
