"""Promotions as they come in and go out."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from forecasts.models import PlannedPromotion, PromotionKind
from forecasts.models.promotions import LEAST_SHARE


class PromotionOutput(serializers.ModelSerializer[PlannedPromotion]):
    id = serializers.UUIDField(source="public_id")
    product = serializers.UUIDField(source="product.public_id")
    sku = serializers.CharField(source="product.sku")

    class Meta:
        model = PlannedPromotion
        fields = (
            "id", "product", "sku", "kind", "starts_on", "ends_on", "share", "note", "created_at",
            "updated_at",
        )  # fmt: skip


class PromotionChanges(serializers.Serializer[dict[str, object]]):
    kind = serializers.ChoiceField(choices=PromotionKind.choices)
    starts_on = serializers.DateField(help_text=_("the first day, in the shop's time zone"))
    ends_on = serializers.DateField(help_text=_("the last day, included"))
    share = serializers.FloatField(
        required=False,
        min_value=LEAST_SHARE,
        max_value=1,
        help_text=_("the part of the stores, or of the visitors, that it reaches; 1 unless given"),
    )
    note = serializers.CharField(required=False, allow_blank=True, max_length=200)


class PromotionInput(PromotionChanges):
    product = serializers.CharField(max_length=60, help_text=_("the product's public id, or its SKU"))
