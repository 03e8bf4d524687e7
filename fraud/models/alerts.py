"""Orders that staff look at: the queue, notes, verdicts, and what is not to be raised for a while."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class FraudAlertQuerySet(models.QuerySet["FraudAlert"]):
    def open(self) -> Self:
        return self.filter(state__in=(FraudAlert.State.OPEN, FraudAlert.State.IN_REVIEW))

    def to_do(self, *, at: datetime) -> Self:
        """Open, and not put off to a later moment than ``at``."""
        return self.open().filter(Q(snoozed_until=None) | Q(snoozed_until__lte=at))

    def most_urgent_first(self) -> Self:
        return self.order_by("-priority", "-id")


class FraudAlert(models.Model):
    """One order that staff should look at. ``priority`` is the expected loss in the shop's currency; of an
    order that a forest has ranked (``unusual``), the amount times how rare that rank is.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        IN_REVIEW = "in_review", _("In review")
        CONFIRMED = "confirmed", _("Fraud")
        DISMISSED = "dismissed", _("Genuine")

    public_id = models.UUIDField(_("public id"), default=uuid.uuid4, unique=True, editable=False)
    order = models.OneToOneField(
        "membership.Order", models.CASCADE, related_name="fraud_alert", verbose_name=_("order")
    )
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OPEN)
    priority = models.DecimalField(_("expected loss"), max_digits=14, decimal_places=3, default=0)
    probability = models.FloatField(_("probability of fraud"), null=True, blank=True)
    unusual = models.FloatField(
        _("unusual"),
        null=True,
        blank=True,
        help_text=_("The share of the shop's orders that are less unusual: a rank, not a probability."),
    )
    """NULL where a model is live, or no forest has ranked the order."""
    reasons = models.JSONField(_("reasons"), default=list, blank=True)
    assignee = models.ForeignKey(
        "auth.User",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="fraud_alerts",
        verbose_name=_("assigned to"),
    )
    snoozed_until = models.DateTimeField(_("put off until"), null=True, blank=True)
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
            models.CheckConstraint(
                condition=Q(unusual=None) | Q(unusual__range=(0, 1)), name="fraud_alert_unusual_0_to_1"
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

    alert = models.ForeignKey(FraudAlert, models.CASCADE, related_name="reviews", verbose_name=_("alert"))
    reviewer = models.ForeignKey(
        "auth.User", models.SET_NULL, null=True, related_name="+", verbose_name=_("by")
    )
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


class AlertNote(models.Model):
    """Something said or done about an alert, in the order it happened. Never changed."""

    class Kind(models.TextChoices):
        NOTE = "note", _("Note")
        ASSIGNED = "assigned", _("Assigned")
        SNOOZED = "snoozed", _("Put off")
        SUPPRESSED = "suppressed", _("Suppressed")

    alert = models.ForeignKey(FraudAlert, models.CASCADE, related_name="notes", verbose_name=_("alert"))
    author = models.ForeignKey(
        "auth.User", models.SET_NULL, null=True, related_name="+", verbose_name=_("by")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.NOTE)
    text = models.TextField(_("text"), blank=True)
    noted_at = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        verbose_name, verbose_name_plural = _("note"), _("notes")
        ordering = ("-noted_at", "-id")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=("note", "assigned", "snoozed", "suppressed")),
                name="alert_note_kind_known",
            )
        ]

    def __str__(self) -> str:
        return f"{self.alert_id}: {self.get_kind_display()}"


class SuppressionQuerySet(models.QuerySet["Suppression"]):
    def active(self, *, at: datetime) -> Self:
        return self.filter(until__gt=at, lifted_at=None)


class Suppression(models.Model):
    """For a member, or a device, the model alone holds no order until ``until``. Rules and lists still do."""

    member = models.ForeignKey(
        "membership.Member",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="fraud_suppressions",
        verbose_name=_("member"),
    )
    device = models.CharField(_("device fingerprint"), max_length=80, blank=True)
    until = models.DateTimeField(_("until"))
    reason = models.TextField(_("reason"))
    created_by = models.ForeignKey(
        "auth.User", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("by")
    )
    created_at = models.DateTimeField(_("since"), default=timezone.now)
    lifted_at = models.DateTimeField(_("lifted"), null=True, blank=True)

    objects = SuppressionQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("suppression"), _("suppressions")
        ordering = ("-created_at", "-id")
        constraints = [
            models.CheckConstraint(
                condition=Q(member__isnull=False, device="") | (Q(member=None) & ~Q(device="")),
                name="suppression_of_member_or_device",
            ),
            models.CheckConstraint(
                condition=Q(until__gt=models.F("created_at")), name="suppression_ends_later"
            ),
        ]
        indexes = [models.Index(fields=("device", "until"), name="suppression_of_device")]

    def __str__(self) -> str:
        return str(self.member) if self.member_id else self.device
