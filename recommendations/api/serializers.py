"""What callers ask for, and what lists look like in JSON.

Lists go out through ``recommendations.api.json``; the serializers here describe them to OpenAPI.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from membership.access.fields import Cleaned
from membership.cleaning.values import clean_country, clean_language
from recommendations.models import Experiment, Surface
from recommendations.services.experiments import MOST_ARMS
from recommendations.services.reasons import CODES
from recommendations.services.serving.member_lists import SOURCES
from recommendations.services.writing.scoring import LIST_LENGTH

MOST_IN_CART = 100
Plain = serializers.Serializer[Any]


class LimitQuery(Plain):
    limit = serializers.IntegerField(
        min_value=1, max_value=LIST_LENGTH, default=10, help_text=_("products wanted; fewer may come")
    )


class ViewerQuery(Plain):
    """Who looks, where that is no member: a member's token says it itself, and these are passed over."""

    age = serializers.IntegerField(
        min_value=0,
        max_value=150,
        required=False,
        help_text=_("in years; unless given, products with an age mark are left out"),
    )
    country = Cleaned(
        clean_country, max_length=60, required=False, help_text=_("ISO 3166; the shop's, unless given")
    )
    language = Cleaned(
        clean_language, max_length=20, required=False, help_text=_("such as de; the shop's, unless given")
    )


class ProductListQuery(ViewerQuery, LimitQuery):
    pass


class RecommendationQuery(LimitQuery):
    surface = serializers.ChoiceField(
        choices=Surface.choices,
        default=Surface.FOR_YOU.value,
        help_text=_("for-you: products new to the member; buy-again: products bought before"),
    )


class TrendingQuery(ProductListQuery):
    category = serializers.CharField(
        max_length=400, required=False, help_text=_("a category's path: it and all below it")
    )


class SearchQuery(ProductListQuery):
    q = serializers.CharField(
        max_length=200, help_text=_("words, a SKU, or what is meant, in Chinese or English")
    )


class CartInput(ViewerQuery):
    products = serializers.ListField(
        child=serializers.CharField(max_length=60),
        max_length=MOST_IN_CART,
        help_text=_("SKUs or ids of what is in the cart, oldest first; may be empty"),
    )
    member = serializers.CharField(
        max_length=60, required=False, help_text=_("id or number; a member's own token may leave it out")
    )
    limit = serializers.IntegerField(min_value=1, max_value=LIST_LENGTH, default=10)


class ReasonProduct(Plain):
    id = serializers.UUIDField()
    sku = serializers.CharField()
    name = serializers.CharField()


class ReasonData(Plain):
    code = serializers.ChoiceField(choices=CODES)
    text = serializers.CharField()
    products = ReasonProduct(many=True)


class RecommendedProduct(Plain):
    id = serializers.UUIDField()
    sku = serializers.CharField()
    name = serializers.CharField()
    price = serializers.DecimalField(max_digits=14, decimal_places=3)
    currency = serializers.CharField()
    score = serializers.FloatField(allow_null=True, help_text=_("higher is likelier; null without a model"))
    reason = ReasonData()


class RecommendationList(Plain):
    member = serializers.UUIDField()
    surface = serializers.ChoiceField(choices=Surface.choices)
    source = serializers.ChoiceField(  # type: ignore[assignment]  # a field called source, as DRF's own attribute
        choices=SOURCES,
        help_text=_(
            "model: the stored list; live: made this moment from what the member just did; transitions, "
            "attributes: what goes with their products, or resembles them; segment: what others in their "
            "segment buy; own-orders, popular: what is shown until there is more; none: nothing to show"
        ),
    )
    model_version = serializers.CharField(allow_null=True)
    scored_at = serializers.DateTimeField(allow_null=True)
    products = RecommendedProduct(many=True)


class ProductListData(Plain):
    source = serializers.CharField(  # type: ignore[assignment]  # as above
        help_text=_(
            "how the products were found, such as similar, category, together, trending, popular, none"
        )
    )
    products = RecommendedProduct(many=True)


class SearchResults(Plain):
    products = RecommendedProduct(many=True)


class ArmData(Plain):
    name = serializers.CharField(max_length=40)
    weight = serializers.FloatField(min_value=0.001, max_value=1000, default=1.0)
    model_version = serializers.IntegerField(
        min_value=1,
        max_value=2_147_483_647,
        allow_null=True,
        default=None,
        help_text=_("a version's number; null: the live one"),
    )
    settings = serializers.DictField(
        child=serializers.FloatField(), default=dict, help_text=_("such as diversity: 0.3")
    )


class ExperimentInput(Plain):
    name = serializers.CharField(max_length=80)
    surface = serializers.ChoiceField(choices=Surface.choices)
    arms = serializers.ListField(
        child=ArmData(), min_length=2, max_length=MOST_ARMS, help_text=_("the first is the control")
    )


class ExperimentChange(Plain):
    status = serializers.ChoiceField(choices=("running", "ended"))


class ExperimentOutput(serializers.ModelSerializer[Experiment]):
    id = serializers.UUIDField(source="public_id")
    arms = ArmData(many=True)

    class Meta:
        model = Experiment
        fields = ("id", "name", "surface", "status", "arms", "started_at", "ended_at", "created_at")


class IntervalData(Plain):
    value = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()


class ArmResultData(Plain):
    name = serializers.CharField()
    members = serializers.IntegerField(help_text=_("who were shown a list of this arm"))
    clicked = serializers.IntegerField()
    ordered = serializers.IntegerField(help_text=_("who ordered a product of it within a week"))
    click_rate = IntervalData()
    order_rate = IntervalData()
    over_control = IntervalData(
        allow_null=True, help_text=_("order rate minus the first arm's, with its 95-percent interval")
    )


class ExperimentResults(Plain):
    experiment = serializers.UUIDField()
    arms = ArmResultData(many=True)
