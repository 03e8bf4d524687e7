"""Which models exist, which one is live, and how each came to be."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from learning.step_texts import translated
from registry.jobs import LeasedJob


class ModelVersionQuerySet(models.QuerySet["ModelVersion"]):
    def live(self, family: str) -> Self:
        return self.filter(family=family, status=ModelVersion.Status.LIVE)


class ModelVersion(models.Model):
    """One trained model of one family; at most one a family is live."""

    class Status(models.TextChoices):
        CANDIDATE = "candidate", _("Candidate")
        LIVE = "live", _("Live")
        RETIRED = "retired", _("Retired")
        REJECTED = "rejected", _("Rejected")

    public_id = models.UUIDField(_("public id"), default=uuid.uuid4, unique=True, editable=False)
    family = models.CharField(_("family"), max_length=40)
    number = models.PositiveIntegerField(_("number"))
    estimator = models.CharField(_("model"), max_length=40)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.CANDIDATE)
    parameters = models.JSONField(_("parameters"), default=dict)
    metrics = models.JSONField(_("figures"), default=dict)
    data_from = models.DateTimeField(_("data from"), null=True, blank=True)
    data_until = models.DateTimeField(_("data until"), null=True, blank=True)
    data_fingerprint = models.CharField(_("data fingerprint"), max_length=64, blank=True)
    artefact_path = models.CharField(_("file"), max_length=255)
    artefact_sha256 = models.CharField(max_length=64, verbose_name=_("file's sha256"))
    rejection_reason = models.TextField(_("why rejected"), blank=True)
    created_at = models.DateTimeField(_("trained"), auto_now_add=True)
    promoted_at = models.DateTimeField(_("promoted"), null=True, blank=True)
    retired_at = models.DateTimeField(_("retired"), null=True, blank=True)

    objects = ModelVersionQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("model version"), _("model versions")
        ordering = ("family", "-number")
        constraints = [
            models.UniqueConstraint(fields=("family", "number"), name="model_version_number_unique"),
            models.UniqueConstraint(
                fields=("family",), condition=Q(status="live"), name="model_version_one_live"
            ),
            models.CheckConstraint(
                condition=Q(status__in=("candidate", "live", "retired", "rejected")),
                name="model_version_status_known",
            ),
            models.CheckConstraint(
                condition=~Q(status="rejected") | ~Q(rejection_reason=""),
                name="model_version_rejected_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.family} v{self.number}"

    @property
    def rejection_text(self) -> str:
        """Why it was rejected, in the reader's language; "" where it was not."""
        return translated(self.rejection_reason, gettext)

    @property
    def artefact(self) -> Path:
        return Path(settings.MODEL_DIR) / self.artefact_path

    @property
    def is_light(self) -> bool:
        """Whether it was trained by its family's light recipe, as a new shop's first versions are."""
        return bool(self.parameters.get("recipe") == TrainingRun.Recipe.LIGHT)


class TrainingRun(LeasedJob):
    """One retrain of one family, from request to promotion; at most one a family is unfinished."""

    task_name = "registry.tasks.run_training"

    class Recipe(models.TextChoices):
        LIGHT = "light", _("Quick")
        FULL = "full", _("Full")

    public_id = models.UUIDField(_("public id"), default=uuid.uuid4, unique=True, editable=False)
    family = models.CharField(_("family"), max_length=40)
    recipe = models.CharField(_("recipe"), max_length=5, choices=Recipe.choices, default=Recipe.FULL)
    requested_by = models.ForeignKey(
        "auth.User", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("requested by")
    )
    version = models.ForeignKey(
        ModelVersion,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="runs",
        verbose_name=_("model version"),
    )
    phases = models.JSONField(_("seconds by phase"), default=dict, blank=True)
    for_write_back: Any = None
    """What training hands on to the write-back of this very object; no column."""

    class Meta(LeasedJob.Meta):
        abstract = False
        verbose_name, verbose_name_plural = _("training run"), _("training runs")
        constraints = [
            *LeasedJob.constraints(prefix="training_run"),
            models.CheckConstraint(
                condition=Q(recipe__in=("light", "full")), name="training_run_recipe_known"
            ),
            models.UniqueConstraint(
                fields=("family",),
                condition=Q(status__in=("queued", "running")),
                name="training_run_one_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.family} #{self.pk}"
