"""Experiments, and which list was shown to whom."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from recommendations.models.lists import Surface


class Experiment(models.Model):
    """One comparison of ways to recommend; each member always meets the same arm.

    ``arms`` is a list of ``{"name", "weight", "model_version", "settings"}``: a version's number, or null for
    the live one, and what ``recommendations.services.tuning`` may change. The first arm is the control.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        RUNNING = "running", _("Running")
        ENDED = "ended", _("Ended")

    public_id = models.UUIDField(_("public id"), default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=80)
    surface = models.CharField(_("surface"), max_length=12, choices=Surface.choices)
    status = models.CharField(_("status"), max_length=8, choices=Status.choices, default=Status.DRAFT)
    arms = models.JSONField(_("arms"), default=list)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name, verbose_name_plural = _("experiment"), _("experiments")
        ordering = ("-created_at", "-id")
        constraints = [
            models.CheckConstraint(
                condition=Q(surface__in=("for-you", "buy-again")), name="experiment_surface_known"
            ),
            models.CheckConstraint(
                condition=Q(status__in=("draft", "running", "ended")), name="experiment_status_known"
            ),
            models.UniqueConstraint(
                fields=("surface",), condition=Q(status="running"), name="experiment_one_running"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Exposure(models.Model):
    """One member was shown one list on one day: who chose it, and which products were in it.

    The first answer of a day is kept; what is shown later that day from the same source adds nothing. What
    the member then clicks and orders is credited to it.
    """

    member = models.ForeignKey("membership.Member", models.CASCADE, related_name="exposures", db_index=False)
    surface = models.CharField(_("surface"), max_length=12)
    day = models.DateField(_("day"))
    source = models.CharField(_("source"), max_length=16)
    model_version = models.ForeignKey(
        "registry.ModelVersion",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("model version"),
    )
    experiment = models.ForeignKey(
        Experiment, models.CASCADE, null=True, blank=True, related_name="exposures"
    )
    arm = models.CharField(_("arm"), max_length=40, blank=True)
    products = models.JSONField(_("products"), default=list)
    shown_at = models.DateTimeField(_("shown"))

    class Meta:
        verbose_name, verbose_name_plural = _("list shown"), _("lists shown")
        ordering = ("-shown_at", "-id")
        constraints = [
            models.UniqueConstraint(
                fields=("member", "surface", "day", "source", "arm"), name="exposure_once_a_day"
            )
        ]
        indexes = [models.Index(fields=("surface", "shown_at"), name="exposure_of_surface")]

    def __str__(self) -> str:
        return f"{self.member_id} · {self.surface} · {self.day}"
