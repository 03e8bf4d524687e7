"""A random shop whose members differ in everything that the hundred sentences speak of."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import F, FloatField
from django.db.models.functions import Cast

from fraud.models import FraudAlert
from membership.members.figures import refresh_features
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
    Tag,
)
from membership.rules.registry import FieldType, Rows, SegmentField, find_field, register_field

CATEGORIES = (
    "Coffee",
    "Tea",
    "Wine",
    "Chocolate",
    "Dog food",
    "Cat food",
    "Diapers",
    "Toys",
    "Shampoo",
    "咖啡",
    "茶叶",
    "红酒",
    "零食",
    "狗粮",
    "猫粮",
    "纸尿裤",
    "玩具",
    "洗发水",
    "巧克力",
)
TAGS = ("vip", "press", "旧客")
GROUPS = ("champions", "loyal", "at-risk", "hibernating", "about-to-sleep")
DAYS_BACK = (1, 3, 5, 9, 12, 20, 26, 35, 41, 50, 55, 70, 80, 100, 150, 200, 300, 500, 800)
"""None lies on the edge of a window, where a kept figure and a rule may count a day differently."""


def make_shop(*, members: int, rng: random.Random, as_of: datetime) -> None:
    """Members with orders, events, consents and points around the numbers that the sentences name."""
    products = []
    top = Category.objects.create(name="Assortment")
    for name in CATEGORIES:
        category = Category.objects.create(name=name, parent=top)
        products.append(
            Product.objects.create(sku=name, name=name, price=1, currency="USD", category=category)
        )
    tags = [Tag.objects.create(name=name) for name in TAGS]
    staff = Segment.objects.create(key="staff", name="Staff")
    groups = [Segment.objects.create(key=f"rfm-{key}", name=key, kind="model") for key in GROUPS]
    people = [_make_member(number, rng, as_of) for number in range(members)]
    orders, items, events = [], [], []
    for member in people:
        member.tags.set(rng.sample(tags, rng.randrange(3)))
        favourites = rng.sample(products, 3)
        for number in range(rng.choice((0, 1, 2, 4, 8))):
            order, lines = _make_order(member, number, favourites, rng, as_of)
            orders.append(order)
            items += lines
        events += _make_events(member, favourites, rng, as_of)
        if rng.random() < 0.2:
            _enter(staff, member, as_of)
        _enter(rng.choice(groups), member, as_of)
    Order.objects.bulk_create(orders)
    OrderItem.objects.bulk_create(items)
    Event.objects.bulk_create(events)
    for order in rng.sample(orders, 20):
        FraudAlert.objects.create(order=order, probability=0.9, priority=1, opened_at=as_of)
    refresh_features(as_of=as_of)
    for figures in MemberFeatures.objects.all():
        figures.rfm_recency, figures.rfm_frequency = rng.randrange(1, 6), rng.randrange(1, 6)
        figures.save()


def _days_ago(as_of: datetime, days: int) -> datetime:
    return as_of - timedelta(days=days, hours=1)


def _make_member(number: int, rng: random.Random, as_of: datetime) -> Member:
    born = (as_of + timedelta(days=rng.choice((-9, -2, 1, 3, 6, 9, 40)))).date().replace(year=1990)
    joined = as_of - timedelta(days=rng.choice((3, 10, 20, 25, 40, 200, 362, 500, 720, 726, 800, 1_200)))
    member = Member.objects.create(
        member_no=f"M{number}",
        email=f"m{number}@example.com" if rng.random() < 0.8 else None,
        country=rng.choice(("US", "CN", "DE", "JP", "FR", "")),
        joined_at=joined,
        birth_date=born,
        tier=rng.choice(("basic", "silver", "gold", "platinum")),
        status=rng.choice(("active", "active", "active", "frozen")),
    )
    for channel in ("email", "sms"):
        if rng.random() < 0.7:
            Consent.objects.create(
                member=member,
                purpose="marketing",
                channel=channel,
                granted=rng.random() < 0.6,
                source="test",
                occurred_at=as_of - timedelta(days=5),
            )
    points = rng.choice((0, 50, 100, 150, 500, 700, 1_000, 1_500, 2_000, 3_000))
    if points:
        PointsEntry.objects.create(
            member=member, points=points, reason="test", occurred_at=_days_ago(as_of, 3)
        )
    return member


def _make_order(
    member: Member, number: int, favourites: list[Product], rng: random.Random, as_of: datetime
) -> tuple[Order, list[OrderItem]]:
    placed_at = _days_ago(as_of, rng.choice(DAYS_BACK))
    order = Order(
        order_no=f"{member.member_no}-{number}",
        member=member,
        currency="USD",
        channel=rng.choice(("web", "app")),
        placed_at=placed_at,
    )
    lines = []
    for line_no, product in enumerate(rng.sample(favourites, rng.randrange(1, 4)), start=1):
        units, total = rng.choice((1, 2, 5)), Decimal(rng.choice((5, 20, 50, 100, 200, 400)))
        order.total += total
        lines.append(
            OrderItem(
                order=order,
                line_no=line_no,
                product=product,
                member=member,
                category=product.category,
                placed_at=placed_at,
                quantity=units,
                units=units,
                unit_price=1,
                total=total,
            )
        )
    return order, lines


def _make_events(
    member: Member, favourites: list[Product], rng: random.Random, as_of: datetime
) -> list[Event]:
    return [
        Event(
            member=member,
            product=rng.choice(favourites),
            type=rng.choice(("view", "view", "cart", "wishlist")),
            occurred_at=_days_ago(as_of, rng.choice((1, 3, 5, 9, 12, 20))),
            session=f"{member.pk}-{number}",
        )
        for number in range(rng.randrange(6))
    ]


def _enter(segment: Segment, member: Member, at: datetime) -> None:
    SegmentMembership.objects.create(segment=segment, member=member, source="manual", entered_at=at)


def register_missing_fields() -> None:
    """The sentences ask for the churn risk too, which another part brings."""

    def rows(as_of: datetime) -> Rows:
        share: Any = Cast(F("rfm_recency"), FloatField()) / 5.0
        return MemberFeatures.objects.order_by().values("member_id", value=share)

    if find_field("churn_risk") is None:
        register_field(SegmentField("churn_risk", "churn risk", FieldType.DECIMAL, rows))
