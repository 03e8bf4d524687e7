"""What was decided on each order, and all that is needed to decide it again."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from membership.models.append_only import AppendOnly
from membership.models.fields import choice_check


class Decision(models.TextChoices):
    APPROVE = "approve", _("Approve")
    REVIEW = "review", _("Review")
    DECLINE = "decline", _("Decline")


class DecidedBy(models.TextChoices):
    """What decided, strongest first; docs/explanation/fraud-decisions.md says why in this order."""

    BLOCK_LIST = "block_list", _("Block list")
    ALLOW_LIST = "allow_list", _("Allow list")
    RULE = "rule", _("Rule")
    NO_MODEL = "no_model", _("No model could answer")
    AMOUNT = "amount", _("Amount, without a model")
    TIME_OUT = "time_out", _("The model took too long")
    SUPPRESSED = "suppressed", _("Suppressed by staff")
    POLICY = "policy", _("Model and policy")


_WITHOUT_MODEL = ("block_list", "allow_list", "rule", "amount", "suppressed")


class FraudScore(models.Model):
    """The newest score of one order. ``probability`` is NULL when no model could answer in time.

    ``reasons`` is a list of ``{"code": word, "text": sentence, "weight": number}``, strongest first.
    """

    order = models.OneToOneField(
        "membership.Order", models.CASCADE, related_name="fraud_score", verbose_name=_("order")
    )
    probability = models.FloatField(_("probability of fraud"), null=True, blank=True)
    decision = models.CharField(_("decision"), max_length=8, choices=Decision.choices)
    decided_by = models.CharField(
        _("decided by"), max_length=10, choices=DecidedBy.choices, default=DecidedBy.POLICY
    )
    reasons = models.JSONField(_("reasons"), default=list, blank=True)
    model_version = models.ForeignKey(
        "registry.ModelVersion",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("model version"),
    )
    latency_ms = models.FloatField(_("milliseconds"), null=True, blank=True)
    scored_at = models.DateTimeField(_("scored"), default=timezone.now)

    class Meta:
        verbose_name, verbose_name_plural = _("fraud score"), _("fraud scores")
        ordering = ("-scored_at", "-id")
        constraints = [
            choice_check(field="decision", choices=Decision, name="fraud_score_decision_known"),
            models.CheckConstraint(
                condition=Q(probability=None) | Q(probability__range=(0, 1)),
                name="fraud_score_probability_0_to_1",
            ),
            models.CheckConstraint(
                condition=Q(probability__isnull=False)
                | Q(decision="review")
                | Q(decided_by__in=_WITHOUT_MODEL),
                name="fraud_score_unscored_is_review",
            ),
            choice_check(field="decided_by", choices=DecidedBy, name="fraud_score_decided_by_known"),
        ]
        indexes = [models.Index(fields=("decision", "-scored_at"), name="fraud_score_decision")]

    def __str__(self) -> str:
        return f"{self.order}: {self.get_decision_display()}"


class DecisionLog(AppendOnly):
    """One decision as it was made, never changed: what the model, the rules and the lists saw, and said.

    ``features`` is what the model saw, bit for bit; ``facts`` what rules were asked about the order;
    ``rules`` the versions that were asked and the hits; ``lists`` the entries that matched. ``unusual`` is
    the rank that ``unusual_version`` gave from the same ``features`` while no model was live; it decided
    nothing. A trigger in the database refuses every UPDATE.
    """

    order = models.ForeignKey(
        "membership.Order", models.CASCADE, related_name="fraud_decisions", verbose_name=_("order")
    )
    decision = models.CharField(_("decision"), max_length=8, choices=Decision.choices)
    probability = models.FloatField(_("probability of fraud"), null=True, blank=True)
    decided_by = models.CharField(
        _("decided by"), max_length=10, choices=DecidedBy.choices, default=DecidedBy.POLICY
    )
    policy = models.ForeignKey(
        "fraud.DecisionPolicy",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("policy"),
    )
    features = models.JSONField(_("features"), default=dict)
    facts = models.JSONField(_("facts"), default=dict)
    rules = models.JSONField(_("rules"), default=dict)
    lists = models.JSONField(_("lists"), default=list)
    thresholds = models.JSONField(_("thresholds"), default=dict)
    reasons = models.JSONField(_("reasons"), default=list)
    model_version = models.ForeignKey(
        "registry.ModelVersion",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("model version"),
    )
    unusual = models.FloatField(_("unusual"), null=True, blank=True)
    unusual_version = models.ForeignKey(
        "registry.ModelVersion",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("ranked by"),
    )
    latency_ms = models.FloatField(_("milliseconds"), null=True, blank=True)
    decided_at = models.DateTimeField(_("decided"), default=timezone.now)

    class Meta(AppendOnly.Meta):
        abstract = False
        verbose_name, verbose_name_plural = _("decision"), _("decision log")
        ordering = ("-decided_at", "-id")
        constraints = [
            choice_check(field="decision", choices=Decision, name="decision_log_known"),
            choice_check(field="decided_by", choices=DecidedBy, name="decision_log_decided_by_known"),
        ]
        indexes = [models.Index(fields=("-decided_at",), name="decision_log_newest")]

    def __str__(self) -> str:
        return f"{self.order}: {self.get_decision_display()}"
