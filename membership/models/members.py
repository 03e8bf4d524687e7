"""Members, what they agreed to, their points, tiers and figures."""

from __future__ import annotations

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Any, Self

from django.db import models, transaction
from django.db.models import Q, Sum
from django.db.models.functions import Upper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from membership.models.catalogue.former_names import TagFormerName, note_renamed
from membership.models.fields import choice_check


class Tag(models.Model):
    """A label that staff or an import give to members."""

    name = models.CharField(_("name"), max_length=60, unique=True)

    class Meta:
        verbose_name, verbose_name_plural = _("tag"), _("tags")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store it; a name that is given up is kept as a former one."""
        with transaction.atomic():
            locked = Tag.objects.select_for_update(no_key=True).filter(pk=self.pk)
            before = "" if self._state.adding else locked.values_list("name", flat=True).first() or ""
            super().save(*args, **kwargs)
            if before != self.name:
                note_renamed(former=TagFormerName, column="name", owner=self, before=before)


MERGES_FOLLOWED = 10


class Tier(models.TextChoices):
    BASIC = "basic", _("Basic")
    SILVER = "silver", _("Silver")
    GOLD = "gold", _("Gold")
    PLATINUM = "platinum", _("Platinum")


class MemberQuerySet(models.QuerySet["Member"]):
    def reachable(self) -> Self:
        """Members that lists, exports and training may hold: neither merged away nor erased."""
        return self.filter(status__in=(Member.Status.ACTIVE, Member.Status.FROZEN))

    def active(self) -> Self:
        """Members who may buy and be addressed: not frozen, merged or erased."""
        return self.filter(status=Member.Status.ACTIVE)

    def search(self, text: str) -> Self:
        """Members whose number, e-mail or phone begins with ``text``, or whose name holds it."""
        text = text.strip()
        return self.filter(
            Q(member_no__istartswith=text)
            | Q(email__istartswith=text)
            | Q(phone__startswith=text)
            | Q(name__icontains=text)
        )


class Member(models.Model):
    """One person (or household) that the shop sells to.

    ``email`` and ``phone`` are stored normalised (lower case; E.164) and empty values are NULL, so that
    each is unique among those who have one.
    """

    class Status(models.TextChoices):
        ACTIVE = "active", _("Active")
        FROZEN = "frozen", _("Frozen")
        MERGED = "merged", _("Merged")
        ERASED = "erased", _("Erased")

    public_id = models.UUIDField(_("public id"), default=uuid.uuid4, unique=True, editable=False)
    member_no = models.CharField(_("member number"), max_length=120, unique=True)
    name = models.CharField(_("name"), max_length=120, blank=True)
    email = models.CharField(_("e-mail"), max_length=254, null=True, blank=True)
    phone = models.CharField(_("phone"), max_length=20, null=True, blank=True)
    birth_date = models.DateField(_("birth date"), null=True, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    language = models.CharField(_("language"), max_length=12, blank=True)
    joined_at = models.DateTimeField(
        _("joined"), null=True, blank=True, default=timezone.now, help_text=_("Empty: not known.")
    )
    tier = models.CharField(_("tier"), max_length=10, choices=Tier.choices, default=Tier.BASIC)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.ACTIVE)
    merged_into = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="merged_from",
        verbose_name=_("merged into"),
    )
    tags = models.ManyToManyField(Tag, blank=True, related_name="members", verbose_name=_("tags"))
    user = models.OneToOneField(
        "auth.User", models.SET_NULL, null=True, blank=True, related_name="member", verbose_name=_("login")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    objects = MemberQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("member"), _("members")
        ordering = ("id",)
        constraints = [
            choice_check(field="tier", choices=Tier, name="member_tier_known"),
            models.CheckConstraint(
                condition=Q(status__in=("active", "frozen", "merged", "erased")), name="member_status_known"
            ),
            models.CheckConstraint(
                condition=Q(status="merged", merged_into__isnull=False)
                | (~Q(status="merged") & Q(merged_into__isnull=True)),
                name="member_merged_has_target",
            ),
            models.CheckConstraint(condition=~Q(member_no=""), name="member_no_not_empty"),
            models.UniqueConstraint(fields=("email",), name="member_email_unique"),
            models.UniqueConstraint(fields=("phone",), name="member_phone_unique"),
        ]
        indexes = [
            models.Index(fields=("status", "tier"), name="member_status_tier"),
            models.Index(fields=("joined_at",), name="member_joined_at"),
            models.Index(fields=("name",), name="member_name"),
            models.Index(Upper("member_no"), name="member_number_in_capitals"),  # as files name members
        ]

    def __str__(self) -> str:
        return self.name or self.member_no

    def after_merges(self) -> Member | None:
        """Who stands for this member after all merges; None where that one is erased."""
        current: Member | None = self
        for _step in range(MERGES_FOLLOWED):
            if current is None or current.status != Member.Status.MERGED:
                break
            current = current.merged_into
        reachable = (Member.Status.ACTIVE, Member.Status.FROZEN)
        return current if current is not None and current.status in reachable else None

    def points_balance(self, *, at: datetime | None = None) -> int:
        """Points that can be spent at ``at`` (now, unless told): never below 0, a debt is told apart."""
        counted = self.points.counting_at(at or timezone.now())
        return max(counted.aggregate(total=Sum("points"))["total"] or 0, 0)


class Consent(models.Model):
    """One statement by a member about one purpose on one channel. Never changed; the newest counts."""

    class Purpose(models.TextChoices):
        MARKETING = "marketing", _("Marketing")
        PROFILING = "profiling", _("Personal recommendations")

    class Channel(models.TextChoices):
        EMAIL = "email", _("E-mail")
        SMS = "sms", _("Text message")
        POST = "post", _("Post")
        ONSITE = "onsite", _("In the shop")

    member = models.ForeignKey(Member, models.CASCADE, related_name="consents", verbose_name=_("member"))
    purpose = models.CharField(_("purpose"), max_length=12, choices=Purpose.choices)
    channel = models.CharField(_("channel"), max_length=8, choices=Channel.choices)
    granted = models.BooleanField(_("granted"))
    source = models.CharField(_("source"), max_length=40)
    occurred_at = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        verbose_name, verbose_name_plural = _("consent"), _("consents")
        ordering = ("-occurred_at", "-id")
        constraints = [
            models.CheckConstraint(
                condition=Q(purpose__in=("marketing", "profiling")), name="consent_purpose_known"
            ),
            models.CheckConstraint(
                condition=Q(channel__in=("email", "sms", "post", "onsite")), name="consent_channel_known"
            ),
        ]
        indexes = [
            models.Index(fields=("member", "purpose", "channel", "-occurred_at"), name="consent_newest"),
        ]

    def __str__(self) -> str:
        state = _("granted") if self.granted else _("withdrawn")
        return f"{self.get_purpose_display()} · {self.get_channel_display()}: {state}"


class TierHistory(models.Model):
    """One change of a member's tier: when, to which tier, by whom."""

    member = models.ForeignKey(Member, models.CASCADE, related_name="tier_history", verbose_name=_("member"))
    tier = models.CharField(_("tier"), max_length=10, choices=Tier.choices)
    source = models.CharField(_("source"), max_length=40)
    reason = models.CharField(_("reason"), max_length=80, blank=True, default="", db_default="")
    held_until = models.DateTimeField(_("held until"), null=True, blank=True)
    changed_at = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        verbose_name, verbose_name_plural = _("tier change"), _("tier history")
        ordering = ("-changed_at", "-id")
        constraints = [choice_check(field="tier", choices=Tier, name="tier_history_tier_known")]
        indexes = [models.Index(fields=("member", "-changed_at"), name="tier_history_of_member")]

    def __str__(self) -> str:
        return f"{self.get_tier_display()} ({self.source})"


def _count(title: Any) -> models.PositiveIntegerField[Any, int]:
    """0 in the database too, so that a row can be made with ``dirty_at`` alone."""
    return models.PositiveIntegerField(title, default=0, db_default=0)


def _spend(title: Any) -> models.DecimalField[Any, Decimal]:
    return models.DecimalField(title, max_digits=16, decimal_places=3, default=0, db_default=0)


class MemberFeatures(models.Model):
    """What one member's orders add up to at ``as_of``; recomputed by a task when ``dirty_at`` is set."""

    member = models.OneToOneField(
        Member, models.CASCADE, primary_key=True, related_name="features", verbose_name=_("member")
    )
    as_of = models.DateTimeField(_("as of"), null=True, blank=True)
    dirty_at = models.DateTimeField(_("changed since"), null=True, blank=True)
    first_order_at = models.DateTimeField(_("first order"), null=True, blank=True)
    last_order_at = models.DateTimeField(_("last order"), null=True, blank=True)
    orders_total = _count(_("orders, ever"))
    orders_7d = _count(_("orders, 7 days"))
    orders_30d = _count(_("orders, 30 days"))
    orders_60d = _count(_("orders, 60 days"))
    orders_90d = _count(_("orders, 90 days"))
    orders_365d = _count(_("orders, 365 days"))
    spend_total = _spend(_("spend, ever"))
    spend_7d = _spend(_("spend, 7 days"))
    spend_30d = _spend(_("spend, 30 days"))
    spend_60d = _spend(_("spend, 60 days"))
    spend_90d = _spend(_("spend, 90 days"))
    spend_365d = _spend(_("spend, 365 days"))
    gap_days_median = models.FloatField(_("median days between orders"), null=True, blank=True)
    rfm_recency = models.PositiveSmallIntegerField(_("RFM recency"), null=True, blank=True)
    rfm_frequency = models.PositiveSmallIntegerField(_("RFM frequency"), null=True, blank=True)
    rfm_monetary = models.PositiveSmallIntegerField(_("RFM monetary"), null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("member's figures"), _("members' figures")
        constraints = [
            models.CheckConstraint(
                condition=Q(rfm_recency=None) | Q(rfm_recency__range=(1, 5)), name="features_recency_1_to_5"
            ),
            models.CheckConstraint(
                condition=Q(rfm_frequency=None) | Q(rfm_frequency__range=(1, 5)),
                name="features_frequency_1_to_5",
            ),
            models.CheckConstraint(
                condition=Q(rfm_monetary=None) | Q(rfm_monetary__range=(1, 5)),
                name="features_monetary_1_to_5",
            ),
        ]
        indexes = [
            models.Index(fields=("dirty_at",), name="features_dirty", condition=Q(dirty_at__isnull=False)),
            models.Index(fields=("last_order_at",), name="features_last_order"),
        ]

    def __str__(self) -> str:
        return str(self.member_id)
