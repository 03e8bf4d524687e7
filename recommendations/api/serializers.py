"""What a caller asks for, and what a list looks like in JSON."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from membership.models import Product
from recommendations.models import Surface
from recommendations.services.scoring import LIST_LENGTH
from recommendations.services.serving import Reason, Served, ServedProduct


class RecommendationQuery(serializers.Serializer[dict[str, object]]):
    surface = serializers.ChoiceField(
        choices=Surface.choices,
        default=Surface.FOR_YOU.value,
        help_text=_("for-you: products new to the member; buy-again: products bought before"),
    )
    limit = serializers.IntegerField(
        min_value=1, max_value=LIST_LENGTH, default=10, help_text=_("products wanted; fewer may come")
    )


class ReasonProduct(serializers.Serializer[Product]):
    id = serializers.UUIDField(source="public_id")
    sku = serializers.CharField()
    name = serializers.CharField()


class ReasonData(serializers.Serializer[Reason]):
    code = serializers.ChoiceField(choices=("because_bought", "bought_before", "popular"))
    text = serializers.CharField()
    products = ReasonProduct(many=True)


class RecommendedProduct(serializers.Serializer[ServedProduct]):
    id = serializers.UUIDField(source="product.public_id")
    sku = serializers.CharField(source="product.sku")
    name = serializers.CharField(source="product.name")
    price = serializers.DecimalField(source="product.price", max_digits=14, decimal_places=3)
    currency = serializers.CharField(source="product.currency")
    score = serializers.FloatField(allow_null=True, help_text=_("higher is likelier; null without a model"))
    reason = ReasonData()


class RecommendationList(serializers.Serializer[Served]):
    member = serializers.UUIDField(source="member.public_id")
    surface = serializers.ChoiceField(choices=Surface.choices)
    source = serializers.ChoiceField(  # type: ignore[assignment]  # a field called source, as DRF's own attribute
        choices=("model", "own-orders", "popular"),
        help_text=_("model: the stored list; own-orders, popular: what is shown until there is one"),
    )
    model_version = serializers.CharField(allow_null=True)
    scored_at = serializers.DateTimeField(allow_null=True)
    products = RecommendedProduct(many=True)
