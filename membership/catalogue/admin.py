"""Products, categories and stores."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import BooleanRadioFilter, RangeNumericFilter
from unfold.decorators import display

from forecasts.admin.demand_page import demand_page
from forecasts.admin.forecasts import demand_link
from membership.backoffice import ShopAdmin
from membership.models import Category, Product, Store
from membership.wording import money_text


@admin.register(Product)
class ProductAdmin(ShopAdmin):
    list_display = ("name", "sku", "category", "brand", "price_text", "stock", "demand", "is_active")
    list_filter = (
        ("is_active", BooleanRadioFilter),
        ("sold_by_weight", BooleanRadioFilter),
        ("price", RangeNumericFilter),
    )
    list_select_related = ("category",)
    search_fields = ("name", "sku__istartswith", "brand__istartswith")
    search_help_text = gettext_lazy("Name, SKU or brand")
    ordering = ("id",)
    autocomplete_fields = ("category",)
    fieldsets = (
        (None, {"fields": ("sku", "name", "category", "brand")}),
        (gettext_lazy("Selling"), {"fields": ("price", "currency", "sold_by_weight", "is_active")}),
        (gettext_lazy("Stock"), {"fields": ("stock", "lead_time_days", "service_level", "demand")}),
    )
    readonly_fields = ("demand",)

    @display(description=gettext_lazy("price"), ordering="price")
    def price_text(self, product: Product) -> str:
        return money_text(product.price, product.currency)

    @display(description=gettext_lazy("demand"))
    def demand(self, product: Product) -> str:
        return "–" if product.pk is None else demand_link(product.pk, _("Forecast"))

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(demand_page)
        page = path("<int:product_id>/demand/", view, name="membership_product_demand")
        return [page, *super().get_urls()]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # a product that was ever sold is hidden, not deleted


@admin.register(Category)
class CategoryAdmin(ShopAdmin):
    list_display = ("path", "name")
    search_fields = ("path",)
    ordering = ("path",)
    autocomplete_fields = ("parent",)


@admin.register(Store)
class StoreAdmin(ShopAdmin):
    list_display = ("code", "name")
    search_fields = ("code__istartswith", "name")
    ordering = ("code",)
