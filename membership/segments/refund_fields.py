"""What rules may ask about refunds: how many, and what was paid back for products."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from django.db.models import Case, DecimalField, F, IntegerField, QuerySet, Sum, Value, When
from django.db.models.functions import Greatest
from django.utils.translation import gettext_lazy

from membership.models import Refund
from membership.models.exchange_rates import InShopCurrency
from membership.models.shop import shop_currency
from membership.rules.dates import window_start
from membership.rules.registry import FieldType, Rows, SegmentField, register_field
from membership.rules.sums import exact_sum

AMOUNT = DecimalField(max_digits=20, decimal_places=3)


def register_refund_fields() -> None:
    """Called once, when the app is ready."""
    counts = {
        30: gettext_lazy("refunds, 30 days"),
        90: gettext_lazy("refunds, 90 days"),
        365: gettext_lazy("refunds, 365 days"),
    }
    amounts = {
        30: gettext_lazy("refunded, 30 days"),
        90: gettext_lazy("refunded, 90 days"),
        365: gettext_lazy("refunded, 365 days"),
    }
    for days, title in counts.items():
        name = f"refunds_{days}d"
        register_field(SegmentField(name, title, FieldType.INTEGER, _number(days), missing=0))
    for days, title in amounts.items():
        name = f"refunded_{days}d"
        register_field(
            SegmentField(name, title, FieldType.DECIMAL, _amount(days), unit=shop_currency(), missing=0)
        )


def _refunds(days: int, as_of: datetime) -> QuerySet[Refund]:
    since = window_start(days=days, as_of=as_of)
    return Refund.objects.filter(refunded_at__gte=since, refunded_at__lte=as_of).order_by()


def _number(days: int) -> Callable[[datetime], Rows]:
    """Refunds less those that were taken back."""
    sign = Case(When(goods__gt=0, then=1), When(goods__lt=0, then=-1), default=0, output_field=IntegerField())

    def rows(as_of: datetime) -> Rows:
        of_members = _refunds(days, as_of).values(member_id=F("order__member_id"))
        return of_members.annotate(value=Greatest(Sum(sign), Value(0)))

    return rows


def _amount(days: int) -> Callable[[datetime], Rows]:
    """Of the products, in the shop's currency; an order without a rate adds nothing."""
    goods = InShopCurrency("goods", "order__shop_rate", "order__shop_digits")

    def rows(as_of: datetime) -> Rows:
        of_members = _refunds(days, as_of).values(member_id=F("order__member_id"))
        return of_members.annotate(value=Greatest(exact_sum(goods), Value(Decimal(0)), output_field=AMOUNT))

    return rows
