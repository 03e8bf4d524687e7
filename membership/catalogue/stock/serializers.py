"""Stock and what moved it, in JSON."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from learning.json_types import JsonObject
from membership.catalogue.stock.ledger import LARGEST_STOCK
from membership.models import StockMovement


class StockInput(serializers.Serializer[object]):
    set = serializers.IntegerField(
        min_value=0,
        max_value=LARGEST_STOCK,
        required=False,
        allow_null=True,
        help_text=gettext_lazy("So many there are now; null: they are not counted."),
    )
    change = serializers.IntegerField(
        min_value=-LARGEST_STOCK,
        max_value=LARGEST_STOCK,
        required=False,
        help_text=gettext_lazy("So many came, or, below zero, left."),
    )
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")

    def validate(self, attrs: JsonObject) -> JsonObject:
        if ("set" in attrs) == ("change" in attrs):
            raise serializers.ValidationError(_("Give either set or change."))
        return attrs


class MovementOutput(serializers.ModelSerializer[StockMovement]):
    order_no = serializers.CharField(source="order.order_no", default=None, allow_null=True)
    source = serializers.CharField(  # type: ignore[assignment]  # a field, which DRF takes off the class
        help_text=gettext_lazy(
            "order, backorder (a waiting order got its pieces), api, admin, import, or a system's name."
        )
    )

    class Meta:
        model = StockMovement
        fields = (
            "id", "moved_at", "units", "wanted", "stock", "source", "who", "reason", "order_no", "line_no",
        )  # fmt: skip

    def to_representation(self, instance: StockMovement) -> JsonObject:
        shown: JsonObject = super().to_representation(instance)
        return {**shown, "source": shown["source"] or "order"}


class StockOutput(serializers.Serializer[object]):
    sku = serializers.CharField()
    stock = serializers.IntegerField(allow_null=True)
    backordered = serializers.IntegerField(help_text=gettext_lazy("Pieces that orders still wait for."))
    filled = serializers.IntegerField(help_text=gettext_lazy("Pieces that went to waiting orders now."))
    movement = MovementOutput(allow_null=True, help_text=gettext_lazy("Null where nothing changed."))
