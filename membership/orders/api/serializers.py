"""Serializers of orders."""

from __future__ import annotations

from functools import partial

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from membership.access.fields import Cleaned, Moment
from membership.cleaning.values import clean_country, clean_currency, clean_ip, clean_key
from membership.models import Order, OrderItem

MAX_LINES = 500
MAX_QUANTITY = 1_000_000
MAX_POINTS = 10_000_000
order_number = partial(clean_key, max_length=60)


class LineInput(serializers.Serializer[object]):
    sku = serializers.CharField(max_length=60, help_text=_("SKU, or the product's id."))
    quantity = serializers.IntegerField(min_value=1, max_value=MAX_QUANTITY)
    unit_price = serializers.DecimalField(
        16, 6, min_value=0, required=False, help_text=_("The product's price, unless given.")
    )
    discount = serializers.DecimalField(14, 3, min_value=0, required=False, help_text=_("Of the whole line."))
    gift = serializers.BooleanField(
        required=False, help_text=_("Bought for somebody else: recommendations learn nothing from it.")
    )


class OrderInput(serializers.Serializer[object]):
    member = serializers.CharField(max_length=60, help_text=_("The member's id or number."))
    order_no = Cleaned(order_number, max_length=60)
    lines = serializers.ListField(child=LineInput(), min_length=1, max_length=MAX_LINES)
    currency = Cleaned(clean_currency, max_length=10, required=False, help_text=_("ISO 4217."))
    order_discount = serializers.DecimalField(
        14, 3, min_value=0, required=False, help_text=_("Of the whole order: spread over its lines.")
    )
    shipping = serializers.DecimalField(14, 3, min_value=0, required=False)
    tax = serializers.DecimalField(14, 3, min_value=0, required=False)
    tip = serializers.DecimalField(14, 3, min_value=0, required=False)
    total = serializers.DecimalField(
        14, 3, min_value=0, required=False, help_text=_("Checked against the lines when given.")
    )
    placed_at = Moment(required=False, help_text=_("Now, unless given."))
    status = serializers.ChoiceField(
        choices=[("pending", _("Pending")), ("paid", _("Paid"))],
        default="paid",
        help_text=_("What the order becomes when it is approved."),
    )
    store = serializers.CharField(max_length=40, required=False, allow_blank=True)
    channel = serializers.ChoiceField(choices=Order.Channel.choices, default="web")
    payment_method = serializers.CharField(max_length=40, required=False, allow_blank=True)
    payment_fingerprint = serializers.CharField(max_length=80, required=False, allow_blank=True)
    device_fingerprint = serializers.CharField(max_length=80, required=False, allow_blank=True)
    address_fingerprint = serializers.CharField(
        max_length=80,
        required=False,
        allow_blank=True,
        help_text=_("Of the shipping address, made by the shop."),
    )
    ip = Cleaned(clean_ip, max_length=60, required=False, allow_blank=True, allow_null=True)
    billing_country = Cleaned(clean_country, max_length=60, required=False, allow_blank=True)
    shipping_country = Cleaned(clean_country, max_length=60, required=False, allow_blank=True)
    coupon = serializers.CharField(max_length=60, required=False, allow_blank=True)
    points = serializers.IntegerField(
        min_value=1,
        max_value=MAX_POINTS,
        required=False,
        help_text=_("Points of the member to pay with; no more are taken than the products need."),
    )

    def validate_order_no(self, value: str) -> str:
        if not value:
            raise serializers.ValidationError(_("An order needs its number."))
        return value


class LineOutput(serializers.ModelSerializer[OrderItem]):
    product = serializers.UUIDField(source="product.public_id")
    sku = serializers.CharField(source="product.sku")
    name = serializers.CharField(source="product.name")
    gift = serializers.BooleanField(source="is_gift")
    backordered = serializers.IntegerField(default=0, help_text=_("Pieces that it still waits for."))

    class Meta:
        model = OrderItem
        fields = (
            "line_no", "product", "sku", "name", "quantity", "unit_price", "discount", "refunded", "total",
            "returned", "backordered", "gift",
        )  # fmt: skip


class OrderOutput(serializers.ModelSerializer[Order]):
    """An order as its buyer may see it."""

    id = serializers.UUIDField(source="public_id")
    member = serializers.UUIDField(source="member.public_id")
    store = serializers.CharField(source="store.code", default=None, allow_null=True)
    shop_total = serializers.DecimalField(
        max_digits=20,
        decimal_places=3,
        allow_null=True,
        help_text=_("The total in the shop's currency at the rate of its day; null while there is none."),
    )

    class Meta:
        model = Order
        fields = (
            "id", "order_no", "member", "status", "channel", "store", "currency", "subtotal", "discount",
            "refunded", "total", "shop_total", "shipping", "tax", "tip", "item_count", "payment_method",
            "coupon", "placed_at", "cancelled_at",
        )  # fmt: skip


class StaffOrderOutput(OrderOutput):
    """With what only the shop may know: the traces of payment and device, and the label."""

    class Meta(OrderOutput.Meta):
        fields = (
            *OrderOutput.Meta.fields, "payment_fingerprint", "device_fingerprint", "address_fingerprint",
            "ip", "billing_country", "shipping_country", "is_fraud", "label_known_at", "label_source",
        )  # type: ignore[assignment]  # a longer tuple  # fmt: skip


class OrderDetail(OrderOutput):
    lines = LineOutput(source="items", many=True)

    class Meta(OrderOutput.Meta):
        fields = (*OrderOutput.Meta.fields, "lines")  # type: ignore[assignment]  # a longer tuple


class StaffOrderDetail(StaffOrderOutput):
    lines = LineOutput(source="items", many=True)

    class Meta(StaffOrderOutput.Meta):
        fields = (*StaffOrderOutput.Meta.fields, "lines")  # type: ignore[assignment]  # a longer tuple


class LabelInput(serializers.Serializer[object]):
    outcome = serializers.ChoiceField(
        choices=[("chargeback", _("Chargeback")), ("confirmed_good", _("Confirmed good"))]
    )
    known_at = Moment(required=False, help_text=_("When the outcome became known; now, unless given."))


class LabelOutput(serializers.Serializer[object]):
    order_no = serializers.CharField()
    is_fraud = serializers.BooleanField(allow_null=True)
    label_known_at = serializers.DateTimeField(allow_null=True)
    label_source = serializers.CharField()
    applied = serializers.BooleanField(help_text=_("False when a newer label was known already."))
