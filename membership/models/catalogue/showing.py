"""To whom a product may be shown, how soon it is bought again, and what it earns."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from membership.cleaning.values import Unclean, clean_codes, clean_country, clean_language
from membership.models.fields import money

OLDEST_MIN_AGE = 120
MOST_BUY_AGAIN_DAYS = 3_650
LONGEST_COUNTRIES = 800
LONGEST_LANGUAGES = 200
ONCE = 0
"""As ``buy_again_days``: bought once, and never offered again."""
MARK_FIELDS = ("min_age", "countries", "languages", "buy_again_days")
"""What callers who may read a product may read of this; storefronts need it."""
SECRET_FIELDS = ("cost",)
"""What only the shop's staff may read: never in an answer to a member or a storefront."""


class ShownTo(models.Model):
    """The marks of a product that decide who may be shown it, and the cost that its margin follows from.

    ``countries`` and ``languages`` are codes with commas between, as ``AT,DE``; empty: everywhere, everybody.
    ``buy_again_days``: None is what the shop's own orders teach, 0 once, N not before N days.
    """

    cost = money(
        verbose_name=gettext_lazy("cost"),
        null=True,
        blank=True,
        help_text=gettext_lazy(
            "What the shop pays for one, in the product's currency. Only staff ever see it."
        ),
    )
    min_age = models.PositiveSmallIntegerField(
        gettext_lazy("from age"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(OLDEST_MIN_AGE)],
        help_text=gettext_lazy(
            "In years: shown only to members known to be as old. Empty: as its category says; 0: everybody."
        ),
    )
    countries = models.CharField(
        gettext_lazy("only in countries"),
        max_length=LONGEST_COUNTRIES,
        blank=True,
        default="",
        db_default="",
        help_text=gettext_lazy("ISO 3166 codes with commas between, such as AT,DE. Empty: everywhere."),
    )
    languages = models.CharField(
        gettext_lazy("only in languages"),
        max_length=LONGEST_LANGUAGES,
        blank=True,
        default="",
        db_default="",
        help_text=gettext_lazy(
            "Languages with commas between, such as de,fr: shown only to who speaks one. Empty: to everybody."
        ),
    )
    buy_again_days = models.PositiveSmallIntegerField(
        gettext_lazy("bought again after"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(MOST_BUY_AGAIN_DAYS)],
        help_text=gettext_lazy(
            "In days: not offered again before. 0: bought once, never offered again. Empty: as learned from "
            "the shop's orders."
        ),
    )

    class Meta:
        abstract = True

    def clean(self) -> None:
        """Write the codes in one form, and report those that are none at their field."""
        super().clean()
        errors = {}
        kinds: tuple[tuple[str, Callable[[object], str | None], int], ...] = (
            ("countries", clean_country, LONGEST_COUNTRIES),
            ("languages", clean_language, LONGEST_LANGUAGES),
        )
        for name, clean, longest in kinds:
            try:
                codes = clean_codes(getattr(self, name), clean=clean, max_length=longest)
                setattr(self, name, codes or "")
            except Unclean:
                errors[name] = _("Give known codes with commas between.")
        if errors:
            raise ValidationError(errors)

    @property
    def margin_share(self) -> float | None:
        """The part of the price that the shop keeps, 0..1; None where the cost is not known."""
        price: Decimal = self.price  # type: ignore[attr-defined]  # of the product
        if self.cost is None or not price:
            return None
        return float(min(max((price - self.cost) / price, Decimal(0)), Decimal(1)))


def shown_to_constraints() -> list[models.BaseConstraint]:
    """What the database refuses of these fields."""
    return [
        models.CheckConstraint(condition=Q(cost=None) | Q(cost__gte=0), name="product_cost_not_negative"),
        models.CheckConstraint(
            condition=Q(min_age=None) | Q(min_age__lte=OLDEST_MIN_AGE), name="product_min_age_possible"
        ),
        models.CheckConstraint(
            condition=Q(buy_again_days=None) | Q(buy_again_days__lte=MOST_BUY_AGAIN_DAYS),
            name="product_buy_again_possible",
        ),
    ]
