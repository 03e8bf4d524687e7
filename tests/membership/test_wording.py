"""Amounts and moments in words, in the reader's language and the shop's time zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import translation

from membership.wording import days_ago_text, in_words, moment_text, money_text, month_text


@pytest.mark.parametrize(
    ("language", "currency", "whole", "text"),
    [
        ("en", "USD", False, "$1,240.50"),
        ("en", "USD", True, "$1,240"),
        ("en", "JPY", False, "¥1,240"),
        ("en", "KWD", False, "KWD1,240.500"),
        ("zh-hans", "CNY", False, "¥1,240.50"),
        ("zh-hans", "USD", False, "US$1,240.50"),
    ],
)
def test_amounts_follow_currency_and_language(language, currency, whole, text) -> None:
    with translation.override(language):
        assert money_text(Decimal("1240.5"), currency, whole=whole) == text


@pytest.mark.parametrize(
    ("days", "text"),
    [(-1, "today"), (0, "today"), (1, "yesterday"), (2, "2 days ago"), (400, "400 days ago")],
)
def test_days_ago(noon, days, text) -> None:
    assert days_ago_text(noon - timedelta(days=days), now=noon) == text


def test_yesterday_begins_at_the_shops_midnight(settings) -> None:
    settings.TIME_ZONE = "Asia/Shanghai"
    now = datetime(2026, 3, 2, 16, 30, tzinfo=UTC)  # half past midnight in Shanghai

    assert days_ago_text(now - timedelta(hours=1), now=now) == "yesterday"


def test_a_month_and_a_minute_are_those_of_the_shop(settings) -> None:
    settings.TIME_ZONE = "Asia/Shanghai"
    moment = datetime(2026, 2, 28, 16, 5, tzinfo=UTC)

    assert month_text(moment) == "March 2026"
    assert moment_text(moment) == "2026-03-01 00:05"


def test_stored_english_is_shown_in_the_readers_language_part_by_part() -> None:
    with translation.override("zh-hans"):
        assert in_words("Champions") != "Champions"
        assert in_words("Champions · Acme") == f"{in_words('Champions')} · Acme"
    assert in_words("") == ""
