"""Uploaded files, and saved mappings: how files with the same headings are read."""

from __future__ import annotations

import uuid
from datetime import datetime
from pathlib import Path
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from membership.models.fields import choice_check
from membership.models.transfers.imports import ImportReport


class UploadQuerySet(models.QuerySet["Upload"]):
    def of(self, owner: str) -> Self:
        """The files of one owner."""
        return self.filter(owner=owner)

    def waiting(self, owner: str) -> Self:
        """The owner's files that no finished import has read, oldest first."""
        done = ImportReport.objects.filter(status=ImportReport.Status.SUCCEEDED, dry_run=False)
        return self.of(owner).exclude(imports__in=done).order_by("id")

    def expired(self, now: datetime) -> Self:
        """Files that may be removed at ``now``."""
        return self.filter(expires_at__lt=now)


class Upload(models.Model):
    """One file that a browser or a program sends, part by part; an interrupted upload goes on.

    ``received`` bytes of ``size`` are on disk. ``imports`` are those that read the file, dry runs among them.
    """

    class State(models.TextChoices):
        RECEIVING = "receiving", _("Receiving")
        COMPLETE = "complete", _("Complete")

    public_id = models.UUIDField(_("public id"), default=uuid.uuid4, unique=True, editable=False)
    owner = models.CharField(_("owner"), max_length=80)
    name = models.CharField(_("file"), max_length=255)
    size = models.PositiveBigIntegerField(_("size"))
    modified_at = models.DateTimeField(_("last modified"), null=True, blank=True)
    received = models.PositiveBigIntegerField(_("received"), default=0)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.RECEIVING)
    sha256 = models.CharField(max_length=64, blank=True)
    file_name = models.CharField(_("name on disk"), max_length=150)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    expires_at = models.DateTimeField(_("expires"))
    imports = models.ManyToManyField(ImportReport, related_name="uploads", blank=True)

    objects = UploadQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("upload"), _("uploads")
        ordering = ("-id",)
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=("receiving", "complete")), name="upload_state_known"
            ),
            models.CheckConstraint(condition=Q(received__lte=F("size")), name="upload_not_above_size"),
            models.CheckConstraint(
                condition=Q(state="receiving") | Q(received=F("size")), name="upload_complete_is_whole"
            ),
        ]
        indexes = [
            models.Index(fields=("owner", "name", "size"), name="upload_same_file"),
            models.Index(fields=("expires_at",), name="upload_age"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_complete(self) -> bool:
        """Whether all bytes have arrived."""
        return self.state == self.State.COMPLETE

    @property
    def folder(self) -> Path:
        """A folder of this file's own."""
        return Path(settings.IMPORT_DIR).resolve() / "uploads" / str(self.public_id)

    @property
    def path(self) -> Path:
        """Where the bytes lie."""
        return self.folder / self.file_name


class SavedMapping(models.Model):
    """How files with these headings are read: suggested when such a file comes again."""

    public_id = models.UUIDField(_("public id"), default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(_("kind"), max_length=10, choices=ImportReport.Kind.choices)
    signature = models.CharField(max_length=64)
    headings = models.JSONField(_("headings"), default=list)
    options = models.JSONField(_("options"), default=dict)
    created_by = models.ForeignKey("auth.User", models.SET_NULL, null=True, blank=True, related_name="+")
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name, verbose_name_plural = _("saved mapping"), _("saved mappings")
        ordering = ("name", "id")
        constraints = [
            models.UniqueConstraint(fields=("signature", "kind"), name="saved_mapping_once_a_file"),
            choice_check(field="kind", choices=ImportReport.Kind, name="saved_mapping_kind_known"),
        ]

    def __str__(self) -> str:
        return self.name
