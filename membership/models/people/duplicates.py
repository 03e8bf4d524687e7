"""Members who are likely the same person, and when they were looked for."""

from __future__ import annotations

import uuid
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from membership.models.members import Member


class DuplicateCandidateQuerySet(models.QuerySet["DuplicateCandidate"]):
    def visible(self) -> Self:
        """Pairs of which neither member is merged or erased."""
        reachable = (Member.Status.ACTIVE, Member.Status.FROZEN)
        return self.filter(low__status__in=reachable, high__status__in=reachable)

    def open(self) -> Self:
        """Pairs that nobody has decided on."""
        return self.filter(state=DuplicateCandidate.State.OPEN)

    def likely(self) -> Self:
        """Pairs that lists show unless they are asked for more."""
        return self.filter(probability__gte=DuplicateCandidate.SHOWN)

    def of_member(self, member_id: int) -> Self:
        """Pairs that the member belongs to."""
        return self.filter(Q(low=member_id) | Q(high=member_id))


class DuplicateCandidate(models.Model):
    """Two members who may be one person. Each pair is there once, the smaller id first.

    ``reasons`` is a list of ``{"code", "weight"}``, the heaviest first: codes of
    ``membership.duplicates.reasons``, weights in bits, below 0 where something speaks against it. ``facts``
    is a hash of what was compared: a dismissed pair comes back only when it has changed.
    """

    SHOWN = 0.85
    KEPT = 0.5

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        DISMISSED = "dismissed", _("Not the same")
        MERGED = "merged", _("Merged")

    public_id = models.UUIDField(_("public id"), default=uuid.uuid4, unique=True, editable=False)
    low = models.ForeignKey(
        Member, models.CASCADE, related_name="+", db_index=False, verbose_name=_("member")
    )
    high = models.ForeignKey(Member, models.CASCADE, related_name="+", verbose_name=_("other member"))
    probability = models.FloatField(_("probability"))
    reasons = models.JSONField(_("reasons"), default=list)
    facts = models.CharField(_("facts"), max_length=32)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OPEN)
    found_at = models.DateTimeField(_("found"))
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.CharField(_("by"), max_length=150, blank=True)

    objects = DuplicateCandidateQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("possible duplicate"), _("possible duplicates")
        ordering = ("-probability", "-id")
        constraints = [
            models.UniqueConstraint(fields=("low", "high"), name="duplicate_pair_once"),
            models.CheckConstraint(condition=Q(low__lt=F("high")), name="duplicate_smaller_id_first"),
            models.CheckConstraint(
                condition=Q(probability__gte=0, probability__lte=1), name="duplicate_probability_0_to_1"
            ),
            models.CheckConstraint(
                condition=Q(state__in=("open", "dismissed", "merged")), name="duplicate_state_known"
            ),
        ]
        indexes = [
            # the list of staff, the likeliest first
            models.Index(fields=("-probability", "-id"), name="duplicate_open", condition=Q(state="open")),
        ]

    def __str__(self) -> str:
        return f"{self.low} · {self.high}"


class DuplicateSearch(models.Model):
    """One search for duplicates: of all members, or of those that had changed since the one before.

    ``left_out`` says what too many share to find anybody by it: kind of fact → how many.
    """

    started_at = models.DateTimeField(_("started"))
    finished_at = models.DateTimeField(_("finished"))
    whole = models.BooleanField(_("all members"))
    members = models.PositiveIntegerField(_("members"))
    compared = models.PositiveIntegerField(_("pairs compared"))
    found = models.PositiveIntegerField(_("pairs found"))
    left_out = models.JSONField(_("left out"), default=dict)
    last_order = models.BigIntegerField(_("last order"), default=0)

    class Meta:
        verbose_name, verbose_name_plural = _("search for duplicates"), _("searches for duplicates")
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M}"
