"""What we expect next: of each member, and of each product."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from membership.models.fields import currency, not_negative

HORIZONS_DAYS = (30, 90, 365)
CHURN_DAYS = 90
"""Churn risk is the probability of no order in this many days."""
SOON_DAYS = 7
HABIT_ORDERS = 3
SLIPPING_FROM, SLIPPING_UNTIL = 0.5, 0.95
BIGGEST = 10**9
"""No count is larger. PostgreSQL calls NaN larger than any number, so the upper bound refuses that too."""


def _share(field: str) -> Q:
    return Q(**{f"{field}__gte": 0, f"{field}__lte": 1})


def _count(field: str) -> Q:
    return Q(**{f"{field}__gte": 0, f"{field}__lt": BIGGEST})


def _all(*conditions: Q) -> Q:
    both = Q()
    for condition in conditions:
        both &= condition
    return both


def _amount(title: Any) -> models.DecimalField[Any, Decimal]:
    return models.DecimalField(title, max_digits=16, decimal_places=3)


class ForecastQuerySet(models.QuerySet["Forecast"]):
    def shown(self) -> Self:
        """Of members whom lists and exports may hold."""
        return self.filter(member__status__in=("active", "frozen"))

    def likely_soon(self) -> Self:
        """Members who will rather order within a week than not."""
        return self.filter(order_chance_7d__gte=0.5)

    def slipping_away(self) -> Self:
        """Members who used to come back, and now will rather not within 90 days: not those long gone.

        Three orders show a habit; beyond a churn risk of 95 % there is no habit left to save.
        """
        return self.filter(
            orders_known__gte=HABIT_ORDERS, churn_risk__gte=SLIPPING_FROM, churn_risk__lt=SLIPPING_UNTIL
        )


class Forecast(models.Model):
    """What one member is expected to do after ``as_of``, given everything known then, the silence included.

    A member without a counted order has no row. Days are days of the shop's calendar; the next order's are
    those by which its chance reaches 10, 50 and 90 %, NULL where it never does. ``chances`` is the member's
    curve, the chance of an order within so many days, as ``{"7": 0.6}``: the other probabilities and those
    days are read from the same curve, so none contradicts another. ``ranges`` says for each horizon where
    orders and spend will be with a probability of 80 %:
    ``{"30": {"orders": [low, high], "spend": [low, high]}}``.
    ``categories`` are the likeliest of the next order, as ``{"category": id, "probability"}``; ``reasons``
    are the strongest behind the churn risk, as ``{"code", "value"}``: words are made where they are shown.
    """

    member = models.OneToOneField(
        "membership.Member",
        models.CASCADE,
        primary_key=True,
        related_name="forecast",
        verbose_name=_("member"),
    )
    as_of = models.DateTimeField(_("as of"))
    scored_at = models.DateTimeField(_("scored"))
    model_version = models.ForeignKey(
        "registry.ModelVersion", models.PROTECT, related_name="+", verbose_name=_("model version")
    )
    last_order_at = models.DateTimeField(_("last order"))
    orders_known = models.PositiveIntegerField(_("orders known"))
    p_active = models.FloatField(_("probability of being active"))
    churn_risk = models.FloatField(_("churn risk"))
    order_chance_7d = models.FloatField(_("probability of an order in 7 days"))
    expected_orders_30d = models.FloatField(_("expected orders, 30 days"))
    expected_orders_90d = models.FloatField(_("expected orders, 90 days"))
    expected_orders_365d = models.FloatField(_("expected orders, 365 days"))
    expected_units_30d = models.FloatField(_("expected units, 30 days"))
    expected_units_90d = models.FloatField(_("expected units, 90 days"))
    expected_units_365d = models.FloatField(_("expected units, 365 days"))
    basket_units = models.FloatField(_("expected units an order"))
    expected_spend_30d = _amount(_("expected spend, 30 days"))
    expected_spend_90d = _amount(_("expected spend, 90 days"))
    expected_spend_365d = _amount(_("expected spend, 365 days"))
    lifetime_value = _amount(_("lifetime value"))
    currency = currency(verbose_name=_("currency"))
    next_order_q10 = models.DateField(_("next order, early"), null=True, blank=True)
    next_order_q50 = models.DateField(_("next order, likely"), null=True, blank=True)
    next_order_q90 = models.DateField(_("next order, late"), null=True, blank=True)
    chances = models.JSONField(_("chances of an order"), default=dict)
    ranges = models.JSONField(_("80-percent ranges"), default=dict)
    categories = models.JSONField(_("likeliest categories"), default=list)
    reasons = models.JSONField(_("reasons"), default=list)

    objects = ForecastQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("forecast"), _("forecasts")
        ordering = ("member_id",)
        permissions = [("export_forecast", _("Can export forecasts"))]
        constraints = [
            models.CheckConstraint(
                condition=_all(_share("p_active"), _share("churn_risk"), _share("order_chance_7d")),
                name="forecast_probabilities_0_to_1",
            ),
            models.CheckConstraint(
                condition=_all(
                    *(
                        _count(f"expected_{figure}_{days}d")
                        for figure in ("orders", "units")
                        for days in HORIZONS_DAYS
                    ),
                    _count("basket_units"),
                ),
                name="forecast_counts_possible",
            ),
            not_negative(
                fields=(
                    "expected_spend_30d", "expected_spend_90d", "expected_spend_365d", "lifetime_value",
                ),
                name="forecast_amounts_not_negative",
            ),
            models.CheckConstraint(
                condition=(Q(next_order_q10=None) | Q(next_order_q50=None))
                | Q(next_order_q10__lte=F("next_order_q50")),
                name="forecast_early_before_likely",
            ),
            models.CheckConstraint(
                condition=(Q(next_order_q50=None) | Q(next_order_q90=None))
                | Q(next_order_q50__lte=F("next_order_q90")),
                name="forecast_likely_before_late",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=("-churn_risk",), name="forecast_churn"),
            models.Index(fields=("-order_chance_7d",), name="forecast_soon"),
            models.Index(fields=("-lifetime_value",), name="forecast_value"),
        ]

    def __str__(self) -> str:
        return str(self.member_id)

    @property
    def is_slipping_away(self) -> bool:
        """As the queryset's ``slipping_away``."""
        return self.orders_known >= HABIT_ORDERS and SLIPPING_FROM <= self.churn_risk < SLIPPING_UNTIL

    def order_chance(self, days: int) -> float | None:
        """The chance of an order within ``days``; None for a number of days that the curve does not hold."""
        chance = self.chances.get(str(days))
        return None if chance is None else float(chance)


class ProductForecast(models.Model):
    """Units of one product that members will buy in one week, which begins on the Monday ``week``."""

    product = models.ForeignKey(
        "membership.Product",
        models.CASCADE,
        related_name="forecasts",
        db_index=False,
        verbose_name=_("product"),
    )
    week = models.DateField(_("week"))
    mean = models.FloatField(_("expected units"))
    q10 = models.FloatField(_("units, low"))
    q25 = models.FloatField(_("units, lower quarter"))
    q50 = models.FloatField(_("units, likely"))
    q75 = models.FloatField(_("units, upper quarter"))
    q90 = models.FloatField(_("units, high"))
    model_version = models.ForeignKey(
        "registry.ModelVersion", models.PROTECT, related_name="+", verbose_name=_("model version")
    )
    as_of = models.DateTimeField(_("as of"))
    scored_at = models.DateTimeField(_("scored"))

    class Meta:
        verbose_name, verbose_name_plural = _("demand forecast"), _("demand forecasts")
        ordering = ("product_id", "week")
        constraints = [
            models.UniqueConstraint(fields=("product", "week"), name="product_forecast_once_a_week"),
            models.CheckConstraint(
                condition=_all(
                    _count("mean"), Q(q10__gte=0), Q(q25__gte=F("q10")), Q(q50__gte=F("q25")),
                    Q(q75__gte=F("q50")), Q(q90__gte=F("q75")), Q(q90__lt=BIGGEST),
                ),
                name="product_forecast_quantiles_in_order",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.product_id} {self.week}"


class StockAdviceQuerySet(models.QuerySet["StockAdvice"]):
    def to_reorder(self) -> Self:
        """Products on sale whose counted stock is at their reorder point or below."""
        return self.filter(product__is_active=True, product__stock__lte=F("reorder_point"))


class StockAdvice(models.Model):
    """When one product should be ordered again, and up to how many; its stock is on the product itself.

    Once the stock falls to ``reorder_point``, an order of ``order_up_to`` less the stock meets what is asked
    for until the delivery after it, with the probability ``service_level``.
    """

    product = models.OneToOneField(
        "membership.Product",
        models.CASCADE,
        primary_key=True,
        related_name="stock_advice",
        verbose_name=_("product"),
    )
    lead_time_days = models.PositiveSmallIntegerField(_("days until a delivery"))
    service_level = models.FloatField(_("service level"))
    weekly_units = models.FloatField(_("expected units a week"))
    reorder_point = models.PositiveIntegerField(_("reorder point"))
    order_up_to = models.PositiveIntegerField(_("order up to"))
    model_version = models.ForeignKey(
        "registry.ModelVersion", models.PROTECT, related_name="+", verbose_name=_("model version")
    )
    as_of = models.DateTimeField(_("as of"))
    scored_at = models.DateTimeField(_("scored"))
    outdated_at = models.DateTimeField(_("outdated since"), null=True, blank=True, editable=False)
    """When something was planned that the figures do not know yet; NULL otherwise."""

    objects = StockAdviceQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("stock advice"), _("stock advice")
        ordering = ("product_id",)
        constraints = [
            models.CheckConstraint(
                condition=Q(service_level__gte=0.5) & Q(service_level__lt=1),
                name="stock_advice_level_possible",
            ),
            models.CheckConstraint(
                condition=_count("weekly_units") & Q(order_up_to__gte=F("reorder_point")),
                name="stock_advice_figures_possible",
            ),
        ]
        indexes = [
            models.Index(
                fields=("outdated_at",), condition=Q(outdated_at__isnull=False), name="stock_advice_outdated"
            )
        ]

    def __str__(self) -> str:
        return str(self.product_id)

    @property
    def quantity(self) -> int:
        """Units to order now; 0 while the stock is above the reorder point, or is not counted."""
        stock = self.product.stock
        return self.order_up_to - stock if stock is not None and stock <= self.reorder_point else 0
