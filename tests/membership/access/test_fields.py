"""Input fields that clean as an import does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from django.utils import timezone
from freezegun import freeze_time
from rest_framework.serializers import ValidationError

from membership.access.fields import MESSAGES, Cleaned, LaterMoment, Moment, PastDay
from membership.cleaning.values import clean_country, clean_email, clean_key, clean_phone

NOW = "2026-03-02T12:00:00Z"


def refused(field, value: str) -> str:
    with pytest.raises(ValidationError) as caught:
        field.run_validation(value)
    return str(caught.value)


def test_text_comes_in_clean() -> None:
    assert Cleaned(clean_email).run_validation(" ANN@Example.com") == "ann@example.com"
    assert Cleaned(clean_country).run_validation("Germany") == "DE"


def test_a_word_for_nothing_is_empty_text() -> None:
    assert Cleaned(clean_country).run_validation("n/a") == ""


@pytest.mark.parametrize(
    ("clean", "value", "message"),
    [
        (clean_email, "ann", "an example is ann@example.com"),
        (clean_country, "Narnia", "use ISO 3166"),
        (partial(clean_phone, region="US"), "1", "an example is +14155550123"),
        (partial(clean_key, max_length=3), "long", "too long"),
        (partial(clean_key, max_length=3), "a\nb", "cannot be used"),
    ],
)
def test_what_cannot_be_cleaned_is_refused_with_what_is_right(clean, value, message) -> None:
    assert message in refused(Cleaned(clean), value)


def test_every_message_gives_an_example_or_a_limit() -> None:
    assert all(len(str(message)) > 10 for message in MESSAGES.values())


@freeze_time(NOW)
@pytest.mark.parametrize(
    ("value", "utc"),
    [
        ("2026-03-02T12:00:00+08:00", datetime(2026, 3, 2, 4, tzinfo=UTC)),
        ("2026-03-02T12:04:00Z", datetime(2026, 3, 2, 12, 4, tzinfo=UTC)),  # the caller's clock is ahead
        ("1900-01-01T00:00:00Z", datetime(1900, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_moment_is_stored_in_utc(value, utc) -> None:
    assert Moment().run_validation(value) == utc


@freeze_time(NOW)
@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("2026-03-02T12:06:00Z", "future"),
        ("1899-12-31T23:59:59Z", "before 1900"),
        ("9999-12-31T23:00:00", "not a valid date or time"),
        ("9999-12-31T23:59:59-12:00", "out of range"),
        ("tomorrow", "wrong format"),
    ],
)
def test_an_impossible_moment_is_refused(settings, value, message) -> None:
    settings.TIME_ZONE = "America/New_York"
    assert message in refused(Moment(), value)


@freeze_time(NOW)
def test_a_later_moment_lies_ahead_within_a_hundred_years() -> None:
    tomorrow = timezone.now() + timedelta(days=1)

    assert LaterMoment().run_validation(tomorrow.isoformat()) == tomorrow
    for value in (timezone.now(), timezone.now() + timedelta(days=36_526)):
        assert "hundred years" in refused(LaterMoment(), value.isoformat())


@freeze_time("2026-03-02T17:00:00Z")
def test_a_past_day_ends_with_today_in_the_shops_zone(settings) -> None:
    settings.TIME_ZONE = "Asia/Shanghai"

    assert str(PastDay().run_validation("2026-03-03")) == "2026-03-03"
    assert "between 1900 and today" in refused(PastDay(), "2026-03-04")
    assert "between 1900 and today" in refused(PastDay(), "1899-12-31")
