"""What an import wrote, kept for a day so that it can be undone; and its undoing."""

from __future__ import annotations

import json
import zlib
from typing import TypedDict

from django.db import models
from django.utils.translation import gettext_lazy as _

from registry.jobs import LeasedJob

Changed = dict[str, list[object]]
"""Field -> [value before, value after], as JSON holds them; an undo under way may have a third."""


class TraceContent(TypedDict):
    """``made``: spans of ids, both ends included; ``changed``: id -> what was changed of that row."""

    made: list[list[int]]
    changed: dict[str, Changed]


class ImportTrace(models.Model):
    """What one chunk of an import did to one table, written in the chunk's own transaction.

    ``table`` is a model's label, or such a label and a word for a part of its rows. ``content`` is packed:
    earlier values are personal data, so traces are deleted when the import can no longer be undone.
    """

    report = models.ForeignKey("membership.ImportReport", models.CASCADE, related_name="traces")
    table = models.CharField(_("table"), max_length=80)
    made = models.PositiveIntegerField(_("created"), default=0)
    changed = models.PositiveIntegerField(_("changed"), default=0)
    content = models.BinaryField()

    class Meta:
        verbose_name, verbose_name_plural = _("trace of an import"), _("traces of imports")
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.report_id}: {self.table}"

    @staticmethod
    def packed(content: TraceContent) -> bytes:
        """As JSON, compressed; ``unpacked`` is the way back."""
        return zlib.compress(json.dumps(content, separators=(",", ":")).encode(), 1)

    def unpacked(self) -> TraceContent:
        """What ``packed`` was given."""
        found: TraceContent = json.loads(zlib.decompress(self.content))
        return found


class ImportUndo(LeasedJob):
    """The undoing of one import: how far it is, what went, and what stayed for which reason.

    ``place`` is (step, trace, items done of that trace); it moves in the transaction of each slice.
    """

    KEPT_ROWS = 1_000
    task_name = "membership.tasks.resume_undo"

    of_import = models.OneToOneField(
        "membership.ImportReport", models.CASCADE, related_name="undo", verbose_name=_("import")
    )
    by = models.ForeignKey(
        "auth.User", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("by")
    )
    place = models.JSONField(default=list, blank=True)
    gone = models.JSONField(_("removed or put back"), default=dict, blank=True)  # table -> rows
    kept = models.JSONField(_("kept"), default=dict, blank=True)  # table -> reason -> rows
    kept_rows = models.JSONField(_("rows that were kept"), default=list, blank=True)  # [table, key, reason]

    class Meta(LeasedJob.Meta):
        abstract = False
        verbose_name, verbose_name_plural = _("undoing of an import"), _("undoings of imports")
        constraints = LeasedJob.constraints(prefix="import_undo")

    def __str__(self) -> str:
        return _("Undo of %(report)s") % {"report": self.of_import}

    @property
    def gone_total(self) -> int:
        return sum(self.gone.values())

    @property
    def kept_total(self) -> int:
        return sum(sum(reasons.values()) for reasons in self.kept.values())
