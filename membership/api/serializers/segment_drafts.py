"""Drafts of rules as they come in and go out."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy
from rest_framework import serializers

from membership.api.serializers.segment_rules import ExampleOutput
from membership.drafting.reading import MAX_SENTENCE


class DraftInput(serializers.Serializer[Any]):
    text = serializers.CharField(
        max_length=MAX_SENTENCE,
        help_text=gettext_lazy("Whom you mean, in English or Chinese, as: gold members who bought coffee."),
    )


class DraftPreview(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    exact = serializers.BooleanField()
    low = serializers.IntegerField()
    high = serializers.IntegerField()
    examples = ExampleOutput(many=True)


class DraftOutput(serializers.Serializer[Any]):
    """``rule`` is null where the words could not be made one; ``refusal`` then says why.

    ``unsure`` holds what was assumed. ``source``: grammar, or the language model of the settings.
    """

    rule = serializers.JSONField(allow_null=True)
    text = serializers.CharField()
    preview = DraftPreview(allow_null=True)
    unsure = serializers.ListField(child=serializers.CharField())
    refusal = serializers.CharField()
    source = serializers.ChoiceField(choices=[(word, word) for word in ("grammar", "model")])
