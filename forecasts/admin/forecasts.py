"""Who will likely order, who is slipping away, and what to reorder."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.db.models import F, FloatField, QuerySet
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Cast
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter, RangeNumericFilter
from unfold.decorators import action, display

from forecasts.models import Forecast, StockAdvice
from forecasts.panels import interval_text
from forecasts.services.member_scoring import SEGMENTS
from membership.backoffice import ReadOnlyAdmin, link_to
from membership.csv_answers import csv_answer
from membership.members.admin import SegmentFilter
from membership.wording import days_ago_text, in_words, money_text

RISK_COLOURS = {"high": "danger", "middling": "warning", "low": "success"}


class ListFilter(DropdownFilter):
    """One of the two lists that forecasts keep."""

    title = gettext_lazy("list")
    parameter_name = "list"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [(key, in_words(name)) for key, (name, _about) in SEGMENTS.items()]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() == "likely-this-week":
            return queryset.likely_soon()
        if self.value() == "slipping-away":
            return queryset.slipping_away()
        return queryset


class MemberSegmentFilter(SegmentFilter):
    """Forecasts of members who are in a segment now."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        if not value or not value.isdecimal():
            return queryset
        return queryset.filter(
            member__segment_memberships__segment_id=int(value),
            member__segment_memberships__exited_at=None,
        )


@admin.register(Forecast)
class ForecastAdmin(ReadOnlyAdmin):
    list_display = (
        "who", "chance", "risk", "next_order", "spend", "value", "last_order",
    )  # fmt: skip
    list_display_links = None
    list_before_template = "membership/list_about.html"
    list_filter = (
        ListFilter,
        ("member__tier", ChoicesDropdownFilter),
        MemberSegmentFilter,
        ("churn_risk", RangeNumericFilter),
        ("order_chance_7d", RangeNumericFilter),
        ("lifetime_value", RangeNumericFilter),
    )
    list_select_related = ("member",)
    search_fields = ("member__member_no__istartswith", "member__name__icontains")
    search_help_text = gettext_lazy("Member number or name")
    actions = ("export",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Forecast]:
        return super().get_queryset(request).shown()  # type: ignore[no-any-return]

    def get_ordering(self, request: HttpRequest) -> tuple[object, ...]:
        """Who slips away is listed by what is lost with them."""
        if request.GET.get("list") == "slipping-away":
            return (at_stake().desc(), "member_id")
        return ("-order_chance_7d", "member_id")

    def has_export_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("forecasts.export_forecast")

    @action(description=gettext_lazy("Export as CSV"), permissions=["export"])
    def export(self, request: HttpRequest, queryset: QuerySet[Forecast]) -> HttpResponseBase:
        return csv_answer(name="forecasts", heading=EXPORTED, rows=_exported(queryset))

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        chosen = SEGMENTS.get(request.GET.get("list", ""))
        title = {"list_title": in_words(chosen[0]), "list_about": in_words(chosen[1])} if chosen else {}
        return super().changelist_view(request, {**(extra_context or {}), **title})  # type: ignore[no-any-return]

    @display(description=gettext_lazy("member"), ordering="member__name", header=True)
    def who(self, forecast: Forecast) -> tuple[SafeString | str, str]:
        return link_to(forecast.member), forecast.member.member_no

    @display(description=gettext_lazy("order in 7 days"), ordering="order_chance_7d")
    def chance(self, forecast: Forecast) -> str:
        return f"{forecast.order_chance_7d:.0%}"

    @display(description=gettext_lazy("churn risk"), ordering="churn_risk", label=RISK_COLOURS)
    def risk(self, forecast: Forecast) -> tuple[str, str]:
        level = "high" if forecast.churn_risk >= 0.5 else "middling" if forecast.churn_risk >= 0.25 else "low"
        return level, f"{forecast.churn_risk:.0%}"

    @display(description=gettext_lazy("next order, 80 %"), ordering="next_order_q50")
    def next_order(self, forecast: Forecast) -> str:
        return interval_text(forecast)

    @display(description=gettext_lazy("expected spend, 90 days"), ordering="expected_spend_90d")
    def spend(self, forecast: Forecast) -> str:
        return money_text(forecast.expected_spend_90d, forecast.currency)

    @display(description=gettext_lazy("lifetime value"), ordering="lifetime_value")
    def value(self, forecast: Forecast) -> str:
        return money_text(forecast.lifetime_value, forecast.currency, whole=True)

    @display(description=gettext_lazy("last order"), ordering="last_order_at")
    def last_order(self, forecast: Forecast) -> str:
        return days_ago_text(forecast.last_order_at)


def at_stake() -> CombinedExpression:
    """What a member has been worth, times the risk of losing them."""
    return F("churn_risk") * Cast("lifetime_value", FloatField())


EXPORTED = (
    "member_no", "name", "email", "churn_risk", "order_chance_7d", "p_active", "next_order_early",
    "next_order_likely", "next_order_late", "expected_orders_90d", "expected_spend_90d", "lifetime_value",
    "currency", "last_order_at", "as_of",
)  # fmt: skip


def _exported(queryset: QuerySet[Forecast]) -> Iterator[tuple[object, ...]]:
    for row in queryset.select_related("member").iterator(chunk_size=2_000):
        member = row.member
        yield (
            member.member_no, member.name, member.email, round(row.churn_risk, 4),
            round(row.order_chance_7d, 4), round(row.p_active, 4), row.next_order_q10, row.next_order_q50,
            row.next_order_q90, round(row.expected_orders_90d, 2), row.expected_spend_90d,
            row.lifetime_value, row.currency, row.last_order_at.isoformat(), row.as_of.date(),
        )  # fmt: skip


class ReorderFilter(DropdownFilter):
    title = gettext_lazy("stock")
    parameter_name = "stock"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [("reorder", _("to reorder now")), ("enough", _("enough"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() == "reorder":
            return queryset.to_reorder()
        if self.value() == "enough":
            return queryset.filter(product__stock__gt=F("reorder_point"))
        return queryset


@admin.register(StockAdvice)
class StockAdviceAdmin(ReadOnlyAdmin):
    list_display = (
        "what", "stock", "weekly", "lasts", "reorder_point", "to_order", "lead_time_days", "level",
    )  # fmt: skip
    list_display_links = None
    list_before_template = "membership/list_about.html"
    list_filter = (ReorderFilter, ("weekly_units", RangeNumericFilter))
    list_select_related = ("product",)
    search_fields = ("product__name__icontains", "product__sku__istartswith")
    search_help_text = gettext_lazy("Name or SKU")
    ordering = ("-weekly_units", "product_id")
    actions = ("export",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[StockAdvice]:
        return super().get_queryset(request).filter(product__is_active=True)  # type: ignore[no-any-return]

    def has_export_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("forecasts.view_stockadvice")

    @action(description=gettext_lazy("Export as CSV"), permissions=["export"])
    def export(self, request: HttpRequest, queryset: QuerySet[StockAdvice]) -> HttpResponseBase:
        return csv_answer(name="stock-advice", heading=EXPORTED_STOCK, rows=_exported_stock(queryset))

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        title = {}
        if request.GET.get("stock") == "reorder":
            about = _("Products whose stock is at the reorder point or below, best sellers first.")
            title = {"list_title": _("What to reorder"), "list_about": about}
        return super().changelist_view(request, {**(extra_context or {}), **title})  # type: ignore[no-any-return]

    @display(description=gettext_lazy("product"), ordering="product__name", header=True)
    def what(self, advice: StockAdvice) -> tuple[SafeString, str]:
        return demand_link(advice.product_id, str(advice.product)), advice.product.sku

    @display(description=gettext_lazy("stock"), ordering="product__stock")
    def stock(self, advice: StockAdvice) -> str:
        return "–" if advice.product.stock is None else f"{advice.product.stock:,}"

    @display(description=gettext_lazy("units a week"), ordering="weekly_units")
    def weekly(self, advice: StockAdvice) -> str:
        return f"{advice.weekly_units:,.1f}"

    @display(description=gettext_lazy("lasts"))
    def lasts(self, advice: StockAdvice) -> str:
        stock = advice.product.stock
        if stock is None or advice.weekly_units <= 0:
            return "–"
        return _("%(weeks).1f weeks") % {"weeks": stock / advice.weekly_units}

    @display(description=gettext_lazy("order now"))
    def to_order(self, advice: StockAdvice) -> str:
        return f"{advice.quantity:,}" if advice.quantity else "–"

    @display(description=gettext_lazy("service level"), ordering="service_level")
    def level(self, advice: StockAdvice) -> str:
        return f"{advice.service_level:.1%}"


EXPORTED_STOCK = (
    "sku", "name", "stock", "units_a_week", "reorder_point", "order_up_to", "order_now", "lead_time_days",
    "service_level", "as_of",
)  # fmt: skip


def _exported_stock(queryset: QuerySet[StockAdvice]) -> Iterator[tuple[object, ...]]:
    for row in queryset.select_related("product").iterator(chunk_size=2_000):
        yield (
            row.product.sku, row.product.name, row.product.stock, row.weekly_units, row.reorder_point,
            row.order_up_to, row.quantity, row.lead_time_days, row.service_level, row.as_of.date(),
        )  # fmt: skip


def demand_link(product_id: int, text: str) -> SafeString:
    """A link to the page of a product's demand."""
    url = reverse("admin:membership_product_demand", args=(product_id,))
    return format_html('<a class="text-primary-600 dark:text-primary-400" href="{}">{}</a>', url, text)
