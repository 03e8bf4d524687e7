"""Reports of imports."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from registry.jobs import LeasedJob


class ImportReport(LeasedJob):
    """One file's import: how far it is, and what became of each row.

    ``rows_done`` and the counts move in the transaction that writes a chunk's rows, so that an import
    that was killed goes on exactly where the database is.
    """

    class Kind(models.TextChoices):
        MEMBERS = "members", _("Members")
        PRODUCTS = "products", _("Products")
        ORDERS = "orders", _("Orders")
        EVENTS = "events", _("Events")
        LABELS = "labels", _("Fraud labels")
        PROMOTIONS = "promotions", _("Promotions")

    task_name = "membership.tasks.resume_import"

    public_id = models.UUIDField(_("public id"), default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    file_name = models.CharField(_("file"), max_length=255)
    file_path = models.CharField(_("path"), max_length=1024)
    file_sha256 = models.CharField(max_length=64)
    options = models.JSONField(_("options"), default=dict)
    dry_run = models.BooleanField(_("dry run"), default=False)
    rows_done = models.PositiveBigIntegerField(_("rows done"), default=0)
    rows_total = models.PositiveBigIntegerField(_("rows in the file"), null=True, blank=True)
    read = models.PositiveBigIntegerField(_("read"), default=0)
    created = models.PositiveBigIntegerField(_("created"), default=0)
    updated = models.PositiveBigIntegerField(_("updated"), default=0)
    duplicate = models.PositiveBigIntegerField(_("duplicate"), default=0)
    rejected = models.PositiveBigIntegerField(_("rejected"), default=0)
    rejected_by_reason = models.JSONField(_("rejected by reason"), default=dict, blank=True)
    imputed_by_field = models.JSONField(_("filled in by field"), default=dict, blank=True)
    flagged_by_reason = models.JSONField(_("flagged by reason"), default=dict, blank=True)
    tallies = models.JSONField(_("totals"), default=dict, blank=True)
    recognised = models.CharField(_("recognised as"), max_length=80, blank=True)
    unused_columns = models.JSONField(_("columns that are not used"), default=list, blank=True)
    rejects_path = models.CharField(_("rejected rows"), max_length=1024, blank=True)
    rejects_bytes = models.PositiveBigIntegerField(default=0)
    corrects = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="corrections",
        verbose_name=_("corrects rows of"),
    )  # fmt: skip
    corrected_rows = models.JSONField(_("rows that it corrects"), default=list, blank=True)

    class Meta(LeasedJob.Meta):
        abstract = False
        verbose_name, verbose_name_plural = _("import"), _("imports")
        constraints = [
            *LeasedJob.constraints(prefix="import_report"),
            models.CheckConstraint(
                condition=Q(kind__in=("members", "products", "orders", "events", "labels", "promotions")),
                name="import_report_kind_known",
            ),
        ]
        indexes = [models.Index(fields=("kind", "file_sha256"), name="import_report_same_file")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.file_name}"
