"""Serializers of earning rules, tier rules, their preview and the liability."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from learning.json_types import JsonObject
from membership.access.fields import UtcMoment
from membership.models import Category, EarningRule, TierRule


class EarningRuleSerializer(serializers.ModelSerializer[EarningRule]):
    id = serializers.UUIDField(source="public_id", read_only=True)
    category = serializers.SlugRelatedField(
        slug_field="path", queryset=Category.objects.all(), required=False, allow_null=True,
        help_text=gettext_lazy("The category's path."),
    )  # fmt: skip
    starts_at = UtcMoment(required=False, help_text=gettext_lazy("Now, unless given."))
    ends_at = UtcMoment(required=False, allow_null=True)

    class Meta:
        model = EarningRule
        fields = (
            "id", "name", "kind", "value", "category", "tier", "smallest_order", "starts_at", "ends_at",
            "is_active",
        )  # fmt: skip

    def validate(self, attrs: JsonObject) -> JsonObject:
        def now(name: str, default: Any = None) -> Any:
            return attrs.get(name, getattr(self.instance, name, default))

        ends_at = now("ends_at")
        if ends_at is not None and ends_at <= now("starts_at", timezone.now()):
            raise serializers.ValidationError({"ends_at": _("The end must come after the start.")})
        if now("kind") == EarningRule.Kind.BIRTHDAY and now("category") is not None:
            raise serializers.ValidationError({"category": _("A birthday has no category.")})
        return attrs


class TierRuleSerializer(serializers.ModelSerializer[TierRule]):
    id = serializers.UUIDField(source="public_id", read_only=True)

    class Meta:
        model = TierRule
        fields = ("id", "tier", "measure", "threshold", "period_days", "grace_days")


class VerdictOutput(serializers.Serializer[object]):
    member = serializers.UUIDField()
    member_no = serializers.CharField()
    tier = serializers.CharField()
    earned = serializers.CharField(help_text=gettext_lazy("The tier that the rules give."))
    falls_at = serializers.DateTimeField()


class LiabilityOutput(serializers.Serializer[object]):
    at = serializers.DateTimeField()
    available = serializers.IntegerField()
    pending = serializers.IntegerField()
    outstanding = serializers.IntegerField()
    debt = serializers.IntegerField()
    members = serializers.IntegerField()
    point_value = serializers.DecimalField(10, 4)
    currency = serializers.CharField()
    worth = serializers.DecimalField(24, 4)
    breakage = serializers.IntegerField(
        allow_null=True, help_text=gettext_lazy("Points likely to expire unused; null: too little past.")
    )
    expected_worth = serializers.DecimalField(24, 4, allow_null=True)
