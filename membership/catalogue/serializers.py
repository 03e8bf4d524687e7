"""Products in JSON."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from membership.models import Product
from membership.models.catalogue.showing import MARK_FIELDS, SECRET_FIELDS


class Codes(serializers.ListField):
    """Codes that are stored with commas between."""

    child = serializers.CharField(max_length=12)

    def to_representation(self, data: str) -> list[str]:
        return [code for code in data.split(",") if code]


class ProductOutput(serializers.ModelSerializer[Product]):
    id = serializers.UUIDField(source="public_id")
    category = serializers.CharField(source="category.path", default="")
    countries = Codes(help_text=_("Where it may be shown; empty: everywhere."))
    languages = Codes(help_text=_("To whom it may be shown; empty: to everybody."))

    class Meta:
        model = Product
        fields: tuple[str, ...] = (
            "id", "sku", "name", "category", "brand", "price", "currency", "stock", "sold_by_weight",
            "is_active", *MARK_FIELDS,
        )  # fmt: skip


class StaffProductOutput(ProductOutput):
    """With what only the shop's staff may know."""

    margin = serializers.FloatField(
        source="margin_share", allow_null=True, help_text=_("As a part of the price, 0 to 1.")
    )

    class Meta(ProductOutput.Meta):
        fields = (*ProductOutput.Meta.fields, *SECRET_FIELDS, "margin")
