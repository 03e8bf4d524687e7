"""Downloads of members' data: who, which and when."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class MemberExport(models.Model):
    """One download of members, stored before its first byte is sent. Never changed."""

    class Content(models.TextChoices):
        MEMBERS = "members", _("Members")
        MAIL_MERGE = "mail-merge", _("Mail merge")

    class Format(models.TextChoices):
        CSV = "csv", "CSV"
        PARQUET = "parquet", "Parquet"

    public_id = models.UUIDField(_("public id"), default=uuid.uuid4, unique=True, editable=False)
    segment_key = models.CharField(_("segment"), max_length=60)
    content = models.CharField(_("content"), max_length=12, choices=Content.choices)
    format = models.CharField(_("file format"), max_length=8, choices=Format.choices)
    columns = models.JSONField(_("columns"), default=list)
    members = models.PositiveIntegerField(_("members"))
    by_user = models.ForeignKey(
        "auth.User", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("user")
    )
    by = models.CharField(_("by"), max_length=200)
    created_at = models.DateTimeField(_("when"), auto_now_add=True)

    class Meta:
        verbose_name, verbose_name_plural = _("export of members"), _("exports of members")
        ordering = ("-created_at", "-id")
        constraints = [
            models.CheckConstraint(
                condition=Q(content__in=("members", "mail-merge")), name="export_content_known"
            ),
            models.CheckConstraint(condition=Q(format__in=("csv", "parquet")), name="export_format_known"),
        ]

    def __str__(self) -> str:
        return f"{self.segment_key} · {self.get_content_display()}"
