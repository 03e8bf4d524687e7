"""What changes of an order look like in JSON."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from learning.json_types import JsonObject
from membership.loyalty.amounts import refund_split
from membership.models import Order, OrderChange, Refund
from membership.orders.api.serializers import MAX_LINES, MAX_QUANTITY
from membership.orders.editing import LineDraft
from membership.orders.refunds import Wanted

MAX_REASON = 200


class LineChange(serializers.Serializer[object]):
    """A line as the order is to have it."""

    line_no = serializers.IntegerField(
        min_value=1,
        max_value=1_000_000,
        required=False,
        help_text=gettext_lazy("The stored line of this SKU, or a new one, unless given."),
    )
    sku = serializers.CharField(max_length=60, help_text=gettext_lazy("SKU, or the product's id."))
    quantity = serializers.IntegerField(min_value=1, max_value=MAX_QUANTITY)
    unit_price = serializers.DecimalField(
        16, 6, min_value=0, required=False, help_text=gettext_lazy("As stored, or the product's price.")
    )
    discount = serializers.DecimalField(
        14,
        3,
        min_value=0,
        required=False,
        help_text=gettext_lazy("As stored, in proportion to the quantity."),
    )


class OrderPatch(serializers.Serializer[object]):
    """Either a status or all lines that the order is to have."""

    status = serializers.ChoiceField(choices=Order.Status.choices, required=False)
    lines = serializers.ListField(child=LineChange(), min_length=1, max_length=MAX_LINES, required=False)
    reason = serializers.CharField(max_length=MAX_REASON, allow_blank=True, default="")

    def validate(self, attrs: JsonObject) -> JsonObject:
        if ("status" in attrs) == ("lines" in attrs):
            raise serializers.ValidationError(_("Give either status or lines."))
        return attrs

    def drafts(self) -> list[LineDraft]:
        return [LineDraft(**line) for line in self.validated_data["lines"]]


class RefundLine(serializers.Serializer[object]):
    line_no = serializers.IntegerField(min_value=1)
    quantity = serializers.IntegerField(min_value=1, max_value=MAX_QUANTITY)


class RefundInput(serializers.Serializer[object]):
    """Exactly one of ``all``, ``lines`` and ``amount``."""

    all = serializers.BooleanField(
        required=False, help_text=gettext_lazy("All that is left, shipping, tax and tip with it.")
    )
    lines = serializers.ListField(child=RefundLine(), min_length=1, max_length=MAX_LINES, required=False)
    amount = serializers.DecimalField(
        14, 3, required=False, help_text=gettext_lazy("Of the products: spread over the lines.")
    )
    reason = serializers.CharField(max_length=MAX_REASON, allow_blank=True, default="")
    restock = serializers.BooleanField(
        default=False, help_text=gettext_lazy("Whether the goods go back on sale.")
    )

    def validate_amount(self, value: Any) -> Any:
        if value <= 0:
            raise serializers.ValidationError(_("Give an amount above zero."))
        return value

    def validate_lines(self, value: list[dict[str, int]]) -> list[dict[str, int]]:
        if len({line["line_no"] for line in value}) != len(value):
            raise serializers.ValidationError(_("Two lines have the same number."))
        return value

    def validate(self, attrs: JsonObject) -> JsonObject:
        if sum((attrs.get("all") is True, "lines" in attrs, "amount" in attrs)) != 1:
            raise serializers.ValidationError(_("Give exactly one of all, lines and amount."))
        return attrs

    def wanted(self) -> Wanted:
        given = self.validated_data
        lines = given.get("lines")
        return Wanted(
            everything=given.get("all") is True,
            lines=None if lines is None else {line["line_no"]: line["quantity"] for line in lines},
            amount=given.get("amount"),
        )


class RefundedLine(serializers.Serializer[object]):
    line_no = serializers.IntegerField()
    quantity = serializers.IntegerField(help_text=gettext_lazy("Given back; 0 for money only."))
    amount = serializers.DecimalField(14, 3)


class RefundOutput(serializers.ModelSerializer[Refund]):
    """``goods`` is what the products came to less; the other shares went back with it."""

    lines = serializers.SerializerMethodField()

    class Meta:
        model = Refund
        fields = ("refunded_at", "goods", "shipping", "tax", "tip", "restock", "lines")

    @extend_schema_field(RefundedLine(many=True))
    def get_lines(self, refund: Refund) -> list[JsonObject]:
        lines = sorted(refund.lines.items(), key=lambda entry: int(entry[0]))
        return [
            dict(RefundedLine({"line_no": int(no), "quantity": quantity, "amount": amount}).data)
            for no, (quantity, amount) in lines
        ]


class SplitOutput(serializers.Serializer[object]):
    money = serializers.DecimalField(14, 3)
    points = serializers.IntegerField()
    points_worth = serializers.DecimalField(14, 3)


class RefundAnswer(RefundOutput):
    """With what the order came to by it."""

    order_no = serializers.CharField(source="order.order_no")
    status = serializers.ChoiceField(source="order.status", choices=Order.Status.choices)
    currency = serializers.CharField(source="order.currency")
    total = serializers.DecimalField(14, 3, source="order.total", help_text=gettext_lazy("What is left."))
    reason = serializers.CharField(source="change.reason")
    split = serializers.SerializerMethodField(
        help_text=gettext_lazy("Of all products given back so far: what is money, what came back as points.")
    )

    @extend_schema_field(SplitOutput)
    def get_split(self, refund: Refund) -> JsonObject:
        return dict(SplitOutput(refund_split(order=refund.order)).data)

    class Meta(RefundOutput.Meta):
        fields = ("order_no", "status", "currency", "total", *RefundOutput.Meta.fields, "split", "reason")  # type: ignore[assignment]  # longer than its parent's


class ChangeOutput(serializers.ModelSerializer[OrderChange]):
    """``source`` is api, admin, import, a verdict on fraud or the connected shop; ``who`` a user's name, or
    key: and an API key's.
    """

    before = serializers.DictField(help_text=gettext_lazy("What changed, as it was."))
    after = serializers.DictField(help_text=gettext_lazy("What changed, as it became."))
    refund = RefundOutput(allow_null=True)

    class Meta:
        model = OrderChange
        fields = ("id", "changed_at", "source", "who", "reason", "before", "after", "refund")
