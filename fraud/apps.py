from __future__ import annotations

from django.apps import AppConfig
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

WORKED_ON = (
    ~Q(state="open")
    | Q(assignee__isnull=False)
    | Q(snoozed_until__isnull=False)
    | Q(reviews__isnull=False)
    | Q(notes__isnull=False)
)
"""Alerts that somebody has looked into; the others are as computed as their score."""


class FraudConfig(AppConfig):
    name = "fraud"
    verbose_name = _("Fraud")

    def ready(self) -> None:
        from fraud.ml.model_list import MODELS
        from fraud.panels import member_panel
        from fraud.segment_fields import FIELDS
        from fraud.services.first_model import why_not_yet
        from fraud.services.policies.merges import list_follower
        from fraud.services.policies.rules import replace_in_rules, rules_using
        from fraud.services.rescoring import write_back
        from fraud.services.training import FAMILY, train_candidate, train_light_candidate
        from fraud.services.unusual.family import UNUSUAL_ORDERS
        from importing.uses import Computed, register_computed
        from membership.merges.relations import (
            Follows,
            MergeRelation,
            register_merge_follower,
            register_merge_relations,
        )
        from membership.panels import register_panel
        from membership.rules.names.uses import RuleHolder, register_holder
        from membership.rules.registry import register_field
        from registry.families import Family, register_family

        register_family(
            Family(
                name=FAMILY,
                title=_("Fraud detection"),
                estimators=MODELS,
                train=train_candidate,
                train_light=train_light_candidate,
                write_back=write_back,
                rescoring_task="fraud.tasks.score_recent_orders",
                why_not_yet=why_not_yet,
            )
        )
        register_family(UNUSUAL_ORDERS)
        register_panel(member_panel)
        register_merge_relations(MergeRelation("fraud.Suppression", Follows.MOVES))
        register_merge_follower("fraud lists", list_follower())
        register_holder(
            RuleHolder("fraud", _("in the fraud rules %s"), names=rules_using, replace=replace_in_rules)
        )
        for field in FIELDS:
            register_field(field)
        register_computed(Computed("fraud.FraudScore"), Computed("fraud.FraudAlert", touched=WORKED_ON))
