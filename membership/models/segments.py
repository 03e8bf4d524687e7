"""Segments: named groups of members, and who was inside from when to when."""

from __future__ import annotations

import uuid
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class Segment(models.Model):
    """A named group of members; ``kind`` says what decides who is inside."""

    class Kind(models.TextChoices):
        DYNAMIC = "dynamic", _("By rule")
        MANUAL = "manual", _("By hand")
        MODEL = "model", _("Made by a model")

    public_id = models.UUIDField(_("public id"), default=uuid.uuid4, unique=True, editable=False)
    key = models.SlugField(_("key"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=80)
    description = models.TextField(_("description"), blank=True)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices, default=Kind.MANUAL)
    member_count = models.PositiveIntegerField(_("members"), default=0)
    refreshed_at = models.DateTimeField(_("refreshed"), null=True, blank=True)
    due_at = models.DateTimeField(
        _("next due"),
        null=True,
        blank=True,
        help_text=_("When the members may next change only because time passes."),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    class Meta:
        verbose_name, verbose_name_plural = _("segment"), _("segments")
        ordering = ("name",)
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=("dynamic", "manual", "model")), name="segment_kind_known"
            )
        ]
        indexes = [models.Index(fields=("due_at",), name="segment_due", condition=Q(due_at__isnull=False))]

    def __str__(self) -> str:
        """The name; that of a model's segment is stored in English and shown in the reader's language."""
        if self.kind != self.Kind.MODEL:
            return self.name
        return " · ".join(gettext(part) for part in self.name.split(" · "))


class SegmentOverride(models.Model):
    """What staff decided about one member of a segment kept by a rule: in, or out, whatever the rule says."""

    class Decision(models.TextChoices):
        IN = "in", _("Always in")
        OUT = "out", _("Never in")

    segment = models.ForeignKey(
        Segment, models.CASCADE, related_name="overrides", db_index=False, verbose_name=_("segment")
    )
    member = models.ForeignKey(
        "membership.Member", models.CASCADE, related_name="segment_overrides", verbose_name=_("member")
    )
    decision = models.CharField(_("decision"), max_length=3, choices=Decision.choices)
    decided_by = models.ForeignKey("auth.User", models.SET_NULL, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        verbose_name, verbose_name_plural = _("decision by hand"), _("decisions by hand")
        ordering = ("-decided_at", "-id")
        constraints = [
            models.UniqueConstraint(fields=("segment", "member"), name="segment_override_once"),
            models.CheckConstraint(condition=Q(decision__in=("in", "out")), name="segment_override_known"),
        ]

    def __str__(self) -> str:
        return f"{self.member_id}: {self.get_decision_display()}"


class SegmentSnapshot(models.Model):
    """The members of one segment now, as a roaring bitmap of their ids: overlaps are counted with it.

    Written in the transaction that changes the stays, so that the two never differ.
    """

    segment = models.OneToOneField(Segment, models.CASCADE, primary_key=True, related_name="snapshot")
    count = models.PositiveIntegerField(_("members"))
    bitmap = models.BinaryField()
    taken_at = models.DateTimeField(_("taken"))

    class Meta:
        verbose_name, verbose_name_plural = _("segment bitmap"), _("segment bitmaps")

    def __str__(self) -> str:
        return f"{self.segment_id}: {self.count}"


class SegmentVersion(models.Model):
    """One state of a segment's rule, never changed. Rules made by a model hold its parameters."""

    segment = models.ForeignKey(Segment, models.CASCADE, related_name="versions", verbose_name=_("segment"))
    number = models.PositiveIntegerField(_("number"))
    rule = models.JSONField(_("rule"))
    created_by = models.ForeignKey(
        "auth.User", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("created by")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name, verbose_name_plural = _("segment version"), _("segment versions")
        ordering = ("segment_id", "-number")
        constraints = [
            models.UniqueConstraint(fields=("segment", "number"), name="segment_version_number_unique")
        ]

    def __str__(self) -> str:
        return f"{self.segment} v{self.number}"


class SegmentMembershipQuerySet(models.QuerySet["SegmentMembership"]):
    def current(self) -> Self:
        """Stays that last now."""
        return self.filter(exited_at=None)


class SegmentMembership(models.Model):
    """One stay of one member in one segment; ``exited_at`` is NULL while it lasts."""

    class Source(models.TextChoices):
        RULE = "rule", _("Rule")
        MANUAL = "manual", _("By hand")
        MODEL = "model", _("Model")

    segment = models.ForeignKey(
        Segment, models.CASCADE, related_name="memberships", db_index=False, verbose_name=_("segment")
    )
    member = models.ForeignKey(
        "membership.Member", models.CASCADE, related_name="segment_memberships", verbose_name=_("member")
    )
    source = models.CharField(_("source"), max_length=8, choices=Source.choices)
    entered_at = models.DateTimeField(_("entered"), default=timezone.now)
    exited_at = models.DateTimeField(_("left"), null=True, blank=True)

    objects = SegmentMembershipQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("stay in a segment"), _("stays in segments")
        ordering = ("-entered_at", "-id")
        constraints = [
            models.CheckConstraint(
                condition=Q(source__in=("rule", "manual", "model")), name="stay_source_known"
            ),
            models.CheckConstraint(
                condition=Q(exited_at=None) | Q(exited_at__gte=models.F("entered_at")),
                name="stay_ends_after_start",
            ),
            models.UniqueConstraint(
                fields=("segment", "member"), condition=Q(exited_at=None), name="stay_one_at_a_time"
            ),
        ]
        indexes = [models.Index(fields=("segment", "-entered_at"), name="stay_of_segment")]

    def __str__(self) -> str:
        return f"{self.member_id} · {self.segment_id}"
