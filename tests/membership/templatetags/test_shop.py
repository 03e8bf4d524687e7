"""Template filters for amounts, moments and stored words."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.template import Context, Template


def rendered(expression: str, **values: object) -> str:
    return Template("{% load shop %}{{ " + expression + " }}").render(Context(values))


@pytest.mark.parametrize(
    ("expression", "value", "text"),
    [
        ("value|money:'USD'", Decimal("9.5"), "$9.50"),
        ("value|moment", datetime(2026, 3, 2, 12, 5, tzinfo=UTC), "2026-03-02 12:05"),
        ("value|number", 212_000, "212,000"),
        ("value|number", 0, "0"),
        ("value|percent", 0.1234, "12.3%"),
        ("value|in_words", "Champions", "Champions"),
    ],
)
def test_a_value_is_written_for_people(settings, expression, value, text) -> None:
    settings.TIME_ZONE = "UTC"
    assert rendered(expression, value=value) == text


@pytest.mark.parametrize("name", ["money:'USD'", "moment", "number", "percent", "days_ago"])
def test_what_is_not_known_is_a_dash(name) -> None:
    assert rendered(f"value|{name}", value=None) == "–"


def test_days_ago_is_counted_from_today() -> None:
    assert rendered("value|days_ago", value=datetime.now(UTC)) == "today"
