"""A random little shop for the property tests, and all that is known of each of its members."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from forecasts.models import Forecast
from membership.models import (
    Category,
    Consent,
    Event,
    Member,
    MemberFeatures,
    Order,
    OrderChange,
    OrderItem,
    PointsEntry,
    Product,
    Refund,
    Segment,
    SegmentMembership,
    Store,
    Tag,
)
from tests.factories import ForecastFactory, ModelVersionFactory

EVENT_OF = {"viewed": "view", "carted": "cart", "wishlisted": "wishlist", "clicked": "click"}
COUNTED = {"pending", "paid", "shipped", "completed"}
NAMES = ("Ann Lee", "ann lee", "Émile", "ÉMILE", "李雷", "O'Brien; DROP", "100% _x", "")
TAGS = ("vip", "press", "旧客")
CATEGORIES = (("Food", None), ("Coffee", "Food"), ("Ground", "Coffee"), ("Tea", "Food"), ("Toys", None))
BRANDS = ("Acme", "Zen", "")
SEGMENTS = ("first", "second")
WINDOWS = ("7d", "30d", "60d", "90d", "365d", "total")
RFM = ("champions", "loyal", "hibernating")


@dataclass
class Person:
    """All that is known of one member."""

    member: Member
    tags: list[str] = field(default_factory=list)
    consents: list[Consent] = field(default_factory=list)
    points: list[PointsEntry] = field(default_factory=list)
    figures: MemberFeatures | None = None
    forecast: Forecast | None = None
    orders: list[Order] = field(default_factory=list)
    items: list[OrderItem] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)
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
    version = ModelVersionFactory(family="forecasts")
    for index in range(members):
        member = _make_member(index, rng, as_of)
        member.tags.set(rng.sample(tags, rng.randrange(3)))
        _make_statements(member, rng, as_of)
        for number in range(rng.choice((0, 0, 1, 2, 4))):
            _make_order(member, f"O{index}-{number}", products, stores, rng, as_of)
        _make_stays(member, segments, rng, as_of)
        if rng.random() < 0.7:
            _make_forecast(member, version, rng, as_of)
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
        score: Any = lambda: rng.choice((None, 1, 2, 3, 4, 5))  # noqa: E731  # a value among others
        MemberFeatures.objects.create(
            member=member, as_of=as_of, first_order_at=rng.choice((None, _moment(rng, as_of))),
            last_order_at=rng.choice((None, _moment(rng, as_of))),
            **{f"orders_{window}": rng.randrange(4) for window in WINDOWS},
            **{f"spend_{window}": _amount(rng) for window in WINDOWS},
            gap_days_median=rng.choice((None, 1.5, 7.0)),
            rfm_recency=score(), rfm_frequency=score(), rfm_monetary=score(),
        )  # fmt: skip


def _make_forecast(member: Member, version: Any, rng: random.Random, as_of: datetime) -> None:
    day = as_of.astimezone(ZoneInfo(settings.TIME_ZONE)).date()
    names = [f"expected_{what}_{days}d" for what in ("orders", "units") for days in (30, 90, 365)]
    amounts = ["lifetime_value", *(f"expected_spend_{days}d" for days in (30, 90, 365))]
    ForecastFactory(
        member=member, model_version=version, as_of=as_of, scored_at=as_of,
        churn_risk=rng.choice((0.0, 0.25, 0.5, 1.0)), p_active=rng.choice((0.0, 0.5, 1.0)),
        order_chance_7d=rng.choice((0.0, 0.25, 0.75)),
        **{name: rng.choice((0.0, 0.5, 2.0)) for name in names},
        **{name: _amount(rng) for name in amounts}, next_order_q10=None, next_order_q90=None,
        next_order_q50=rng.choice((None, *(day + timedelta(days=n) for n in (-1, 0, 1, 7, 30)))),
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
    if rng.random() < 0.5:
        change = OrderChange.objects.create(order=order, source="test")
        goods = _amount(rng) * rng.choice((1, 1, -1))
        Refund.objects.create(order=order, change=change, refunded_at=_moment(rng, as_of), goods=goods)
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
    for refund in Refund.objects.select_related("order"):
        people[refund.order.member_id].refunds.append(refund)
    for figures in MemberFeatures.objects.all():
        people[figures.member_id].figures = figures
    for forecast in Forecast.objects.all():
        people[forecast.member_id].forecast = forecast
    for stay in SegmentMembership.objects.filter(exited_at=None).select_related("segment"):
        people[stay.member_id].segments.add(stay.segment.key)
    return list(people.values())
