"""Filters of moments."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.core.exceptions import ValidationError

from membership.access.filters import MomentField


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-02T12:00:00+08:00", datetime(2026, 3, 2, 4, tzinfo=UTC)),
        ("2026-03-02T12:00:00Z", datetime(2026, 3, 2, 12, tzinfo=UTC)),
        ("2026-03-02T12:00:00+23:59", datetime(2026, 3, 1, 12, 1, tzinfo=UTC)),
    ],
)
def test_a_moment_is_compared_in_utc(text, moment) -> None:
    cleaned = MomentField().clean(text)

    assert cleaned == moment
    assert cleaned.utcoffset() == moment.utcoffset()


def test_no_moment_is_no_filter() -> None:
    assert MomentField(required=False).clean("") is None


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00", "soon"])
def test_a_moment_outside_the_calendar_is_refused(text) -> None:
    with pytest.raises(ValidationError):
        MomentField().clean(text)
