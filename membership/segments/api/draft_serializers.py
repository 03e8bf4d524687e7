"""Drafts of rules as they come in and go out."""

from __future__ import annotations

from django.utils.translation import gettext_lazy
from rest_framework import serializers

from membership.segments.api.rule_serializers import ExampleOutput
from membership.segments.drafting.reading import MAX_SENTENCE


class DraftInput(serializers.Serializer[object]):
    text = serializers.CharField(
        max_length=MAX_SENTENCE,
        help_text=gettext_lazy("Whom you mean, in English or Chinese, as: gold members who bought coffee."),
    )


class DraftPreview(serializers.Serializer[object]):
    count = serializers.IntegerField()
    exact = serializers.BooleanField()
    low = serializers.IntegerField()
    high = serializers.IntegerField()
    examples = ExampleOutput(many=True)


class DraftOutput(serializers.Serializer[object]):
    """``rule`` is null where the words could not be made one; ``refusal`` then says why.

    ``unsure`` holds what was assumed. ``source``: grammar, or the language model of the settings.
    """

    rule = serializers.DictField(allow_null=True)
    text = serializers.CharField()
    preview = DraftPreview(allow_null=True)
    unsure = serializers.ListField(child=serializers.CharField())
    refusal = serializers.CharField()
    source = serializers.ChoiceField(  # type: ignore[assignment]  # a field, which DRF takes off the class
        choices=[(word, word) for word in ("grammar", "model")]
    )


class NamedChoice(serializers.Serializer[object]):
    value = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field, which DRF takes off the class


class LanguageField(serializers.Serializer[object]):
    name = serializers.CharField()
    title = serializers.CharField()
    type = serializers.CharField()
    unit = serializers.CharField()
    operators = serializers.ListField(child=serializers.CharField())
    choices = NamedChoice(many=True)


class LanguageArgument(serializers.Serializer[object]):
    name = serializers.CharField()
    title = serializers.CharField()
    kind = serializers.CharField()


class LanguageBehaviour(serializers.Serializer[object]):
    name = serializers.CharField()
    title = serializers.CharField()
    arguments = LanguageArgument(many=True)


class RuleTemplate(serializers.Serializer[object]):
    key = serializers.CharField()
    title = serializers.CharField()
    about = serializers.CharField()
    text = serializers.CharField()


class LanguageOutput(serializers.Serializer[object]):
    """Everything that the caller may put into a rule; categories and brands as they are written."""

    fields = LanguageField(many=True)  # type: ignore[assignment]  # a field, which DRF takes off the class
    behaviours = LanguageBehaviour(many=True)
    categories = serializers.ListField(child=serializers.CharField())
    brands = serializers.ListField(child=serializers.CharField())
    stores = NamedChoice(many=True)
    channels = NamedChoice(many=True)
    segments = NamedChoice(many=True)
    templates = RuleTemplate(many=True)
