"""Previews, explanations and the history of segments as they go out."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from membership.models import Member, SegmentVersion
from membership.rules.names.written import stored_text
from membership.segments.api.serializers import RuleInput


class ExampleOutput(serializers.ModelSerializer[Member]):
    id = serializers.UUIDField(source="public_id")

    class Meta:
        model = Member
        fields = ("id", "member_no", "name", "tier")


class PreviewInput(RuleInput):
    exact = serializers.BooleanField(default=False)
    ticket = serializers.CharField(max_length=64, default="", allow_blank=True)


class PreviewOutput(serializers.Serializer[object]):
    """``low`` and ``high``: a 95 % interval of an estimate; they equal ``count`` where it is exact."""

    count = serializers.IntegerField()
    exact = serializers.BooleanField()
    low = serializers.IntegerField()
    high = serializers.IntegerField()
    examples = ExampleOutput(many=True)
    text = serializers.CharField()
    rule = serializers.JSONField(help_text=_("As it is stored: with ids."))
    named = serializers.JSONField(help_text=_("The same with names of today instead of ids, for editors."))


class ExplanationOutput(serializers.Serializer[object]):
    """``inside``: at the last refresh; ``holds``: by the rule now; ``by_hand``: "in" or "out" where staff
    decided, whatever the rule says. ``explanation`` nests in ``parts``."""

    member = serializers.UUIDField()
    inside = serializers.BooleanField()
    holds = serializers.BooleanField()
    by_hand = serializers.CharField()
    explanation = serializers.DictField()


class VersionOutput(serializers.ModelSerializer[SegmentVersion]):
    text = serializers.SerializerMethodField()
    created_by = serializers.CharField(source="created_by.username", default="")

    class Meta:
        model = SegmentVersion
        fields = ("number", "text", "rule", "created_by", "created_at")

    def get_text(self, version: SegmentVersion) -> str:
        """Empty for a model's parameters. ``names`` of the context are those of all versions."""
        return stored_text(version.rule, names=self.context.get("names")) or ""


class DayOutput(serializers.Serializer[object]):
    day = serializers.DateField()
    entered = serializers.IntegerField()
    left = serializers.IntegerField()
    size = serializers.IntegerField()


class HistoryOutput(serializers.Serializer[object]):
    versions = VersionOutput(many=True)
    days = DayOutput(many=True)


class OverlapSegment(serializers.Serializer[object]):
    id = serializers.UUIDField()
    key = serializers.CharField()
    members = serializers.IntegerField()


class OverlapPair(serializers.Serializer[object]):
    """``both``: members in both; ``jaccard``: their share of the members in either, 0 to 1."""

    first = serializers.UUIDField()
    second = serializers.UUIDField()
    both = serializers.IntegerField()
    jaccard = serializers.FloatField()


class OverlapOutput(serializers.Serializer[object]):
    segments = OverlapSegment(many=True)
    pairs = OverlapPair(many=True)
    in_all = serializers.IntegerField()
    in_any = serializers.IntegerField()
