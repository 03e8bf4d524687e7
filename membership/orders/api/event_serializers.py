"""Serializers of events and of the result for each."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from membership.access.fields import Moment
from membership.models import Event

MAX_EVENTS = 1_000


class EventInput(serializers.Serializer[object]):
    member = serializers.CharField(
        max_length=60,
        required=False,
        help_text=gettext_lazy("Id or number; a member's token may leave it out."),
    )
    type = serializers.ChoiceField(choices=Event.Type.choices)
    sku = serializers.CharField(
        max_length=60,
        required=False,
        allow_blank=True,
        help_text=gettext_lazy("SKU or the product's id; needed except for a search."),
    )
    occurred_at = Moment(required=False, help_text=gettext_lazy("Now, unless given."))
    order_no = serializers.CharField(
        max_length=60,
        required=False,
        allow_blank=True,
        help_text=gettext_lazy("Of a gift: in which order; the newest one with the product, unless given."),
    )
    session = serializers.CharField(max_length=64, required=False, allow_blank=True)
    surface = serializers.CharField(max_length=20, required=False, allow_blank=True)
    query = serializers.CharField(max_length=200, required=False, allow_blank=True)
    model_version = serializers.CharField(
        max_length=60,
        required=False,
        allow_blank=True,
        help_text=gettext_lazy("Of the recommendation that was shown, such as recommendations v3."),
    )

    def validate(self, attrs: dict[str, object]) -> dict[str, object]:
        if attrs["type"] != Event.Type.SEARCH and not attrs.get("sku"):
            raise serializers.ValidationError({"sku": _("This event needs a product.")})
        return attrs


class EventError(serializers.Serializer[object]):
    field = serializers.CharField()
    message = serializers.CharField()


class EventResult(serializers.Serializer[object]):
    index = serializers.IntegerField()
    status = serializers.ChoiceField(choices=[(word, word) for word in ("created", "duplicate", "rejected")])
    errors = EventError(many=True)  # type: ignore[assignment]  # a field, which DRF takes off the class


class EventResults(serializers.Serializer[object]):
    created = serializers.IntegerField()
    duplicate = serializers.IntegerField()
    rejected = serializers.IntegerField()
    results = EventResult(many=True)
