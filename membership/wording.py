"""Amounts and moments in words, in the reader's language and the shop's time zone."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.numbers import format_currency, format_percent
from django.utils import formats, timezone
from django.utils.translation import get_language, ngettext, to_locale
from django.utils.translation import gettext as _


@lru_cache(maxsize=8)
def _locale(language: str) -> Locale:
    return Locale.parse(to_locale(language))


def money_text(amount: Decimal, currency: str, *, whole: bool = False) -> str:
    """``$1,240.50``; with ``whole`` no cents. Digits and sign follow the currency and the language."""
    locale = _locale(get_language() or "en")
    if whole:
        return format_currency(amount, currency, "¤#,##0", locale=locale, currency_digits=False)
    return format_currency(amount, currency, locale=locale)


def percent_text(share: float) -> str:
    """``34%``: a part of a whole, 0..1."""
    return format_percent(share, locale=_locale(get_language() or "en"))


def days_ago_text(moment: datetime, *, now: datetime | None = None) -> str:
    """ "today", "yesterday", "12 days ago", counted in days of the shop's calendar."""
    days = (timezone.localdate(now) - timezone.localdate(moment)).days
    if days <= 0:
        return _("today")
    if days == 1:
        return _("yesterday")
    return ngettext("%(days)d day ago", "%(days)d days ago", days) % {"days": days}


def month_text(moment: datetime) -> str:
    """ "March 2025" """
    return formats.date_format(timezone.localtime(moment), "YEAR_MONTH_FORMAT")


def moment_text(moment: datetime) -> str:
    """Day and minute, short enough for a table."""
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M")


def in_words(stored: str) -> str:
    """A text that was stored in English, translated when the catalogue knows it, or part by part."""
    return " · ".join(_(part) for part in stored.split(" · ")) if stored else ""
