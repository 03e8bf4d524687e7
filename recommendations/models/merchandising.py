"""Rules by which staff change lists."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from recommendations.models.lists import Surface

MOST_PLACES = 50
MOST_BOOST = 100.0
MOST_MARGIN_WEIGHT = 10.0


class MerchandisingRuleQuerySet(models.QuerySet["MerchandisingRule"]):
    def valid(self, *, at: datetime) -> Self:
        """Rules that are switched on and within their dates at the moment ``at``."""
        began = Q(starts_at=None) | Q(starts_at__lte=at)
        not_over = Q(ends_at=None) | Q(ends_at__gt=at)
        return self.filter(began & not_over, is_active=True)


class MerchandisingRule(models.Model):
    """What staff want shown, or not shown, whatever a model scores.

    Exactly one of ``product`` and ``category`` names the target; a category means it and all below it. A rule
    about margins is about a category, or without one about all products.
    Rules count on every surface unless ``surface`` names one, and for everybody unless ``segment`` is set.
    """

    class Action(models.TextChoices):
        PIN = "pin", _("Pin to a place")
        BOOST = "boost", _("Show more")
        BURY = "bury", _("Show less")
        HIDE = "hide", _("Never show")
        CAP = "cap", _("Show at most so many")
        MARGIN = "margin", _("Prefer what earns more")

    name = models.CharField(_("name"), max_length=80)
    action = models.CharField(_("action"), max_length=6, choices=Action.choices)
    product = models.ForeignKey(
        "membership.Product",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("product"),
    )
    category = models.ForeignKey(
        "membership.Category",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("category"),
        help_text=_("This category and all below it."),
    )
    surface = models.CharField(
        _("surface"),
        max_length=12,
        choices=Surface.choices,
        blank=True,
        help_text=_("Everywhere, unless one is chosen."),
    )
    segment = models.ForeignKey(
        "membership.Segment",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("segment"),
        help_text=_("Only for its members; for everybody, unless one is chosen."),
    )
    amount = models.FloatField(
        _("amount"),
        null=True,
        blank=True,
        help_text=_(
            "Pin: the place, 1 is the first. Show more or less: the factor on the score, such as 2. "
            "Show at most: how many. Prefer what earns more: the weight, such as 0.5; a score is multiplied "
            "by 1 + weight × the margin as a part of the price."
        ),
    )
    starts_at = models.DateTimeField(_("from"), null=True, blank=True)
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)
    is_active = models.BooleanField(_("switched on"), default=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    objects = MerchandisingRuleQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("merchandising rule"), _("merchandising rules")
        ordering = ("name", "id")
        constraints = [
            models.CheckConstraint(
                condition=Q(action__in=("pin", "boost", "bury", "hide", "cap", "margin")),
                name="merchandising_action_known",
            ),
            models.CheckConstraint(
                condition=Q(surface__in=("", *Surface.values)), name="merchandising_surface_known"
            ),
            models.CheckConstraint(
                condition=(Q(product__isnull=False, category__isnull=True) & ~Q(action="margin"))
                | Q(product__isnull=True, category__isnull=False)
                | Q(action="margin", product=None),
                name="merchandising_one_target",
            ),
            models.CheckConstraint(
                condition=Q(starts_at=None) | Q(ends_at=None) | Q(ends_at__gt=models.F("starts_at")),
                name="merchandising_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(action="hide", amount=None)
                | (Q(action__in=("boost", "bury")) & Q(amount__gt=1))
                | (Q(action__in=("pin", "cap", "margin")) & Q(amount__gte=0)),
                name="merchandising_amount_fits",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Report what the database would refuse, at the field to correct."""
        errors: dict[str, str] = {}
        if self.action == self.Action.MARGIN:
            if self.product_id is not None:
                errors["product"] = gettext("Margins are compared: choose a category, or nothing for all.")
        elif (self.product_id is None) == (self.category_id is None):
            errors["product"] = gettext("Choose either a product or a category.")
        if self.action == self.Action.PIN and self.category_id is not None:
            errors["category"] = gettext("Only a product can be pinned to a place.")
        if self.action == self.Action.CAP and self.product_id is not None:
            errors["product"] = gettext("Only a category can be shown at most so many times.")
        if message := self._wrong_amount():
            errors["amount"] = message
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            errors["ends_at"] = gettext("The rule would end before it starts.")
        if errors:
            raise ValidationError(errors)

    def _wrong_amount(self) -> str:
        amount = self.amount
        if amount is not None and not math.isfinite(amount):
            return gettext("Give a number.")
        if self.action == self.Action.HIDE:
            return "" if amount is None else gettext("A product that is never shown needs no amount.")
        if self.action in (self.Action.BOOST, self.Action.BURY):
            fits = amount is not None and 1 < amount <= MOST_BOOST
            return "" if fits else gettext("Give a factor above 1, such as 2, and at most 100.")
        if self.action == self.Action.MARGIN:
            fits = amount is not None and 0 <= amount <= MOST_MARGIN_WEIGHT
            return "" if fits else gettext("Give a weight from 0 to 10, such as 0.5.")
        lowest = 1 if self.action == self.Action.PIN else 0
        fits = amount is not None and amount == int(amount) and lowest <= amount <= MOST_PLACES
        return (
            ""
            if fits
            else gettext("Give a whole number from %(low)d to %(high)d.")
            % {
                "low": lowest,
                "high": MOST_PLACES,
            }
        )
