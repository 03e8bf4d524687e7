"""How the shop's points work, by which rules they are earned and tiers are reached, and what came of them."""

from __future__ import annotations

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from membership.models.fields import money, not_negative
from membership.models.members import Tier


class LoyaltyProgram(models.Model):
    """How the shop's points work: one row, with ``pk`` 1."""

    point_value = models.DecimalField(
        _("value of a point"),
        max_digits=10,
        decimal_places=4,
        default=Decimal(0),
        validators=[MinValueValidator(0)],
        help_text=_("In the shop's currency. 0: points cannot be redeemed."),
    )
    smallest_redemption = models.PositiveIntegerField(
        _("smallest redemption"), default=1, validators=[MinValueValidator(1)], help_text=_("In points.")
    )
    return_days = models.PositiveSmallIntegerField(
        _("return window"),
        default=14,
        help_text=_("In days. Points of an order are pending until it has passed."),
    )
    life_days = models.PositiveSmallIntegerField(
        _("life of points"), default=365, help_text=_("In days, once they are available. 0: without end.")
    )
    returned_life_days = models.PositiveSmallIntegerField(
        _("life of returned points"),
        default=30,
        validators=[MinValueValidator(1)],
        help_text=_("In days, where the points had expired since they were redeemed."),
    )
    coupon_days = models.PositiveSmallIntegerField(
        _("life of coupons"), default=30, validators=[MinValueValidator(1)], help_text=_("In days.")
    )
    imported_from = models.DateField(
        _("imported orders earn from"),
        null=True,
        blank=True,
        help_text=_("Orders of files and connected shops placed on this day or later earn. Empty: none do."),
    )
    notice_days = models.PositiveSmallIntegerField(
        _("notice of expiry"), default=30, help_text=_("In days before points expire.")
    )

    class Meta:
        verbose_name, verbose_name_plural = _("points program"), _("points program")
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="loyalty_program_single"),
            not_negative(fields=("point_value",), name="loyalty_point_value_not_negative"),
        ]

    def __str__(self) -> str:
        return str(_("points program"))

    @classmethod
    def current(cls) -> LoyaltyProgram:
        """The stored row, or the defaults where nobody has saved one."""
        return cls.objects.filter(pk=1).first() or cls(pk=1)


class EarningRuleQuerySet(models.QuerySet["EarningRule"]):
    def in_force(self, at: datetime) -> Self:
        still = Q(ends_at=None) | Q(ends_at__gt=at)
        return self.filter(still, is_active=True, starts_at__lte=at)


class EarningRule(models.Model):
    """One way to earn points.

    Of several rates the highest counts for a line; all factors that fit multiply it; fixed points are added.
    """

    class Kind(models.TextChoices):
        RATE = "rate", _("Points for each unit of currency")
        FACTOR = "factor", _("Multiplies the points of lines")
        ORDER = "order", _("Fixed points for an order")
        FIRST_ORDER = "first_order", _("Fixed points for the first order")
        BIRTHDAY = "birthday", _("Fixed points on the birthday")

    public_id = models.UUIDField(_("public id"), default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=60)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    value = models.DecimalField(
        _("value"),
        max_digits=10,
        decimal_places=4,
        validators=[MinValueValidator(Decimal("0.0001")), MaxValueValidator(Decimal(100_000))],
        help_text=_("Points for each unit of the shop's currency, the factor, or the number of points."),
    )
    category = models.ForeignKey(
        "membership.Category",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="earning_rules",
        verbose_name=_("category"),
        help_text=_("Only for products of it and of what lies below it."),
    )
    tier = models.CharField(
        _("tier"), max_length=10, choices=Tier.choices, blank=True, help_text=_("Only for its members.")
    )
    smallest_order = money(verbose_name=_("smallest order"), default=Decimal(0))
    starts_at = models.DateTimeField(
        _("from"), default=timezone.now, help_text=_("Orders placed earlier earn nothing by this rule.")
    )
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    objects = EarningRuleQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("earning rule"), _("earning rules")
        ordering = ("kind", "name", "id")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=("rate", "factor", "order", "first_order", "birthday")),
                name="earning_rule_kind_known",
            ),
            models.CheckConstraint(condition=Q(value__gt=0), name="earning_rule_value_positive"),
            models.CheckConstraint(
                condition=Q(tier__in=("", "basic", "silver", "gold", "platinum")),
                name="earning_rule_tier_known",
            ),
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at")), name="earning_rule_ends_later"
            ),
            not_negative(fields=("smallest_order",), name="earning_rule_order_not_negative"),
        ]

    def __str__(self) -> str:
        return self.name


class EarnedLine(models.Model):
    """What one line of an order earned, and by which rules, as they were then.

    ``amount`` is what counted of the line as it was placed, ``points`` what that earned by rate; ``fixed`` is
    the line's share of an order's fixed points. Both are exact; an order's points are the sum, rounded down.
    """

    order = models.ForeignKey(
        "membership.Order", models.CASCADE, related_name="earned_lines", verbose_name=_("order")
    )
    line_no = models.PositiveIntegerField(_("line"))
    product_id = models.BigIntegerField(_("product"))
    amount = models.DecimalField(_("amount"), max_digits=18, decimal_places=6)
    points = models.DecimalField(_("points"), max_digits=20, decimal_places=6)
    fixed = models.DecimalField(_("fixed points"), max_digits=20, decimal_places=6, default=Decimal(0))
    rules = models.JSONField(_("rules"), default=list)
    earned_at = models.DateTimeField(_("earned"), default=timezone.now)

    class Meta:
        verbose_name, verbose_name_plural = _("earned line"), _("earned lines")
        ordering = ("order_id", "line_no")
        constraints = [
            models.UniqueConstraint(fields=("order", "line_no"), name="earned_line_once"),
            not_negative(fields=("amount", "points", "fixed"), name="earned_line_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} #{self.line_no}: {self.points + self.fixed:f}"


class TierRule(models.Model):
    """What a member needs in a period to be of a tier, and how long the tier stays without it."""

    class Measure(models.TextChoices):
        SPEND = "spend", _("Spend in the shop's currency")
        ORDERS = "orders", _("Orders")
        POINTS = "points", _("Points earned")

    public_id = models.UUIDField(_("public id"), default=uuid.uuid4, unique=True, editable=False)
    tier = models.CharField(
        _("tier"), max_length=10, choices=[one for one in Tier.choices if one[0] != Tier.BASIC], unique=True
    )
    measure = models.CharField(_("measure"), max_length=8, choices=Measure.choices)
    threshold = models.DecimalField(
        _("at least"),
        max_digits=14,
        decimal_places=3,
        validators=[MinValueValidator(Decimal("0.001"))],
    )
    period_days = models.PositiveSmallIntegerField(
        _("period"), default=365, validators=[MinValueValidator(1)], help_text=_("In days.")
    )
    grace_days = models.PositiveSmallIntegerField(
        _("grace"), default=30, help_text=_("In days for which a tier stays that is no longer earned.")
    )

    class Meta:
        verbose_name, verbose_name_plural = _("tier rule"), _("tier rules")
        ordering = ("id",)
        constraints = [
            models.CheckConstraint(
                condition=Q(measure__in=("spend", "orders", "points")),
                name="tier_rule_measure_known",
            ),
            models.CheckConstraint(
                condition=Q(tier__in=("silver", "gold", "platinum")), name="tier_rule_tier_known"
            ),
            models.CheckConstraint(condition=Q(threshold__gt=0), name="tier_rule_threshold_positive"),
        ]

    def __str__(self) -> str:
        return str(self.get_tier_display())


class TierStanding(models.Model):
    """Why a member's tier is not what the rules say today: held by hand, or in its days of grace."""

    member = models.OneToOneField(
        "membership.Member",
        models.CASCADE,
        primary_key=True,
        related_name="tier_standing",
        verbose_name=_("member"),
    )
    held_until = models.DateTimeField(_("held until"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=80, blank=True)
    by = models.CharField(_("by"), max_length=40, blank=True)
    below_since = models.DateTimeField(_("not earned since"), null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("tier standing"), _("tier standings")
        indexes = [
            models.Index(fields=("held_until",), name="tier_held", condition=Q(held_until__isnull=False)),
        ]

    def __str__(self) -> str:
        return str(self.member_id)
