"""Products in JSON."""

from __future__ import annotations

from rest_framework import serializers

from membership.models import Product


class ProductOutput(serializers.ModelSerializer[Product]):
    id = serializers.UUIDField(source="public_id")
    category = serializers.CharField(source="category.path", default="")

    class Meta:
        model = Product
        fields = (
            "id", "sku", "name", "category", "brand", "price", "currency", "stock", "sold_by_weight",
            "is_active",
        )  # fmt: skip
