"""Promotions in the admin: plan, move, cancel, and take them out in the columns of an import."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter
from unfold.decorators import action, display

from forecasts.admin.forecasts import demand_link
from forecasts.models import PlannedPromotion
from forecasts.services.promotions import mark_outdated
from membership.backoffice import ShopAdmin
from membership.csv_answers import csv_answer

EXPORTED = ("sku", "kind", "starts_on", "ends_on", "share", "note")
"""The columns of ``import_promotions``."""


class WhenFilter(DropdownFilter):
    title = gettext_lazy("when")
    parameter_name = "when"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [("ahead", _("planned")), ("now", _("running")), ("past", _("over"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        today = timezone.localdate()
        if self.value() == "ahead":
            return queryset.filter(starts_on__gt=today)
        if self.value() == "now":
            return queryset.filter(starts_on__lte=today, ends_on__gte=today)
        if self.value() == "past":
            return queryset.filter(ends_on__lt=today)
        return queryset


@admin.register(PlannedPromotion)
class PlannedPromotionAdmin(ShopAdmin):
    list_display = ("what", "kind_text", "first", "last", "reach", "note")
    list_display_links = ("kind_text",)
    list_before_template = "membership/list_about.html"
    list_filter = (WhenFilter, ("kind", ChoicesDropdownFilter))
    list_select_related = ("product",)
    search_fields = ("product__name__icontains", "product__sku__istartswith", "note__icontains")
    search_help_text = gettext_lazy("Name or SKU of the product, or the note")
    ordering = ("-starts_on", "-id")
    autocomplete_fields = ("product",)
    fields = ("product", "kind", ("starts_on", "ends_on"), "share", "note")
    actions = ("export",)

    def has_export_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("forecasts.view_plannedpromotion")

    @action(description=gettext_lazy("Export as CSV"), permissions=["export"])
    def export(self, request: HttpRequest, queryset: QuerySet[PlannedPromotion]) -> HttpResponseBase:
        return csv_answer(name="promotions", heading=EXPORTED, rows=_exported(queryset))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, object] | None = None) -> Any:
        about = _(
            "Past promotions teach the demand forecast what a promotion does; planned ones raise the weeks "
            "ahead. A file of them is taken by import_promotions."
        )
        return super().changelist_view(
            request, {"list_title": _("Promotions"), "list_about": about, **(extra_context or {})}
        )

    def save_model(self, request: HttpRequest, obj: PlannedPromotion, form: Any, change: bool) -> None:
        """The form has checked it; the product before a change is renewed as well as the one after."""
        before = form.initial.get("product") if change else None
        super().save_model(request, obj, form, change)
        mark_outdated(product_ids={obj.product_id, before or obj.product_id}, at=timezone.now())

    def delete_model(self, request: HttpRequest, obj: PlannedPromotion) -> None:
        super().delete_model(request, obj)
        mark_outdated(product_ids=[obj.product_id], at=timezone.now())

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[PlannedPromotion]) -> None:
        product_ids = set(queryset.values_list("product_id", flat=True))
        super().delete_queryset(request, queryset)
        mark_outdated(product_ids=product_ids, at=timezone.now())

    @display(description=gettext_lazy("product"), ordering="product__name", header=True)
    def what(self, promotion: PlannedPromotion) -> tuple[SafeString, str]:
        return demand_link(promotion.product_id, str(promotion.product)), promotion.product.sku

    @display(description=gettext_lazy("kind"), ordering="kind")
    def kind_text(self, promotion: PlannedPromotion) -> str:
        return promotion.get_kind_display()

    @display(description=gettext_lazy("first day"), ordering="starts_on")
    def first(self, promotion: PlannedPromotion) -> str:
        return date_format(promotion.starts_on, "DATE_FORMAT")

    @display(description=gettext_lazy("last day"), ordering="ends_on")
    def last(self, promotion: PlannedPromotion) -> str:
        return date_format(promotion.ends_on, "DATE_FORMAT")

    @display(description=gettext_lazy("share"), ordering="share")
    def reach(self, promotion: PlannedPromotion) -> str:
        return f"{promotion.share:.0%}"


def _exported(queryset: QuerySet[PlannedPromotion]) -> Iterator[tuple[object, ...]]:
    rows = queryset.select_related("product").iterator(chunk_size=2_000)
    for row in rows:
        yield row.product.sku, row.kind, row.starts_on, row.ends_on, row.share, row.note
