"""Rules, back-tests and lists in JSON."""

from __future__ import annotations

from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from fraud.models import Backtest, Decision, FraudRule, ListAction, ListEntry, ListKind, RuleState
from fraud.services.policies.backtests import DAYS, LONGEST_DAYS
from fraud.services.policies.rules import rule_texts
from learning.json_types import JsonObject
from membership.access.fields import Moment

STATES = [choice for choice in RuleState.choices if choice[0] != RuleState.DELETED]


class FraudRuleOutput(serializers.ModelSerializer[FraudRule]):
    id = serializers.UUIDField(source="public_id")
    text = serializers.SerializerMethodField(help_text=_("The condition as staff write it."))
    rule = serializers.JSONField(source="condition")

    class Meta:
        model = FraudRule
        fields = ("id", "name", "description", "text", "rule", "action", "state", "created_at", "changed_at")

    def get_text(self, rule: FraudRule) -> str:
        return self._texts[rule.pk]

    @cached_property
    def _texts(self) -> dict[int, str]:
        """Of all rules that are written out, so that names are looked up once."""
        shown = (
            self.parent.instance if isinstance(self.parent, serializers.ListSerializer) else [self.instance]
        )
        return rule_texts([rule for rule in shown or [] if rule is not None])


class FraudRuleInput(serializers.Serializer[JsonObject]):
    name = serializers.CharField(max_length=80)
    description = serializers.CharField(max_length=400, allow_blank=True, required=False)
    text = serializers.CharField(max_length=10_000, required=False, help_text=_("Or its JSON form as rule."))
    rule = serializers.JSONField(required=False)
    action = serializers.ChoiceField(choices=Decision.choices)
    state = serializers.ChoiceField(choices=STATES, required=False, help_text=_("Draft, unless given."))


class FraudRuleChanges(FraudRuleInput):
    name = serializers.CharField(max_length=80, required=False)
    action = serializers.ChoiceField(choices=Decision.choices, required=False)


class BacktestInput(serializers.Serializer[JsonObject]):
    days = serializers.IntegerField(min_value=1, max_value=LONGEST_DAYS, default=DAYS)


class BacktestOutput(serializers.ModelSerializer[Backtest]):
    """``result`` is empty until ``status`` is succeeded."""

    id = serializers.UUIDField(source="public_id")
    result = serializers.DictField()

    class Meta:
        model = Backtest
        fields = ("id", "status", "progress", "error", "action", "placed_from", "placed_until", "result")


class ListEntryOutput(serializers.ModelSerializer[ListEntry]):
    id = serializers.UUIDField(source="public_id")

    class Meta:
        model = ListEntry
        fields = ("id", "action", "kind", "value", "reason", "expires_at", "created_at")


class ListEntryInput(serializers.Serializer[JsonObject]):
    action = serializers.ChoiceField(choices=ListAction.choices)
    kind = serializers.ChoiceField(choices=ListKind.choices)
    value = serializers.CharField(max_length=254)
    reason = serializers.CharField(max_length=400, allow_blank=True, required=False)
    expires_at = Moment(required=False, allow_null=True)


class ListEntryChanges(serializers.Serializer[JsonObject]):
    action = serializers.ChoiceField(choices=ListAction.choices, required=False)
    reason = serializers.CharField(max_length=400, allow_blank=True, required=False)
    expires_at = Moment(required=False, allow_null=True)
