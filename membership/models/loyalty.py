"""Loyalty points: what was given in lots, every movement of them, what they were exchanged for."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from membership.models.fields import currency, money, not_negative


class PointsLotQuerySet(models.QuerySet["PointsLot"]):
    def open(self) -> Self:
        return self.filter(remaining__gt=0)

    def alive_at(self, at: datetime) -> Self:
        """Not expired at ``at``; they may still be pending."""
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=at))

    def available_at_moment(self, at: datetime) -> Self:
        return self.alive_at(at).filter(Q(available_at=None) | Q(available_at__lte=at))

    def first_to_expire(self) -> Self:
        return self.order_by(F("expires_at").asc(nulls_last=True), "earned_at", "id")


class PointsLot(models.Model):
    """Points that were given together and expire together.

    ``remaining`` is the sum of the lot's entries: the database adds each entry to it when it is written and
    refuses one that takes more than is left. Points are pending until ``available_at``.
    """

    class Source(models.TextChoices):
        ORDER = "order", _("Order")
        BIRTHDAY = "birthday", _("Birthday")
        STAFF = "staff", _("Given by staff")
        RETURNED = "returned", _("Returned")
        IMPORT = "import", _("Imported")

    member = models.ForeignKey(
        "membership.Member", models.CASCADE, related_name="points_lots", verbose_name=_("member")
    )
    source = models.CharField(_("source"), max_length=10, choices=Source.choices)
    order = models.ForeignKey(
        "membership.Order",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="points_lots",
        verbose_name=_("order"),
    )
    occasion = models.CharField(_("occasion"), max_length=60, blank=True)
    remaining = models.IntegerField(_("remaining"), default=0, db_default=0)
    earned_at = models.DateTimeField(_("earned"), default=timezone.now)
    available_at = models.DateTimeField(_("pending until"), null=True, blank=True)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)

    objects = PointsLotQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("points lot"), _("points lots")
        ordering = ("-earned_at", "-id")
        constraints = [
            models.CheckConstraint(condition=Q(remaining__gte=0), name="points_lot_not_negative"),
            models.CheckConstraint(
                condition=Q(source__in=("order", "birthday", "staff", "returned", "import")),
                name="points_lot_source_known",
            ),
            models.CheckConstraint(
                condition=Q(expires_at=None) | Q(available_at=None) | Q(expires_at__gt=F("available_at")),
                name="points_lot_expires_later",
            ),
            models.UniqueConstraint(
                fields=("order", "member"), condition=Q(source="order"), name="points_lot_once_per_order"
            ),
            models.UniqueConstraint(
                fields=("member", "occasion"), condition=~Q(occasion=""), name="points_lot_once_per_occasion"
            ),
        ]
        indexes = [
            models.Index(fields=("member", "expires_at"), name="points_lot_of_member"),
            models.Index(
                fields=("expires_at",),
                name="points_lot_expiring",
                condition=Q(remaining__gt=0, expires_at__isnull=False),
            ),
            models.Index(
                fields=("available_at",),
                name="points_lot_pending",
                condition=Q(remaining__gt=0, available_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_source_display()}: {self.remaining}"


class Coupon(models.Model):
    """An amount, or a percentage of the products, off an order: bought with points, or given by a campaign or
    by staff.

    It is used once: ``order`` and ``used_at`` say where and when, ``applied`` how much it took off there. A
    *shared* code (``uses_allowed``) is used by several members, each once: every use is a coupon of its own
    that names it in ``shared``, and ``uses`` counts those that stand.
    """

    class Source(models.TextChoices):
        POINTS = "points", _("Points")
        CAMPAIGN = "campaign", _("Campaign")
        STAFF = "staff", _("Staff")

    code = models.CharField(_("code"), max_length=60, unique=True)
    source = models.CharField(_("source"), max_length=10, choices=Source.choices)
    member = models.ForeignKey(
        "membership.Member",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="coupons",
        verbose_name=_("member"),
    )
    amount = money(verbose_name=_("amount"))
    currency = currency(verbose_name=_("currency"))
    percent = models.DecimalField(
        _("percent"),
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("Of what the products cost, instead of an amount."),
    )
    uses_allowed = models.PositiveIntegerField(
        _("uses allowed"),
        null=True,
        blank=True,
        help_text=_("By different members, each once. Empty: one member uses it, once."),
    )
    uses = models.PositiveIntegerField(_("uses"), default=0, db_default=0, editable=False)
    shared = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="used_as",
        verbose_name=_("use of the code"),
    )
    points = models.PositiveIntegerField(_("points"), default=0)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    order = models.ForeignKey(
        "membership.Order",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="coupons",
        verbose_name=_("order"),
    )
    used_at = models.DateTimeField(_("used"), null=True, blank=True)
    applied = money(verbose_name=_("taken off"), default=Decimal(0))
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("coupon"), _("coupons")
        ordering = ("-created_at", "-id")
        constraints = [
            models.CheckConstraint(
                condition=Q(source__in=("points", "campaign", "staff")),
                name="coupon_source_known",
            ),
            not_negative(fields=("amount", "applied"), name="coupon_amounts_not_negative"),
            models.CheckConstraint(
                condition=Q(applied__lte=F("amount")) | Q(percent__isnull=False),
                name="coupon_applied_in_amount",
            ),
            models.CheckConstraint(
                condition=Q(percent=None) | Q(percent__gt=0, percent__lte=100, amount=0),
                name="coupon_percent_or_amount",
            ),
            models.CheckConstraint(
                condition=Q(uses_allowed=None, uses=0)
                | Q(uses_allowed__gt=0, uses__lte=F("uses_allowed"), member=None, order=None),
                name="coupon_uses_in_allowed",
            ),
            models.CheckConstraint(
                condition=Q(used_at=None) | Q(withdrawn_at=None), name="coupon_used_or_withdrawn"
            ),
            models.CheckConstraint(
                condition=~Q(source="points") | Q(points__gt=0, member__isnull=False),
                name="coupon_of_points_has_points",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class PointsEntryQuerySet(models.QuerySet["PointsEntry"]):
    def counting_at(self, at: datetime) -> Self:
        """Movements whose points count at ``at``: neither to come, nor pending, nor expired."""
        return self.filter(
            Q(available_at=None) | Q(available_at__lte=at),
            Q(expires_at=None) | Q(expires_at__gt=at),
            occurred_at__lte=at,
        )


class PointsEntry(models.Model):
    """One movement of loyalty points. Never changed; a correction is another entry.

    A movement of a lot bears the lot's own ``available_at`` and ``expires_at``: what was spent leaves the
    balance together with the points that it took. Entries without a lot are debt (below zero) and what paid
    it.
    """

    class Kind(models.TextChoices):
        EARNED = "earned", _("Earned")
        GIVEN = "given", _("Given")
        TAKEN = "taken", _("Taken")
        REDEEMED = "redeemed", _("Redeemed")
        RETURNED = "returned", _("Returned")
        TAKEN_BACK = "taken_back", _("Taken back")
        EXPIRED = "expired", _("Expired")
        DEBT_PAID = "debt_paid", _("Debt paid")
        IMPORTED = "imported", _("Imported")

    member = models.ForeignKey(
        "membership.Member", models.CASCADE, related_name="points", verbose_name=_("member")
    )
    lot = models.ForeignKey(
        PointsLot, models.CASCADE, null=True, blank=True, related_name="entries", verbose_name=_("points lot")
    )
    kind = models.CharField(
        _("kind"), max_length=10, choices=Kind.choices, default=Kind.GIVEN, db_default=Kind.GIVEN
    )
    points = models.IntegerField(_("points"))
    reason = models.CharField(_("reason"), max_length=80)
    by = models.CharField(_("by"), max_length=40, blank=True, default="", db_default="")
    order = models.ForeignKey(
        "membership.Order",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="points",
        verbose_name=_("order"),
    )
    coupon = models.ForeignKey(
        Coupon, models.SET_NULL, null=True, blank=True, related_name="entries", verbose_name=_("coupon")
    )
    occurred_at = models.DateTimeField(_("when"), default=timezone.now)
    available_at = models.DateTimeField(_("pending until"), null=True, blank=True)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)

    objects = PointsEntryQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("points entry"), _("points entries")
        ordering = ("-occurred_at", "-id")
        constraints = [
            models.CheckConstraint(condition=~Q(points=0), name="points_not_zero"),
            models.CheckConstraint(
                condition=Q(
                    kind__in=(
                        "earned",
                        "given",
                        "taken",
                        "redeemed",
                        "returned",
                        "taken_back",
                        "expired",
                        "debt_paid",
                        "imported",
                    )
                ),
                name="points_kind_known",
            ),
            models.CheckConstraint(
                condition=Q(expires_at=None)
                | Q(expires_at__gt=F("occurred_at"))
                | Q(kind__in=("expired", "taken_back")),
                name="points_expire_later",
            ),
        ]
        indexes = [
            models.Index(fields=("member", "-occurred_at"), name="points_of_member"),
            models.Index(
                fields=("expires_at",), name="points_expiring", condition=Q(expires_at__isnull=False)
            ),
            models.Index(fields=("member",), name="points_owed", condition=Q(lot=None)),
        ]

    def __str__(self) -> str:
        return f"{self.points:+d} ({gettext(self.reason) if self.reason else '–'})"


class PointsNotice(models.Model):
    """A member is to be told that points expire on a day of the shop's calendar."""

    member = models.ForeignKey(
        "membership.Member", models.CASCADE, related_name="points_notices", verbose_name=_("member")
    )
    expires_on = models.DateField(_("expires on"))
    points = models.PositiveIntegerField(_("points"))
    noticed_at = models.DateTimeField(_("noticed"), default=timezone.now)

    class Meta:
        verbose_name, verbose_name_plural = _("expiry notice"), _("expiry notices")
        ordering = ("expires_on", "id")
        constraints = [
            models.UniqueConstraint(fields=("member", "expires_on"), name="points_notice_once"),
        ]

    def __str__(self) -> str:
        return f"{self.points} · {self.expires_on}"
