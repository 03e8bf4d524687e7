"""Two members who are one person, made one; and all that is needed to part them again."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Self

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class ExactEncoder(DjangoJSONEncoder):
    """Django's own cuts moments to milliseconds; what comes back here is to be what it was."""

    def default(self, o: object) -> object:
        return o.isoformat() if isinstance(o, datetime) else super().default(o)


class MergeQuerySet(models.QuerySet["Merge"]):
    def in_force(self) -> Self:
        """Merges that have not been undone."""
        return self.filter(undone_at=None)


class Merge(models.Model):
    """``other`` was merged into ``kept``.

    ``choices`` says for each field whose value was taken: ``{"name": "this" | "other"}``, *this* being the
    member that is kept. ``fields`` holds the columns of both rows, as they were before and as the merge left
    them: ``{"before": {"kept": {...}, "other": {...}}, "after": {...}}``. Which rows of other tables followed
    is said by ``MergedRow``. Points entries with a higher id than ``newest_entry_id`` were written later.
    """

    public_id = models.UUIDField(_("public id"), default=uuid.uuid4, unique=True, editable=False)
    kept = models.ForeignKey(
        "membership.Member", models.PROTECT, related_name="merges", verbose_name=_("member kept")
    )
    other = models.ForeignKey(
        "membership.Member", models.PROTECT, related_name="merges_away", verbose_name=_("member merged")
    )
    choices = models.JSONField(_("choices"), default=dict)
    fields = models.JSONField(_("values before and after"), default=dict, encoder=ExactEncoder)
    newest_entry_id = models.BigIntegerField(_("newest points entry"), default=0)
    who = models.CharField(_("by"), max_length=150)
    merged_at = models.DateTimeField(_("merged"), default=timezone.now)
    undoable_until = models.DateTimeField(_("can be undone until"))
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)
    undone_by = models.CharField(_("undone by"), max_length=150, blank=True)

    objects = MergeQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("merge"), _("merges")
        ordering = ("-merged_at", "-id")
        constraints = [
            models.CheckConstraint(condition=~Q(kept=F("other")), name="merge_of_two_members"),
            models.CheckConstraint(
                condition=Q(undoable_until__gte=F("merged_at")), name="merge_undoable_after_it"
            ),
            models.CheckConstraint(
                condition=Q(undone_at__isnull=False) | Q(undone_by=""), name="merge_undone_by_somebody"
            ),
            models.UniqueConstraint(
                fields=("other",), condition=Q(undone_at=None), name="merge_in_force_once"
            ),
        ]
        indexes = [models.Index(fields=("merged_at",), name="merge_newest")]

    def __str__(self) -> str:
        return f"{self.other} → {self.kept}"


class MergedRow(models.Model):
    """One row of another table that a merge moved, changed or made.

    ``table`` is the model's label, as ``membership.Order``. ``before`` holds the values of the columns that
    the merge changed besides the member; of a row that it made, what the row said.
    """

    class Change(models.TextChoices):
        MOVED = "moved", _("Moved")
        CHANGED = "changed", _("Changed")
        MADE = "made", _("Made")

    merge = models.ForeignKey(
        Merge, models.CASCADE, related_name="rows", db_index=False, verbose_name=_("merge")
    )
    table = models.CharField(_("table"), max_length=80)
    row_id = models.BigIntegerField(_("row"))
    change = models.CharField(_("change"), max_length=8, choices=Change.choices)
    before = models.JSONField(_("values before"), null=True, blank=True, encoder=ExactEncoder)

    class Meta:
        verbose_name, verbose_name_plural = _("row of a merge"), _("rows of merges")
        ordering = ("merge_id", "table", "row_id")
        constraints = [
            models.UniqueConstraint(fields=("merge", "table", "change", "row_id"), name="merged_row_once"),
            models.CheckConstraint(
                condition=Q(change__in=("moved", "changed", "made")), name="merged_row_change_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.table} {self.row_id}"
