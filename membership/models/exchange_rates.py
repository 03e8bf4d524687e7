"""What other currencies are worth in the shop's, day by day, and what an order comes to in it.

An order keeps its own currency and amounts. Beside them stands ``shop_rate``, the rate of the day on which it
was placed, from which the database itself works out ``shop_total``: no writer can forget it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.sql.compiler import SQLCompiler
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from membership.cleaning.words import MINOR_DIGITS
from membership.models.fields import currency
from membership.models.shop import the_shop

MAX_AGE_DAYS = 10
"""A rate holds on its day and so many days after it: over weekends and holidays, not for ever."""
RATE_DECIMALS = 10
ONE = Decimal(1)
Rates = dict[str, tuple[list[date], list[Decimal]]]


class ExchangeRate(models.Model):
    """One unit of ``currency`` was worth ``rate`` units of the shop's currency on ``day``.

    ``is_pending``: the orders it concerns may not have it yet (``membership.currencies.filling``).
    """

    day = models.DateField(_("day"))
    currency = currency(verbose_name=_("currency"))
    rate = models.DecimalField(_("rate"), max_digits=20, decimal_places=RATE_DECIMALS)
    source = models.CharField(_("source"), max_length=40, blank=True)
    changed_at = models.DateTimeField(_("changed"), default=timezone.now)
    is_pending = models.BooleanField(_("waits for its orders"), default=True, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("exchange rate"), _("exchange rates")
        ordering = ("-day", "currency")
        constraints = [
            models.UniqueConstraint(fields=("currency", "day"), name="exchange_rate_of_day"),
            models.CheckConstraint(condition=Q(rate__gt=0), name="exchange_rate_positive"),
        ]
        indexes = [
            models.Index(fields=("-day", "currency"), name="exchange_rate_newest"),
            models.Index(fields=("changed_at",), name="exchange_rate_pending", condition=Q(is_pending=True)),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.currency} {self.rate.normalize():f}"


@dataclass(frozen=True)
class RateTable:
    """Rates in memory: for each currency its days, ascending, and the rates of these days."""

    rates: Rates = field(default_factory=dict)

    @classmethod
    def load(cls, *, currencies: Iterable[str], first: date, last: date) -> RateTable:
        """All that may concern orders placed on the days from ``first`` to ``last``, in one query."""
        rows = ExchangeRate.objects.filter(
            currency__in=set(currencies), day__gte=first - timedelta(days=MAX_AGE_DAYS), day__lte=last
        )
        table: Rates = {}
        for code, day, rate in rows.order_by("day").values_list("currency", "day", "rate"):
            days, rates = table.setdefault(code, ([], []))
            days.append(day)
            rates.append(rate)
        return cls(table)

    def rate_on(self, code: str, day: date) -> Decimal | None:
        """The latest on or before ``day`` that is at most MAX_AGE_DAYS old; 1 for the shop's own currency."""
        if code == the_shop().currency:
            return ONE
        days, rates = self.rates.get(code, ([], []))
        place = bisect_right(days, day) - 1
        if place < 0 or (day - days[place]).days > MAX_AGE_DAYS:
            return None
        return rates[place]


def shop_digits(code: str) -> int | None:
    """To how many decimals an amount in ``code`` is rounded in the shop's currency; None: it is exact."""
    shop = the_shop().currency
    return None if code == shop else MINOR_DIGITS.get(shop, 2)


def day_in_shop(moment: datetime) -> date:
    return moment.astimezone(the_shop().zone).date()


class ShopRateField(models.DecimalField):  # type: ignore[type-arg]  # not generic when it runs
    """The rate of an order's day; set whenever the whole order is saved, with ``shop_digits``.

    NULL: the order is in a currency without a rate, and no sum counts its amount.
    """

    def pre_save(self, model_instance: Any, add: bool) -> Decimal | None:
        code, day = model_instance.currency, day_in_shop(model_instance.placed_at)
        table = RateTable()
        if code != the_shop().currency:
            table = RateTable.load(currencies=[code], first=day, last=day)
        rate = table.rate_on(code, day)
        model_instance.shop_rate, model_instance.shop_digits = rate, shop_digits(code)
        return rate


class InShopCurrency(models.Func):
    """An amount times a rate, rounded half up to so many decimals; NULL without a rate.

    ``InShopCurrency("total", "shop_rate", "shop_digits")``. SQLite multiplies floats, where a half may lie
    just below itself: the factor lifts it by less than the last digit of any rate.
    """

    arity = 3
    output_field = models.DecimalField(max_digits=20, decimal_places=3, null=True)

    def as_sql(  # type: ignore[override]  # no template: the three parts do not stand in a row
        self, compiler: SQLCompiler, connection: Any, lift: str = "", **context: Any
    ) -> tuple[str, list[Any]]:
        compiled = [compiler.compile(part) for part in self.get_source_expressions()]
        amount, rate, digits = (sql for sql, _parameters in compiled)
        sql = f"ROUND({amount} * {rate}{lift}, COALESCE({digits}, 3))"
        return sql, [value for _sql, parameters in compiled for value in parameters]

    def as_sqlite(  # type: ignore[override]  # see above
        self, compiler: SQLCompiler, connection: Any, **context: Any
    ) -> tuple[str, list[Any]]:
        return self.as_sql(compiler, connection, lift=" * 1.00000000000001", **context)


class CountedInShopCurrency(models.Model):
    """What has a total, a currency and a day, and comes to something in the shop's currency.

    ``shop_total`` is at the rate of that day; NULL while there is none, and sums then leave the row out.
    """

    shop_rate = ShopRateField(
        _("rate to the shop's currency"),
        max_digits=20,
        decimal_places=RATE_DECIMALS,
        null=True,
        editable=False,
    )
    shop_digits = models.PositiveSmallIntegerField(null=True, editable=False)
    shop_total = models.GeneratedField(
        expression=InShopCurrency("total", "shop_rate", "shop_digits"),
        output_field=models.DecimalField(max_digits=20, decimal_places=3, null=True),
        db_persist=True,
        verbose_name=_("total in the shop's currency"),
    )

    class Meta:
        abstract = True

    def in_shop_currency(self, amount: Decimal) -> Decimal | None:
        """An amount of this order as ``InShopCurrency`` works it out; None without a rate."""
        rate: Decimal | None = self.shop_rate
        if rate is None:
            return None
        digits = 3 if self.shop_digits is None else self.shop_digits
        return (amount * rate).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
