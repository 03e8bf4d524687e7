"""Promotions of products, past and planned: what demand forecasts know beside the sales themselves."""

from __future__ import annotations

import math
import uuid
from datetime import date, timedelta
from typing import Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from membership.models.fields import choice_check

LEAST_SHARE = 0.01
MOST_DAYS = 366


class PromotionKind(models.TextChoices):
    MAILER = "mailer", _("Mailer")
    FRONT_PAGE = "front_page", _("Front page of the mailer")
    DISPLAY = "display", _("Display in the store")
    PRICE = "price", _("Price cut")
    ONLINE = "online", _("Banner or newsletter")
    OTHER = "other", _("Other")


class PromotionQuerySet(models.QuerySet["PlannedPromotion"]):
    def touching(self, first: date, last: date) -> Self:
        """Those with a day between ``first`` and ``last``, both included."""
        # none is longer than MOST_DAYS, which bounds the index from below
        return self.filter(
            starts_on__gte=first - timedelta(days=MOST_DAYS), starts_on__lte=last, ends_on__gte=first
        )


class PlannedPromotion(models.Model):
    """One product is promoted in one way on the days ``starts_on`` to ``ends_on``, both included.

    Demand models learn from past ones; planned ones change the forecast of their weeks. ``share`` is
    the part of the shop that takes part: of its stores, or of the visitors who see it.
    """

    public_id = models.UUIDField(_("public id"), default=uuid.uuid4, unique=True, editable=False)
    product = models.ForeignKey(
        "membership.Product",
        models.CASCADE,
        related_name="promotions",
        db_index=False,
        verbose_name=_("product"),
    )
    kind = models.CharField(
        _("kind"), max_length=10, choices=PromotionKind.choices, default=PromotionKind.MAILER
    )
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    share = models.FloatField(
        _("share"),
        default=1.0,
        validators=[MinValueValidator(LEAST_SHARE), MaxValueValidator(1.0)],
        help_text=_("The part of the stores, or of the visitors, that it reaches: 0.01 to 1."),
    )
    note = models.CharField(_("note"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    objects = PromotionQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("promotion"), _("promotions")
        ordering = ("-starts_on", "-id")
        constraints = [
            models.UniqueConstraint(
                fields=("product", "kind", "starts_on"),
                name="promotion_begins_once",
                violation_error_message=_("A promotion of this kind begins on this day already."),
            ),
            choice_check(field="kind", choices=PromotionKind, name="promotion_kind_known"),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="promotion_ends_after_it_starts",
                violation_error_message=_("The last day must not lie before the first."),
            ),
            models.CheckConstraint(
                condition=Q(share__gte=LEAST_SHARE, share__lte=1), name="promotion_share_possible"
            ),
        ]
        indexes = [models.Index(fields=("starts_on", "product"), name="promotion_by_day")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.starts_on}"

    def clean(self) -> None:
        """Longer than a year is a typing mistake; NaN passes the range validators, so it is checked here."""
        if self.share is not None and math.isnan(self.share):
            raise ValidationError({"share": _now("The share must be a number from 0.01 to 1.")})
        if self.starts_on and self.ends_on and (self.ends_on - self.starts_on).days >= MOST_DAYS:
            message = _now("A promotion lasts %d days at most.") % MOST_DAYS
            raise ValidationError({"ends_on": message})
