"""Groups of variants: their names, options, and the products in them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import TabularInline
from unfold.decorators import display

from membership.backoffice import ShopAdmin, link_to
from membership.models import Product, ProductGroup
from membership.wording import money_text


class GroupForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic when it runs
    class Meta:
        model = ProductGroup
        fields = ("code", "name", "options")

    def clean_options(self) -> list[str]:
        names = self.cleaned_data["options"] or []
        if not isinstance(names, list) or not all(isinstance(one, str) and one for one in names):
            raise forms.ValidationError(_('Write the names as a list, such as ["Size", "Colour"].'))
        return list(dict.fromkeys(names))


class VariantInline(TabularInline):
    """The products of the group; a product joins or leaves it on its own page."""

    model = Product
    fields = ("product", "sku", "variant", "price_text", "stock", "is_active")
    readonly_fields = fields
    extra = 0
    per_page = 50
    can_delete = False
    hide_title = True
    verbose_name_plural = gettext_lazy("variants")

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Product]:
        return super().get_queryset(request).select_related("group").order_by("pk")  # type: ignore[no-any-return]  # the package has no types

    @display(description=gettext_lazy("product"))
    def product(self, row: Product) -> SafeString | str:
        return link_to(row)

    @display(description=gettext_lazy("options"))
    def variant(self, row: Product) -> str:
        return row.variant_text or "–"

    @display(description=gettext_lazy("price"))
    def price_text(self, row: Product) -> str:
        return money_text(row.price, row.currency)


@admin.register(ProductGroup)
class ProductGroupAdmin(ShopAdmin):
    form = GroupForm
    list_display = ("name_shown", "code", "option_names", "n_products")
    search_fields = ("code__istartswith", "name")
    search_help_text = gettext_lazy("Code or name")
    ordering = ("code",)
    inlines = (VariantInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ProductGroup]:
        rows: QuerySet[ProductGroup] = super().get_queryset(request)
        return rows.annotate(n_products=Count("products"))

    @display(description=gettext_lazy("name"), ordering="name")
    def name_shown(self, row: ProductGroup) -> str:
        return str(row)

    @display(description=gettext_lazy("options"))
    def option_names(self, row: ProductGroup) -> str:
        return ", ".join(row.options)

    @display(description=gettext_lazy("variants"), ordering="n_products")
    def n_products(self, row: Any) -> int:
        return int(row.n_products)
