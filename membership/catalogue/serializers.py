"""Products in JSON."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from membership.access.fields import Cleaned
from membership.catalogue.stock.ledger import LARGEST_STOCK
from membership.catalogue.variants import MAX_OPTIONS, OPTION_NAME_LENGTH, OPTION_VALUE_LENGTH
from membership.cleaning.values import (
    Unclean,
    clean_category,
    clean_codes,
    clean_country,
    clean_currency,
    clean_key,
    clean_language,
    clean_text,
)
from membership.models import Product
from membership.models.catalogue.showing import (
    LONGEST_COUNTRIES,
    LONGEST_LANGUAGES,
    MARK_FIELDS,
    MOST_BUY_AGAIN_DAYS,
    OLDEST_MIN_AGE,
    SECRET_FIELDS,
)


class Codes(serializers.ListField):
    """Codes that are stored with commas between."""

    child = serializers.CharField(max_length=12)

    def __init__(self, *, clean: Callable[[object], str | None], longest: int, **options: Any) -> None:
        super().__init__(**options)
        self.clean, self.longest = clean, longest

    def to_internal_value(self, data: Any) -> str:  # type: ignore[override]  # stored as text
        given = super().to_internal_value(data)
        try:
            return clean_codes(given, clean=self.clean, max_length=self.longest) or ""
        except Unclean:
            raise serializers.ValidationError(_("Give known codes, as a list.")) from None

    def to_representation(self, data: str) -> list[str]:  # type: ignore[override]  # stored as text
        return [code for code in data.split(",") if code]


countries_field = partial(Codes, clean=clean_country, longest=LONGEST_COUNTRIES)
languages_field = partial(Codes, clean=clean_language, longest=LONGEST_LANGUAGES)

MAX_PRODUCTS = 1_000
sku_number = partial(clean_key, max_length=60)


class ProductOutput(serializers.ModelSerializer[Product]):
    id = serializers.UUIDField(source="public_id")
    category = serializers.CharField(source="category.path", default="")
    countries = countries_field(help_text=gettext_lazy("Where it may be shown; empty: everywhere."))
    languages = languages_field(help_text=gettext_lazy("To whom it may be shown; empty: to everybody."))
    group = serializers.CharField(
        source="group.code", default=None, allow_null=True, help_text=gettext_lazy("The group's code.")
    )
    options = serializers.DictField(
        source="shown_options",
        child=serializers.CharField(),
        help_text=gettext_lazy("What makes this variant, in the group's order."),
    )

    class Meta:
        model = Product
        fields: tuple[str, ...] = (
            "id", "sku", "name", "category", "brand", "price", "currency", "stock", "backordered",
            "sold_by_weight", "is_active", "group", "options", *MARK_FIELDS,
        )  # fmt: skip


class StaffProductOutput(ProductOutput):
    """With what only the shop's staff may know."""

    margin = serializers.FloatField(
        source="margin_share", allow_null=True, help_text=gettext_lazy("As a part of the price, 0 to 1.")
    )

    class Meta(ProductOutput.Meta):
        fields = (*ProductOutput.Meta.fields, *SECRET_FIELDS, "margin")


class OptionsField(serializers.DictField):
    """Names and values of options, cleaned as in an import."""

    def to_internal_value(self, data: Any) -> dict[str, str]:
        given: dict[str, str] = super().to_internal_value(data)
        try:
            pairs = {
                clean_text(name, max_length=OPTION_NAME_LENGTH): clean_text(
                    value, max_length=OPTION_VALUE_LENGTH
                )
                for name, value in given.items()
            }
        except Unclean:
            raise serializers.ValidationError(_("This is too long.")) from None
        options = {name: value for name, value in pairs.items() if name and value}
        if len(options) > MAX_OPTIONS:
            raise serializers.ValidationError(_("A variant has at most %d options.") % MAX_OPTIONS)
        return options


class ProductChanges(serializers.Serializer[Product]):
    """What may be given of a product. The category is made where it is missing, and so is the group."""

    name = Cleaned(partial(clean_text, max_length=200), max_length=400, required=False)
    category = Cleaned(
        clean_category,
        max_length=1_000,
        required=False,
        allow_blank=True,
        help_text=gettext_lazy("Its path, as Grocery > Coffee; made where it is missing."),
    )
    brand = Cleaned(partial(clean_text, max_length=80), max_length=160, required=False, allow_blank=True)
    price = serializers.DecimalField(14, 3, min_value=0, required=False)
    currency = Cleaned(
        clean_currency,
        max_length=10,
        required=False,
        help_text=gettext_lazy("ISO 4217; the shop's at first."),
    )
    stock = serializers.IntegerField(
        min_value=0,
        max_value=LARGEST_STOCK,
        required=False,
        allow_null=True,
        help_text=gettext_lazy("How many there are now; null where it is not counted."),
    )
    sold_by_weight = serializers.BooleanField(required=False)
    is_active = serializers.BooleanField(required=False, help_text=gettext_lazy("False hides it."))
    group = Cleaned(
        partial(clean_key, max_length=120),
        max_length=120,
        required=False,
        allow_blank=True,
        help_text=gettext_lazy("The code of the group of variants; made where it is missing."),
    )
    group_name = Cleaned(
        partial(clean_text, max_length=200),
        max_length=400,
        required=False,
        allow_blank=True,
        help_text=gettext_lazy("Of a group that is made; the product's name, unless given."),
    )
    options = OptionsField(
        child=serializers.CharField(allow_blank=True),
        required=False,
        help_text=gettext_lazy('What makes this variant, such as {"Size": "M"}.'),
    )

    cost = serializers.DecimalField(
        14,
        3,
        min_value=0,
        required=False,
        allow_null=True,
        help_text=gettext_lazy("What the shop pays for one; only staff read it."),
    )
    min_age = serializers.IntegerField(min_value=0, max_value=OLDEST_MIN_AGE, required=False, allow_null=True)
    countries = countries_field(required=False)
    languages = languages_field(required=False)
    buy_again_days = serializers.IntegerField(
        min_value=0,
        max_value=MOST_BUY_AGAIN_DAYS,
        required=False,
        allow_null=True,
        help_text=gettext_lazy("Not offered again before; 0: bought once; null: as learned."),
    )

    def validate_currency(self, value: str) -> str:
        if not value:
            raise serializers.ValidationError(_("This is not a currency; use ISO 4217, such as USD."))
        return value

    def validate_name(self, value: str) -> str:
        if not value:
            raise serializers.ValidationError(_("A product needs a name."))
        return value


class ProductPatch(ProductChanges):
    sku = Cleaned(sku_number, max_length=60, required=False)

    def validate_sku(self, value: str) -> str:
        if not value:
            raise serializers.ValidationError(_("A product needs its SKU."))
        return value


class ProductInput(ProductPatch):
    """A product by its SKU; a new one needs a price, and its name is the SKU unless given."""

    sku = Cleaned(sku_number, max_length=60)


class BulkInput(serializers.Serializer[object]):
    products = ProductInput(many=True)


class ProductError(serializers.Serializer[object]):
    field = serializers.CharField()
    message = serializers.CharField()


class ProductResult(serializers.Serializer[object]):
    index = serializers.IntegerField()
    sku = serializers.CharField()
    id = serializers.UUIDField(allow_null=True)
    status = serializers.ChoiceField(
        choices=[(word, word) for word in ("created", "updated", "unchanged", "rejected")]
    )
    errors = ProductError(many=True)  # type: ignore[assignment]  # a field, which DRF takes off the class


class BulkResults(serializers.Serializer[object]):
    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    rejected = serializers.IntegerField()
    results = ProductResult(many=True)
