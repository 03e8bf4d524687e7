"""Merchandising rules of the shop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import BooleanRadioFilter, ChoicesDropdownFilter
from unfold.decorators import action, display

from recommendations.admin.compare import preview_rules
from recommendations.models import MerchandisingRule

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

HOLDS = {"holds": "success", "waits": "info", "over": "", "off": "warning"}


@admin.register(MerchandisingRule)
class MerchandisingRuleAdmin(ModelAdmin):
    list_display = ("name", "action_name", "target", "amount", "surface_name", "segment", "state")
    list_filter = (("action", ChoicesDropdownFilter), ("is_active", BooleanRadioFilter))
    list_filter_submit = True
    list_select_related = ("product", "category", "segment")
    list_per_page = 30
    search_fields = ("name", "product__name", "product__sku__istartswith", "category__path")
    search_help_text = gettext_lazy("Name of the rule, product or category")
    ordering = ("name", "id")
    autocomplete_fields = ("product", "category", "segment")
    fieldsets = (
        (None, {"fields": ("name", "action", "amount", "is_active")}),
        (gettext_lazy("What it is about"), {"fields": ("product", "category")}),
        (
            gettext_lazy("Where, for whom and when"),
            {"fields": ("surface", "segment", "starts_at", "ends_at")},
        ),
    )
    actions_list = ("open_preview",)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(preview_rules)
        page = path("preview/", view, name="recommendations_merchandisingrule_preview")
        return [page, *super().get_urls()]

    @display(description=gettext_lazy("action"), ordering="action")
    def action_name(self, rule: MerchandisingRule) -> str:
        return rule.get_action_display()

    @display(description=gettext_lazy("about"))
    def target(self, rule: MerchandisingRule) -> str:
        return str(rule.product or rule.category or gettext("all products"))

    @display(description=gettext_lazy("surface"), ordering="surface")
    def surface_name(self, rule: MerchandisingRule) -> str:
        return rule.get_surface_display() or "–"

    @display(description=gettext_lazy("now"), label=HOLDS)
    def state(self, rule: MerchandisingRule) -> tuple[str, str | StrPromise]:
        now = timezone.now()
        if not rule.is_active:
            return "off", gettext_lazy("Switched off")
        if rule.starts_at and rule.starts_at > now:
            return "waits", gettext_lazy("Not yet")
        if rule.ends_at and rule.ends_at <= now:
            return "over", gettext_lazy("Over")
        return "holds", gettext_lazy("Holds")

    @action(description=gettext_lazy("Preview"), icon="visibility")
    def open_preview(self, request: HttpRequest) -> HttpResponse:
        return redirect("admin:recommendations_merchandisingrule_preview")
