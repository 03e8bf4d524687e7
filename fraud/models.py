"""Which orders deserve a second look, and what was decided."""

from __future__ import annotations

import uuid
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Decision(models.TextChoices):
    APPROVE = "approve", _("Approve")
    REVIEW = "review", _("Review")
    DECLINE = "decline", _("Decline")


_DECISIONS = ("approve", "review", "decline")


class FraudScore(models.Model):
    """The newest score of one order. ``probability`` is NULL when no model could answer in time.

    ``reasons`` is a list of ``{"code": word, "text": sentence, "weight": number}``, strongest first.
    """

    order = models.OneToOneField("membership.Order", models.CASCADE, related_name="fraud_score")
    probability = models.FloatField(_("probability of fraud"), null=True, blank=True)
    decision = models.CharField(_("decision"), max_length=8, choices=Decision.choices)
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
            models.CheckConstraint(condition=Q(decision__in=_DECISIONS), name="fraud_score_decision_known"),
            models.CheckConstraint(
                condition=Q(probability=None) | Q(probability__range=(0, 1)),
                name="fraud_score_probability_0_to_1",
            ),
            models.CheckConstraint(
                condition=Q(probability__isnull=False) | Q(decision="review"),
                name="fraud_score_unscored_is_review",
            ),
        ]
        indexes = [models.Index(fields=("decision", "-scored_at"), name="fraud_score_decision")]

    def __str__(self) -> str:
        return f"{self.order}: {self.get_decision_display()}"


class DecisionLog(models.Model):
    """One decision as it was made, never changed: what the model saw and what came out."""

    order = models.ForeignKey("membership.Order", models.CASCADE, related_name="fraud_decisions")
    decision = models.CharField(_("decision"), max_length=8, choices=Decision.choices)
    probability = models.FloatField(_("probability of fraud"), null=True, blank=True)
    features = models.JSONField(_("features"), default=dict)
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
    latency_ms = models.FloatField(_("milliseconds"), null=True, blank=True)
    decided_at = models.DateTimeField(_("decided"), default=timezone.now)

    class Meta:
        verbose_name, verbose_name_plural = _("decision"), _("decision log")
        ordering = ("-decided_at", "-id")
        constraints = [
            models.CheckConstraint(condition=Q(decision__in=_DECISIONS), name="decision_log_known")
        ]
        indexes = [models.Index(fields=("-decided_at",), name="decision_log_newest")]

    def __str__(self) -> str:
        return f"{self.order}: {self.get_decision_display()}"


class FraudAlertQuerySet(models.QuerySet["FraudAlert"]):
    def open(self) -> Self:
        return self.filter(state__in=(FraudAlert.State.OPEN, FraudAlert.State.IN_REVIEW))

    def most_urgent_first(self) -> Self:
        return self.order_by("-priority", "-id")


class FraudAlert(models.Model):
    """One order that staff should look at. ``priority`` is the expected loss in the shop's currency."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        IN_REVIEW = "in_review", _("In review")
        CONFIRMED = "confirmed", _("Fraud")
        DISMISSED = "dismissed", _("Genuine")

    public_id = models.UUIDField(_("public id"), default=uuid.uuid4, unique=True, editable=False)
    order = models.OneToOneField("membership.Order", models.CASCADE, related_name="fraud_alert")
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OPEN)
    priority = models.DecimalField(_("expected loss"), max_digits=14, decimal_places=3, default=0)
    probability = models.FloatField(_("probability of fraud"), null=True, blank=True)
    reasons = models.JSONField(_("reasons"), default=list, blank=True)
    assignee = models.ForeignKey(
        "auth.User",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="fraud_alerts",
        verbose_name=_("assigned to"),
    )
    opened_at = models.DateTimeField(_("opened"), default=timezone.now)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    objects = FraudAlertQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("fraud alert"), _("fraud alerts")
        ordering = ("-priority", "-id")
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=("open", "in_review", "confirmed", "dismissed")),
                name="fraud_alert_state_known",
            ),
            models.CheckConstraint(condition=Q(priority__gte=0), name="fraud_alert_priority_not_negative"),
            models.CheckConstraint(
                condition=Q(state__in=("open", "in_review"), closed_at=None)
                | Q(state__in=("confirmed", "dismissed"), closed_at__isnull=False),
                name="fraud_alert_closed_has_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=("-priority", "-id"),
                name="fraud_alert_queue",
                condition=Q(state__in=("open", "in_review")),
            ),
            models.Index(fields=("-opened_at",), name="fraud_alert_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.order}: {self.get_state_display()}"


class AlertReview(models.Model):
    """One verdict on an alert, by whom and why. Never changed; the newest counts."""

    class Verdict(models.TextChoices):
        FRAUD = "fraud", _("Fraud")
        GENUINE = "genuine", _("Genuine")
        UNSURE = "unsure", _("Not sure")

    alert = models.ForeignKey(FraudAlert, models.CASCADE, related_name="reviews")
    reviewer = models.ForeignKey("auth.User", models.SET_NULL, null=True, related_name="+")
    verdict = models.CharField(_("verdict"), max_length=8, choices=Verdict.choices)
    note = models.TextField(_("note"), blank=True)
    reviewed_at = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        verbose_name, verbose_name_plural = _("review"), _("reviews")
        ordering = ("-reviewed_at", "-id")
        constraints = [
            models.CheckConstraint(
                condition=Q(verdict__in=("fraud", "genuine", "unsure")), name="alert_review_known"
            )
        ]

    def __str__(self) -> str:
        return f"{self.alert_id}: {self.get_verdict_display()}"
