"""What moved the stock of products, and what orders wait for: to look at."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from membership.backoffice import DayRangeFilter, ReadOnlyAdmin, link_to
from membership.models import Backorder, StockMovement
from membership.wording import moment_text

SOURCES = {
    "order": gettext_lazy("order"),
    "backorder": gettext_lazy("backorder filled"),
    "api": gettext_lazy("API"),
    "admin": gettext_lazy("admin"),
    "import": gettext_lazy("import"),
    "undo": gettext_lazy("undone import"),
}
"""Where a movement comes from, in words; others are the names of connected systems."""


class SourceFilter(DropdownFilter):
    title = gettext_lazy("source")
    parameter_name = "source"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [(name, str(word)) for name, word in SOURCES.items()]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if not (value := self.value()):
            return queryset
        return queryset.filter(source="" if value == "order" else value)


@admin.register(StockMovement)
class StockMovementAdmin(ReadOnlyAdmin):
    list_display = ("when", "product_shown", "moved", "stock", "cause", "order_shown", "who", "reason")
    list_filter = (("moved_at", DayRangeFilter), SourceFilter)
    list_select_related = ("product", "order")
    search_fields = ("product__sku__istartswith", "order__order_no__istartswith")
    search_help_text = gettext_lazy("SKU or order number")
    ordering = ("-id",)
    paginator = InfinitePaginator
    fields = ("when", "product_shown", "moved", "wanted", "stock", "cause", "order_shown", "who", "reason")
    readonly_fields = fields

    @display(description=gettext_lazy("when"), ordering="moved_at")
    def when(self, row: StockMovement) -> str:
        return moment_text(row.moved_at)

    @display(description=gettext_lazy("product"))
    def product_shown(self, row: StockMovement) -> SafeString | str:
        return link_to(row.product, text=row.product.sku)

    @display(description=gettext_lazy("moved"))
    def moved(self, row: StockMovement) -> str:
        return f"{row.units:+,}"

    @display(description=gettext_lazy("source"))
    def cause(self, row: StockMovement) -> str:
        return str(SOURCES.get(row.source or "order", row.source))

    @display(description=gettext_lazy("order"))
    def order_shown(self, row: StockMovement) -> SafeString | str:
        return link_to(row.order)


@admin.register(Backorder)
class BackorderAdmin(ReadOnlyAdmin):
    list_display = ("order_shown", "line_no", "product_shown", "units", "since")
    list_select_related = ("product", "order")
    search_fields = ("product__sku__istartswith", "order__order_no__istartswith")
    search_help_text = gettext_lazy("SKU or order number")
    ordering = ("order__placed_at", "order_id", "line_no")
    fields = ("order_shown", "line_no", "product_shown", "units", "since")
    readonly_fields = fields

    @display(description=gettext_lazy("order"))
    def order_shown(self, row: Backorder) -> SafeString | str:
        return link_to(row.order)

    @display(description=gettext_lazy("product"))
    def product_shown(self, row: Backorder) -> SafeString | str:
        return link_to(row.product, text=row.product.sku)

    @display(description=gettext_lazy("since"), ordering="created_at")
    def since(self, row: Backorder) -> str:
        return moment_text(row.created_at)
