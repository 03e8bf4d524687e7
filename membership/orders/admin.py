"""Orders, their lines, and events."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import TabularInline
from unfold.contrib.filters.admin import BooleanRadioFilter, ChoicesDropdownFilter, DropdownFilter
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from membership.backoffice import DayRangeFilter, ReadOnlyAdmin, link_to
from membership.models import Event, Order, OrderItem
from membership.models.shop import the_shop
from membership.orders.admin_work import OrderWorkAdmin
from membership.orders.stock import with_backorders
from membership.wording import moment_text, money_text

STATUS_COLOURS = {
    "pending": "info",
    "paid": "success",
    "shipped": "success",
    "completed": "success",
    "cancelled": "",
    "refunded": "",
    "held": "warning",
    "declined": "danger",
}
OUTCOME_COLOURS = {"fraud": "danger", "genuine": "success"}


class OrderItemInline(TabularInline):
    model = OrderItem
    fields = (
        "line_no",
        "product_link",
        "quantity",
        "price",
        "reduced",
        "given_back",
        "returned",
        "waits",
        "sum",
    )
    readonly_fields = ("product_link", "price", "reduced", "given_back", "waits", "sum")
    extra = 0
    per_page = 30
    can_delete = False
    hide_title = True

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[OrderItem]:
        items = super().get_queryset(request).select_related("product", "order").order_by("line_no")
        return with_backorders(items)

    @display(description=gettext_lazy("product"))
    def product_link(self, item: OrderItem) -> SafeString | str:
        return link_to(item.product)

    @display(description=gettext_lazy("unit price"))
    def price(self, item: OrderItem) -> str:
        return money_text(item.unit_price, item.order.currency)

    @display(description=gettext_lazy("discount"))
    def reduced(self, item: OrderItem) -> str:
        return money_text(item.discount, item.order.currency)

    @display(description=gettext_lazy("refunded"))
    def given_back(self, item: OrderItem) -> str:
        return money_text(item.refunded, item.order.currency)

    @display(description=gettext_lazy("backordered"))
    def waits(self, item: OrderItem) -> int:
        return int(getattr(item, "backordered", 0))

    @display(description=gettext_lazy("total"))
    def sum(self, item: OrderItem) -> str:
        return money_text(item.total, item.order.currency)


class WithoutRateFilter(DropdownFilter):
    title = gettext_lazy("amount in the shop's currency")
    parameter_name = "rate"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [("missing", _("no rate for its day"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.without_rate() if self.value() == "missing" else queryset


@admin.register(Order)
class OrderAdmin(OrderWorkAdmin):
    list_display: tuple[str, ...] = (
        "order_no",
        "placed",
        "who",
        "status_label",
        "channel",
        "item_count",
        "amount",
        "outcome",
    )
    list_filter: tuple[object, ...] = (
        ("placed_at", DayRangeFilter),
        ("status", ChoicesDropdownFilter),
        ("channel", ChoicesDropdownFilter),
        ("is_fraud", BooleanRadioFilter),
    )
    list_select_related: tuple[str, ...] = ("member",)
    search_fields = ("order_no__istartswith", "member__member_no__istartswith")
    search_help_text = gettext_lazy("Order or member number")
    ordering = ("-placed_at", "-id")
    inlines = (OrderItemInline,)
    fieldsets: tuple[object, ...] = (
        (None, {"fields": (("order_no", "who"), ("status", "placed"), ("channel", "store"))}),
        (
            gettext_lazy("Payment and device"),
            {
                "fields": (
                    ("payment_method", "payment_fingerprint"),
                    ("device_fingerprint", "ip"),
                    ("billing_country", "shipping_country"),
                )
            },
        ),
        (
            gettext_lazy("Amounts"),
            {"fields": (("before_discount", "reduced"), ("given_back", "amount"), ("beside", "coupon"))},
        ),
        (gettext_lazy("Fraud label"), {"fields": ("is_fraud", ("label_known_at", "label_source"))}),
    )
    readonly_fields: tuple[str, ...] = (
        "who",
        "placed",
        "before_discount",
        "reduced",
        "given_back",
        "beside",
        "amount",
        "in_shop",
    )

    @display(description=gettext_lazy("member"))
    def who(self, order: Order) -> SafeString | str:
        return link_to(order.member)

    @display(description=gettext_lazy("placed"), ordering="placed_at")
    def placed(self, order: Order) -> str:
        return moment_text(order.placed_at)

    @display(description=gettext_lazy("status"), ordering="status", label=STATUS_COLOURS)
    def status_label(self, order: Order) -> tuple[str, str]:
        return order.status, order.get_status_display()

    @display(description=gettext_lazy("outcome"), ordering="is_fraud", label=OUTCOME_COLOURS)
    def outcome(self, order: Order) -> tuple[str, str] | None:
        """The label, once it is known."""
        if order.is_fraud is None:
            return None
        return ("fraud", _("Fraud")) if order.is_fraud else ("genuine", _("Genuine"))

    @display(description=gettext_lazy("total"), ordering="total")
    def amount(self, order: Order) -> str:
        return money_text(order.total, order.currency)

    @display(description=gettext_lazy("in the shop's currency"))
    def in_shop(self, order: Order) -> str:
        if order.shop_rate is None:
            return _("No rate for its day: the order is left out of all sums.")
        return _("%(amount)s at %(rate)s") % {
            "amount": money_text(order.shop_total, the_shop().currency),
            "rate": f"{order.shop_rate.normalize():f}",
        }

    def get_list_filter(self, request: HttpRequest) -> Any:
        """Where the home page leads to; a shop without other currencies never sees it."""
        filters = super().get_list_filter(request)
        return (*filters, WithoutRateFilter) if "rate" in request.GET else filters

    def get_fieldsets(self, request: HttpRequest, obj: Order | None = None) -> Any:
        """An order in the shop's own currency says nothing about rates."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or obj.currency == the_shop().currency:
            return fieldsets
        return [*fieldsets, (_("Currency"), {"fields": (("currency", "in_shop"),)})]

    @display(description=gettext_lazy("before discount"))
    def before_discount(self, order: Order) -> str:
        return money_text(order.subtotal, order.currency)

    @display(description=gettext_lazy("discount"))
    def reduced(self, order: Order) -> str:
        return money_text(order.discount, order.currency)

    @display(description=gettext_lazy("refunded"))
    def given_back(self, order: Order) -> str:
        return money_text(order.refunded, order.currency)

    @display(description=gettext_lazy("shipping, tax, tip"))
    def beside(self, order: Order) -> str:
        amounts = (order.shipping, order.tax, order.tip)
        return " · ".join(money_text(amount, order.currency) for amount in amounts)


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ("when", "who", "type", "product_link", "query", "surface")
    list_filter = (("type", ChoicesDropdownFilter), ("occurred_at", DayRangeFilter))
    list_select_related = ("member", "product")
    search_fields = ("member__member_no__istartswith",)
    search_help_text = gettext_lazy("Member number")
    ordering = ("-id",)  # the order in which they came; sorting by time would read the whole table
    sortable_by = ()
    paginator = InfinitePaginator  # counting the largest table costs more than the page

    @display(description=gettext_lazy("when"))
    def when(self, event: Event) -> str:
        return moment_text(event.occurred_at)

    @display(description=gettext_lazy("member"))
    def who(self, event: Event) -> SafeString | str:
        return link_to(event.member)

    @display(description=gettext_lazy("product"))
    def product_link(self, event: Event) -> SafeString | str:
        return link_to(event.product)
