"""What rules may ask about forecasts. A member without a forecast is unknown, and matches nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db.models import F
from django.utils.translation import gettext_lazy

from membership.models.shop import shop_currency
from membership.rules.registry import FieldType, Pii, Rows, SegmentField, register_field

PROBABILITY = "0–1"


def register_forecast_fields() -> None:
    """Called once, when the app is ready."""
    shares = {
        "churn_risk": gettext_lazy("churn risk"),
        "p_active": gettext_lazy("probability of being active"),
        "order_chance_7d": gettext_lazy("chance of an order in 7 days"),
    }
    counts = {
        "expected_orders_30d": gettext_lazy("expected orders, 30 days"),
        "expected_orders_90d": gettext_lazy("expected orders, 90 days"),
        "expected_orders_365d": gettext_lazy("expected orders, 365 days"),
    }
    amounts = {
        "expected_spend_30d": gettext_lazy("expected spend, 30 days"),
        "expected_spend_90d": gettext_lazy("expected spend, 90 days"),
        "expected_spend_365d": gettext_lazy("expected spend, 365 days"),
        "lifetime_value": gettext_lazy("lifetime value"),
    }
    for name, title in shares.items():
        register_field(_field(name, title, FieldType.DECIMAL, unit=PROBABILITY))
    for name, title in counts.items():
        register_field(_field(name, title, FieldType.DECIMAL))
    for name, title in amounts.items():
        register_field(_field(name, title, FieldType.DECIMAL, unit=shop_currency()))
    register_field(
        _field("next_order_at", gettext_lazy("likely day of the next order"), FieldType.DAY, "next_order_q50")
    )


def _field(name: str, title: object, kind: FieldType, column: str = "", *, unit: object = "") -> SegmentField:
    return SegmentField(
        name,
        title,
        kind,
        _column(column or name),
        unit=unit,
        pii=Pii.PERSONAL,
        permission="forecasts.view_forecast",
        scope="forecasts:read",
    )


def _column(column: str) -> Callable[[datetime], Rows]:
    """A column of the stored forecasts, as of their last refresh."""

    def rows(as_of: datetime) -> Rows:
        from forecasts.models import Forecast

        return Forecast.objects.order_by().values("member_id", value=F(column))

    return rows
