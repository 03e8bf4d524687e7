"""Forecasts as they go out: every figure null, and why, where there is none."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from forecasts.models import PromotionKind, StockAdvice
from forecasts.models.forecasts import HORIZONS_DAYS
from forecasts.services.demand import MAX_SERVICE_LEVEL, MIN_SERVICE_LEVEL
from forecasts.services.reading import State
from learning.json_types import JsonObject
from membership.models.catalogue.products import MAX_LEAD_TIME_DAYS


class NextOrder(serializers.Serializer[object]):
    """Days by which the chance of an order reaches a level; null where it never does."""

    early = serializers.DateField(
        source="next_order_q10",
        allow_null=True,
        help_text=_(
            "first day by which the chance of an order reaches 10 %; null when it never does, because the "
            "member may not come back"
        ),
    )
    likely = serializers.DateField(
        source="next_order_q50", allow_null=True, help_text=_("the same for a chance of 50 %")
    )
    late = serializers.DateField(
        source="next_order_q90", allow_null=True, help_text=_("the same for a chance of 90 %")
    )


class LikelyCategoryOutput(serializers.Serializer[object]):
    category = serializers.CharField(source="name")
    probability = serializers.FloatField(help_text=_("that the next order holds something of it"))


class RiskReason(serializers.Serializer[object]):
    code = serializers.CharField()
    text = serializers.CharField()
    value = serializers.FloatField()


class Range(serializers.Serializer[object]):
    """Where the figure lies with a probability of 80 %."""

    low = serializers.FloatField()
    high = serializers.FloatField()


class ExpectationOutput(serializers.Serializer[object]):
    days = serializers.IntegerField()
    order_chance = serializers.FloatField(
        allow_null=True, help_text=_("probability of an order within these days")
    )
    orders = serializers.FloatField()
    orders_range = Range(allow_null=True)
    units = serializers.FloatField()
    basket_units = serializers.FloatField(help_text=_("units an order"))
    spend = serializers.DecimalField(max_digits=16, decimal_places=3)
    spend_range = Range(allow_null=True)


class OwnForecastOutput(serializers.Serializer[object]):
    """What members see of themselves: when they will likely order, and what; no judgement on them."""

    member = serializers.UUIDField(source="member.public_id")
    state = serializers.ChoiceField(choices=[state.value for state in State])
    message = serializers.CharField(help_text=_("why there are no figures; empty when there are"))
    as_of = serializers.DateTimeField(source="forecast.as_of", default=None, allow_null=True)
    next_order = NextOrder(source="forecast", default=None, allow_null=True)
    categories = LikelyCategoryOutput(many=True)


class MemberForecastOutput(OwnForecastOutput):
    scored_at = serializers.DateTimeField(source="forecast.scored_at", default=None, allow_null=True)
    model_version = serializers.CharField(source="forecast.model_version", default=None, allow_null=True)
    p_active = serializers.FloatField(
        source="forecast.p_active",
        default=None,
        allow_null=True,
        help_text=_("probability of not having left for good; never below the chance of an order"),
    )
    churn_risk = serializers.FloatField(
        source="forecast.churn_risk",
        default=None,
        allow_null=True,
        help_text=_("probability of no order in 90 days"),
    )
    order_chance_7d = serializers.FloatField(
        source="forecast.order_chance_7d",
        default=None,
        allow_null=True,
        help_text=_("probability of an order within 7 days"),
    )
    currency = serializers.CharField(source="forecast.currency", default=None, allow_null=True)
    lifetime_value = serializers.DecimalField(
        source="forecast.lifetime_value",
        max_digits=16,
        decimal_places=3,
        default=None,
        allow_null=True,
        help_text=_("spent so far, and expected in the next year"),
    )
    expected = serializers.SerializerMethodField()
    reasons = RiskReason(many=True, help_text=_("what moves the churn risk most"))

    @extend_schema_field(ExpectationOutput(many=True))
    def get_expected(self, reading: Any) -> Any:
        """30, 90 and 365 days ahead."""
        forecast = reading.forecast
        rows = [] if forecast is None else [_expected(forecast, days) for days in HORIZONS_DAYS]
        return ExpectationOutput(rows, many=True).data


def _expected(row: Any, days: int) -> JsonObject:
    ranges = row.ranges.get(str(days), {})
    return {
        "days": days,
        "order_chance": row.order_chance(days),
        "orders": getattr(row, f"expected_orders_{days}d"),
        "orders_range": _range(ranges.get("orders")),
        "units": getattr(row, f"expected_units_{days}d"),
        "basket_units": row.basket_units,
        "spend": getattr(row, f"expected_spend_{days}d"),
        "spend_range": _range(ranges.get("spend")),
    }


def _range(pair: list[float] | None) -> dict[str, float] | None:
    return None if pair is None else {"low": pair[0], "high": pair[1]}


class StockQuery(serializers.Serializer[JsonObject]):
    service_level = serializers.FloatField(
        required=False,
        min_value=MIN_SERVICE_LEVEL,
        max_value=MAX_SERVICE_LEVEL,
        help_text=_("how often stock should last until a delivery; the product's or the shop's unless given"),
    )
    lead_time_days = serializers.IntegerField(
        required=False, min_value=1, max_value=MAX_LEAD_TIME_DAYS, help_text=_("days until a delivery")
    )


class WeekPromotion(serializers.Serializer[object]):
    id = serializers.UUIDField(source="public_id")
    kind = serializers.ChoiceField(choices=PromotionKind.choices)
    share = serializers.FloatField()


class WeekOutput(serializers.Serializer[object]):
    week = serializers.DateField(source="forecast.week", help_text=_("the first of its seven days"))
    mean = serializers.FloatField(source="forecast.mean")
    q10 = serializers.FloatField(source="forecast.q10")
    q25 = serializers.FloatField(source="forecast.q25")
    q50 = serializers.FloatField(source="forecast.q50")
    q75 = serializers.FloatField(source="forecast.q75")
    q90 = serializers.FloatField(source="forecast.q90")
    promotions = WeekPromotion(many=True, help_text=_("planned for a day of it"))


class SoldOutput(serializers.Serializer[object]):
    week = serializers.DateField()
    units = serializers.IntegerField()


class AdviceOutput(serializers.Serializer[object]):
    service_level = serializers.FloatField(source="policy.service_level")
    lead_time_days = serializers.IntegerField(source="policy.lead_time_days")
    lead_time_units = serializers.FloatField(help_text=_("expected until a delivery"))
    reorder_point = serializers.IntegerField(help_text=_("order when the stock falls to it"))
    order_up_to = serializers.IntegerField()
    order_now = serializers.IntegerField(allow_null=True, help_text=_("null where stock is not counted"))


class DriverOutput(serializers.Serializer[object]):
    segment = serializers.UUIDField(source="segment.public_id")
    key = serializers.CharField(source="segment.key")
    name = serializers.CharField(source="segment.name")
    units = serializers.IntegerField(help_text=_("bought by its members in the last 90 days"))
    share = serializers.FloatField(help_text=_("share of all units; a member can be in several segments"))
    member_share = serializers.FloatField(help_text=_("of all active members"))


class ProductForecastOutput(serializers.Serializer[object]):
    product = serializers.UUIDField(source="product.public_id")
    sku = serializers.CharField(source="product.sku")
    state = serializers.ChoiceField(choices=["ready", "not_enough_orders", "waiting"])
    message = serializers.CharField(help_text=_("why there are no figures; empty when there are"))
    as_of = serializers.DateTimeField(allow_null=True)
    model_version = serializers.CharField(allow_null=True)
    outdated = serializers.BooleanField(help_text=_("a promotion was planned after these figures were made"))
    weeks = WeekOutput(source="weeks_ahead", many=True)
    sold = SoldOutput(many=True, help_text=_("units of the weeks before"))
    stock = serializers.IntegerField(source="product.stock", allow_null=True)
    advice = AdviceOutput(allow_null=True)
    segments = DriverOutput(many=True, help_text=_("who buys it"))


class StockAdviceOutput(serializers.ModelSerializer[StockAdvice]):
    product = serializers.UUIDField(source="product.public_id")
    sku = serializers.CharField(source="product.sku")
    name = serializers.CharField(source="product.name")
    stock = serializers.IntegerField(source="product.stock", allow_null=True)
    order_now = serializers.IntegerField(source="quantity")

    class Meta:
        model = StockAdvice
        fields = (
            "product", "sku", "name", "stock", "weekly_units", "service_level", "lead_time_days",
            "reorder_point", "order_up_to", "order_now", "as_of",
        )  # fmt: skip
