"""Rows for tests. ``.build()`` needs no database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import factory
from django.contrib.auth.models import Group, User
from factory.django import DjangoModelFactory

from forecasts.models import Forecast, ProductForecast, StockAdvice
from fraud.models import AlertReview, Decision, FraudAlert, FraudScore
from membership.models import (
    ApiKey,
    Category,
    Event,
    Member,
    Order,
    OrderItem,
    Product,
    Segment,
    SegmentMembership,
    Store,
    Tag,
)
from recommendations.models import Recommendation, Surface
from registry.models import ModelVersion, TrainingRun

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class UserFactory(DjangoModelFactory[User]):
    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"user{n}")
    password = factory.django.Password("correct horse battery")


class StaffFactory(UserFactory):
    """A staff user; ``groups=["Risk"]`` puts them into groups (made when missing)."""

    is_staff = True

    @factory.post_generation
    def groups(self, create: bool, extracted: list[str] | None, **kwargs: object) -> None:
        for name in extracted or []:
            self.groups.add(Group.objects.get_or_create(name=name)[0])


class AdminFactory(StaffFactory):
    is_superuser = True


class TagFactory(DjangoModelFactory[Tag]):
    class Meta:
        model = Tag

    name = factory.Sequence(lambda n: f"tag{n}")


class MemberFactory(DjangoModelFactory[Member]):
    class Meta:
        model = Member

    member_no = factory.Sequence(lambda n: f"M{n:05d}")
    name = factory.Sequence(lambda n: f"Member {n}")
    email = factory.Sequence(lambda n: f"member{n}@example.com")
    phone = factory.Sequence(lambda n: f"+1646{5_000_000 + n}")  # no test names one of these
    country = "US"
    language = "en"
    joined_at = NOON - timedelta(days=400)


class CategoryFactory(DjangoModelFactory[Category]):
    class Meta:
        model = Category

    name = factory.Sequence(lambda n: f"Category {n}")
    parent = None

    @classmethod
    def _create(cls, model_class: type[Category], *args: object, **kwargs: Any) -> Category:
        """``path`` makes the categories above as well."""
        names = kwargs.pop("path", kwargs["name"]).split(" > ")
        above: Category | None = kwargs.pop("parent")
        for name in names[:-1] if above is None else ():
            above, _made = Category.objects.get_or_create(name=name, parent=above)
        made: Category = super()._create(model_class, **{**kwargs, "name": names[-1], "parent": above})
        return made


class StoreFactory(DjangoModelFactory[Store]):
    class Meta:
        model = Store

    code = factory.Sequence(lambda n: f"S{n}")


class ProductFactory(DjangoModelFactory[Product]):
    class Meta:
        model = Product

    sku = factory.Sequence(lambda n: f"SKU{n}")
    name = factory.Sequence(lambda n: f"Product {n}")
    category = factory.SubFactory(CategoryFactory)
    price = Decimal("2.50")
    currency = "USD"
    stock = 100


class OrderFactory(DjangoModelFactory[Order]):
    """An order without lines; ``OrderItemFactory`` adds them."""

    class Meta:
        model = Order

    order_no = factory.Sequence(lambda n: f"O{n}")
    member = factory.SubFactory(MemberFactory)
    currency = "USD"
    discount = Decimal(0)
    total = Decimal("10.00")
    subtotal = factory.LazyAttribute(lambda order: Decimal(order.total) + Decimal(order.discount))
    item_count = 1
    payment_method = "card"
    placed_at = NOON


class OrderItemFactory(DjangoModelFactory[OrderItem]):
    class Meta:
        model = OrderItem

    order = factory.SubFactory(OrderFactory)
    line_no = factory.Sequence(lambda n: n + 1)
    product = factory.SubFactory(ProductFactory)
    member = factory.SelfAttribute("order.member")
    category = factory.SelfAttribute("product.category")
    placed_at = factory.SelfAttribute("order.placed_at")
    quantity = 1
    units = factory.SelfAttribute("quantity")
    unit_price = Decimal("10.00")
    total = Decimal("10.00")


class EventFactory(DjangoModelFactory[Event]):
    class Meta:
        model = Event

    member = factory.SubFactory(MemberFactory)
    type = Event.Type.VIEW
    product = factory.SubFactory(ProductFactory)
    occurred_at = NOON


class SegmentFactory(DjangoModelFactory[Segment]):
    class Meta:
        model = Segment

    key = factory.Sequence(lambda n: f"segment-{n}")
    name = factory.Sequence(lambda n: f"Segment {n}")


class SegmentMembershipFactory(DjangoModelFactory[SegmentMembership]):
    class Meta:
        model = SegmentMembership

    segment = factory.SubFactory(SegmentFactory)
    member = factory.SubFactory(MemberFactory)
    source = SegmentMembership.Source.MANUAL
    entered_at = NOON


class ModelVersionFactory(DjangoModelFactory[ModelVersion]):
    class Meta:
        model = ModelVersion

    family = "recommendations"
    number = factory.Sequence(lambda n: n + 1)
    estimator = "als"
    status = ModelVersion.Status.LIVE
    artefact_path = factory.Sequence(lambda n: f"recommendations/none{n}")
    artefact_sha256 = "0" * 64


class TrainingRunFactory(DjangoModelFactory[TrainingRun]):
    class Meta:
        model = TrainingRun

    family = "recommendations"


class ForecastFactory(DjangoModelFactory[Forecast]):
    """A member who orders about once a week and spends ten dollars."""

    class Meta:
        model = Forecast

    member = factory.SubFactory(MemberFactory)
    as_of = NOON
    scored_at = NOON
    model_version = factory.SubFactory(ModelVersionFactory, family="forecasts", status="retired")
    last_order_at = NOON - timedelta(days=3)
    orders_known = 12
    p_active = 0.97
    churn_risk = 0.04
    order_chance_7d = 0.6
    expected_orders_30d = 4.1
    expected_orders_90d = 12.0
    expected_orders_365d = 44.5
    expected_units_30d = 8.2
    expected_units_90d = 24.0
    expected_units_365d = 89.0
    basket_units = 2.0
    expected_spend_30d = Decimal("41.00")
    expected_spend_90d = Decimal("120.00")
    expected_spend_365d = Decimal("445.00")
    lifetime_value = Decimal("900.00")
    currency = "USD"
    next_order_q10 = factory.LazyAttribute(lambda row: row.as_of.date() + timedelta(days=1))
    next_order_q50 = factory.LazyAttribute(lambda row: row.as_of.date() + timedelta(days=5))
    next_order_q90 = factory.LazyAttribute(lambda row: row.as_of.date() + timedelta(days=14))
    chances = factory.LazyFunction(lambda: {"7": 0.6, "30": 0.9, "90": 0.96, "365": 0.97})
    ranges = factory.LazyFunction(
        lambda: {
            "30": {"orders": [2.0, 6.0], "spend": [20.0, 63.0]},
            "90": {"orders": [8.0, 16.0], "spend": [80.0, 165.0]},
            "365": {"orders": [30.0, 60.0], "spend": [290.0, 610.0]},
        }
    )
    reasons = factory.LazyFunction(
        lambda: [
            {"code": "silence_versus_usual", "value": 0.4},
            {"code": "orders_last_90_days", "value": 12.0},
            {"code": "order_count", "value": 12.0},
        ]
    )


class ProductForecastFactory(DjangoModelFactory[ProductForecast]):
    class Meta:
        model = ProductForecast

    product = factory.SubFactory(ProductFactory)
    week = NOON.date()
    mean, q10, q25, q50, q75, q90 = 10.2, 5.0, 7.0, 10.0, 13.0, 16.0
    model_version = factory.SubFactory(ModelVersionFactory, family="demand", status="retired")
    as_of = NOON
    scored_at = NOON


class StockAdviceFactory(DjangoModelFactory[StockAdvice]):
    class Meta:
        model = StockAdvice

    product = factory.SubFactory(ProductFactory)
    lead_time_days = 7
    service_level = 0.95
    weekly_units = 10.2
    reorder_point = 18
    order_up_to = 31
    model_version = factory.SubFactory(ModelVersionFactory, family="demand", status="retired")
    as_of = NOON
    scored_at = NOON


class RecommendationFactory(DjangoModelFactory[Recommendation]):
    class Meta:
        model = Recommendation

    member = factory.SubFactory(MemberFactory)
    surface = Surface.FOR_YOU
    products = factory.LazyFunction(list)
    model_version = factory.SubFactory(ModelVersionFactory)
    scored_at = NOON


class FraudScoreFactory(DjangoModelFactory[FraudScore]):
    class Meta:
        model = FraudScore

    order = factory.SubFactory(OrderFactory)
    probability = 0.9
    decision = Decision.REVIEW
    scored_at = NOON


class FraudAlertFactory(DjangoModelFactory[FraudAlert]):
    class Meta:
        model = FraudAlert

    order = factory.SubFactory(OrderFactory)
    probability = 0.9
    priority = Decimal("9.00")
    opened_at = NOON


class AlertReviewFactory(DjangoModelFactory[AlertReview]):
    class Meta:
        model = AlertReview

    alert = factory.SubFactory(FraudAlertFactory)
    reviewer = factory.SubFactory(StaffFactory)
    verdict = AlertReview.Verdict.FRAUD


class ApiKeyFactory(DjangoModelFactory[ApiKey]):
    """``ApiKeyFactory(key="reg_abc")`` stores the hash of that key."""

    class Meta:
        model = ApiKey

    class Params:
        key = factory.Sequence(lambda n: f"reg_test{n}")

    name = "shop"
    prefix = factory.LazyAttribute(lambda row: row.key[:12])
    key_hash = factory.LazyAttribute(lambda row: ApiKey.hash_of(row.key))
    scopes = factory.LazyFunction(list)
