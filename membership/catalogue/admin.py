"""Products, categories and stores."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import JSONField
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import BooleanRadioFilter, RangeNumericFilter
from unfold.decorators import display

from membership.backoffice import ShopAdmin, link_to
from membership.catalogue.merging import merge_category
from membership.catalogue.product_pages import product_notes, product_pages
from membership.catalogue.stock.changing import Cause, set_stock
from membership.models import Category, Product, Store
from membership.rules.names.replacing import ReplaceableAdmin
from membership.wording import money_text, percent_text


class OptionsField(forms.JSONField):
    """Without options the field is empty."""

    def prepare_value(self, value: object) -> str:
        return "" if value is None else super().prepare_value(value)


@admin.register(Product)
class ProductAdmin(ShopAdmin):
    formfield_overrides = {JSONField: {"form_class": OptionsField}}
    list_display = (
        "name",
        "sku",
        "category",
        "brand",
        "price_text",
        "margin_text",
        "stock",
        "pages",
        "is_active",
    )
    list_filter = (
        ("is_active", BooleanRadioFilter),
        ("sold_by_weight", BooleanRadioFilter),
        ("price", RangeNumericFilter),
    )
    list_select_related = ("category",)
    search_fields = ("name", "sku__istartswith", "brand__istartswith")
    search_help_text = gettext_lazy("Name, SKU or brand")
    ordering = ("id",)
    autocomplete_fields = ("category", "group")
    fieldsets = (
        (None, {"fields": ("sku", "name", "category", "brand")}),
        (
            gettext_lazy("Selling"),
            {"fields": ("price", "currency", "cost", "margin_text", "sold_by_weight", "is_active")},
        ),
        (
            gettext_lazy("Who may be shown it, and when again"),
            {"fields": ("min_age", "countries", "languages", "buy_again_days", "notes")},
        ),
        (
            gettext_lazy("Stock"),
            {"fields": ("stock", "backordered", "lead_time_days", "service_level", "pages")},
        ),
        (gettext_lazy("Variants"), {"fields": ("group", "options", "variants")}),
    )
    readonly_fields = ("pages", "margin_text", "notes", "backordered", "variants")

    @display(description=gettext_lazy("price"), ordering="price")
    def price_text(self, product: Product) -> str:
        return money_text(product.price, product.currency)

    @display(description=gettext_lazy("margin"))
    def margin_text(self, product: Product) -> str:
        """As a part of the price; a dash where the cost is not known."""
        share = product.margin_share if product.pk else None
        return "–" if share is None else percent_text(share)

    @display(description=gettext_lazy("from the shop's orders"))
    def notes(self, product: Product) -> str:
        return " ".join(product_notes(product.pk)) or "–" if product.pk else "–"

    @display(description=gettext_lazy("more"))
    def pages(self, product: Product) -> str:
        if not product.pk:
            return "–"
        return format_html_join(" · ", "{}", ((page.link(product.pk),) for page in product_pages()))

    @display(description=gettext_lazy("other variants"))
    def variants(self, product: Product) -> str:
        """The siblings of the product, with what makes each, price and stock."""
        if product.group is None:
            return "–"
        others = product.group.products.exclude(pk=product.pk).select_related("group").order_by("pk")
        rows = (
            (link_to(one, text=one.variant_text or one.name), one.sku, self.price_text(one), _pieces(one))
            for one in others
        )
        shown = format_html_join("", "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>", rows)
        return format_html('<table class="rg-table"><tbody>{}</tbody></table>', shown) if shown else "–"

    def save_model(self, request: HttpRequest, obj: Product, form: Any, change: bool) -> None:
        """What the stock becomes goes into its history, and to the orders that wait for it."""
        stock = obj.stock
        if change and "stock" in form.changed_data:
            obj.stock = form.initial["stock"]
        names = [name for name in form.changed_data if name != "stock"]
        if change:
            obj.save(update_fields=[*names, "updated_at"])  # not what an order moves meanwhile
        else:
            obj.save()
        if change and "stock" in form.changed_data:
            cause = Cause("admin", who=request.user.get_username())
            obj.stock = set_stock(product=obj, stock=stock, cause=cause).product.stock

    def get_urls(self) -> list[URLPattern]:
        pages = [
            path(f"<int:product_id>/{page.key}/", self.admin_site.admin_view(page.view), name=page.url_name)
            for page in product_pages()
        ]
        return [*pages, *super().get_urls()]

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False  # a product that was ever sold is hidden, not deleted


def _pieces(product: Product) -> str:
    return "–" if product.stock is None else f"{product.stock:,}"


@admin.register(Category)
class CategoryAdmin(ReplaceableAdmin):
    """Renaming or moving one keeps every rule: they hold its id, and its path follows from the names."""

    kind = "category"
    list_display = ("path", "name", "min_age")
    search_fields = ("path", "former_paths__path")
    ordering = ("path",)
    fields = ("name", "parent", "path", "min_age")
    readonly_fields = ("path",)
    autocomplete_fields = ("parent",)

    def replace(self, *, row: Category, into: Category, user: User | None) -> None:
        merge_category(category=row, into=into, user=user)


@admin.register(Store)
class StoreAdmin(ShopAdmin):
    list_display = ("code", "name")
    search_fields = ("code__istartswith", "name")
    ordering = ("code",)

    def get_readonly_fields(self, request: HttpRequest, obj: Store | None = None) -> tuple[str, ...]:
        """Orders name the store by its code, and so do rules over orders: it stays, the name may change."""
        return ("code",) if obj is not None else ()
