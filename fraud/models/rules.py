"""What staff state themselves: rules over orders, and lists of who is let through or stopped."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fraud.models.decisions import Decision
from membership.models.append_only import AppendOnly
from membership.models.fields import choice_check
from membership.models.rule_uses import RuleUse
from registry.jobs import LeasedJob


class RuleState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    SHADOW = "shadow", _("Shadow: noted, without effect")
    LIVE = "live", _("Live")
    RETIRED = "retired", _("Retired")
    DELETED = "deleted", _("Deleted")


class FraudRuleQuerySet(models.QuerySet["FraudRule"]):
    def evaluated(self) -> Self:
        """Rules that orders are checked against: live or in shadow."""
        return self.filter(state__in=(RuleState.SHADOW, RuleState.LIVE))


class FraudRule(models.Model):
    """A condition on orders and what it asks for. ``condition`` is the segment language's versioned JSON."""

    public_id = models.UUIDField(_("public id"), default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=80, unique=True)
    description = models.CharField(_("description"), max_length=400, blank=True)
    condition = models.JSONField(_("condition"))
    action = models.CharField(_("action"), max_length=8, choices=Decision.choices, default=Decision.REVIEW)
    state = models.CharField(_("state"), max_length=8, choices=RuleState.choices, default=RuleState.DRAFT)
    created_by = models.ForeignKey(
        "auth.User", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("by")
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    changed_at = models.DateTimeField(_("changed"), default=timezone.now)

    objects = FraudRuleQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("fraud rule"), _("fraud rules")
        ordering = ("name",)
        constraints = [
            choice_check(field="action", choices=Decision, name="fraud_rule_action_known"),
            choice_check(field="state", choices=RuleState, name="fraud_rule_state_known"),
        ]

    def __str__(self) -> str:
        return self.name


class FraudRuleUse(RuleUse):
    """What a rule's condition names."""

    rule = models.ForeignKey(FraudRule, models.CASCADE, related_name="uses")

    class Meta(RuleUse.Meta):
        abstract = False
        verbose_name, verbose_name_plural = _("condition of the fraud rule"), _("conditions of fraud rules")

    def __str__(self) -> str:
        return self.rule.name


class FraudRuleVersion(AppendOnly):
    """A rule as it was from ``changed_at`` on; decisions name the version that they asked."""

    rule = models.ForeignKey(
        FraudRule, models.SET_NULL, null=True, related_name="versions", verbose_name=_("rule")
    )
    number = models.PositiveIntegerField(_("number"))
    name = models.CharField(_("name"), max_length=80)
    condition = models.JSONField(_("condition"))
    action = models.CharField(_("action"), max_length=8, choices=Decision.choices)
    state = models.CharField(_("state"), max_length=8, choices=RuleState.choices)
    changed_by = models.ForeignKey(
        "auth.User", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("by")
    )
    changed_at = models.DateTimeField(_("since"), default=timezone.now)

    class Meta(AppendOnly.Meta):
        abstract = False
        verbose_name, verbose_name_plural = _("version of a rule"), _("versions of rules")
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(fields=("rule", "number"), name="fraud_rule_version_number"),
            choice_check(field="action", choices=Decision, name="fraud_rule_version_action_known"),
            choice_check(field="state", choices=RuleState, name="fraud_rule_version_state_known"),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.number}"


class RuleHit(models.Model):
    """An order that a rule's version described when the order came in; ``had_effect`` unless in shadow."""

    version = models.ForeignKey(FraudRuleVersion, models.CASCADE, related_name="hits")
    rule = models.ForeignKey(FraudRule, models.SET_NULL, null=True, related_name="hits")
    order = models.ForeignKey("membership.Order", models.CASCADE, related_name="fraud_rule_hits")
    had_effect = models.BooleanField(_("had effect"))
    hit_at = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        verbose_name, verbose_name_plural = _("hit of a rule"), _("hits of rules")
        ordering = ("-hit_at", "-id")
        constraints = [models.UniqueConstraint(fields=("order", "version"), name="rule_hit_once")]
        indexes = [models.Index(fields=("rule", "-hit_at"), name="rule_hit_newest")]

    def __str__(self) -> str:
        return f"{self.version_id}: {self.order_id}"


class ListKind(models.TextChoices):
    MEMBER = "member", _("Member")
    EMAIL = "email", _("E-mail")
    DOMAIN = "domain", _("E-mail domain")
    PHONE = "phone", _("Phone")
    DEVICE = "device", _("Device")
    INSTRUMENT = "instrument", _("Means of payment")
    ADDRESS = "address", _("Address")
    IP = "ip", _("IP range")


class ListAction(models.TextChoices):
    BLOCK = "block", _("Block")
    ALLOW = "allow", _("Allow")


class ListEntryQuerySet(models.QuerySet["ListEntry"]):
    def active(self, *, at: datetime) -> Self:
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=at))


class ListEntry(models.Model):
    """One member, e-mail, phone, device, ... whose orders are declined or let through, until it expires.

    ``value`` is normalised as orders and members store it: a member by the member number; of an IP range the
    network, such as 203.0.113.0/24.
    """

    public_id = models.UUIDField(_("public id"), default=uuid.uuid4, unique=True, editable=False)
    action = models.CharField(_("list"), max_length=5, choices=ListAction.choices)
    kind = models.CharField(_("kind"), max_length=10, choices=ListKind.choices)
    value = models.CharField(_("value"), max_length=254)
    reason = models.CharField(_("reason"), max_length=400, blank=True)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    created_by = models.ForeignKey(
        "auth.User", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("by")
    )
    created_at = models.DateTimeField(_("since"), default=timezone.now)

    objects = ListEntryQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("list entry"), _("lists")
        ordering = ("-created_at", "-id")
        constraints = [
            choice_check(field="action", choices=ListAction, name="list_entry_action_known"),
            choice_check(field="kind", choices=ListKind, name="list_entry_kind_known"),
            models.UniqueConstraint(fields=("kind", "value"), name="list_entry_once"),
            models.CheckConstraint(condition=~Q(value=""), name="list_entry_value_not_empty"),
        ]
        indexes = [models.Index(fields=("value",), name="list_entry_value")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.value}"


class Backtest(LeasedJob):
    """A rule tried on past orders before it goes live. ``result`` says what it would have hit."""

    task_name = "fraud.tasks.run_backtest"

    public_id = models.UUIDField(_("public id"), default=uuid.uuid4, unique=True, editable=False)
    rule = models.ForeignKey(
        FraudRule, models.SET_NULL, null=True, blank=True, related_name="backtests", verbose_name=_("rule")
    )
    condition = models.JSONField(_("condition"))
    action = models.CharField(_("action"), max_length=8, choices=Decision.choices)
    placed_from = models.DateTimeField(_("orders from"))
    placed_until = models.DateTimeField(_("orders until"))
    result = models.JSONField(_("result"), default=dict, blank=True)
    requested_by = models.ForeignKey(
        "auth.User", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("by")
    )

    class Meta(LeasedJob.Meta):
        abstract = False
        verbose_name, verbose_name_plural = _("back-test"), _("back-tests")
        constraints = [
            *LeasedJob.constraints(prefix="fraud_backtest"),
            choice_check(field="action", choices=Decision, name="fraud_backtest_action_known"),
            models.CheckConstraint(
                condition=Q(placed_until__gt=models.F("placed_from")), name="fraud_backtest_window"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule or self.pk}"
