"""Template filters for amounts, moments and stored words: ``{% load shop %}``."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django import template

from membership import wording
from membership.models.shop import the_shop

register = template.Library()


@register.filter
def shop_money(amount: Decimal | None) -> str:
    """``{{ alert.priority|shop_money }}``: an amount in the shop's currency."""
    return money(amount, the_shop().currency)


@register.filter
def money(amount: Decimal | None, currency: str) -> str:
    """``{{ order.total|money:order.currency }}``"""
    return "–" if amount is None else wording.money_text(amount, currency)


@register.filter
def days_ago(moment: datetime | None) -> str:
    return "–" if moment is None else wording.days_ago_text(moment)


@register.filter
def moment(value: datetime | None) -> str:
    """Day and minute in the shop's time zone."""
    return "–" if value is None else wording.moment_text(value)


@register.filter
def order_status(stored: str) -> str:
    """paid → "Paid" """
    from membership.models import Order

    return str(dict(Order.Status.choices).get(stored, stored))


@register.filter
def in_words(stored: str) -> str:
    return wording.in_words(stored)


@register.filter
def number(count: int | None) -> str:
    """212000 → "212,000" """
    return "–" if count is None else f"{count:,}"


@register.filter
def percent(fraction: float | None) -> str:
    """0.123 → "12.3 %" """
    return "–" if fraction is None else f"{fraction:.1%}"
