"""Moments and days."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from membership.cleaning import times as cleaning
from membership.cleaning.text import Unclean

LATEST = datetime(2026, 11, 24, tzinfo=UTC)
NEW_YORK = ZoneInfo("America/New_York")
moment = partial(cleaning.clean_moment, zone=NEW_YORK, latest=LATEST)
FIRST, LAST = datetime.combine(date(1970, 1, 1), time()), datetime.combine(date(2026, 1, 1), time())
day = partial(cleaning.clean_day, latest=LATEST.date())


def why(clean, value) -> str:
    with pytest.raises(Unclean) as caught:
        clean(value)
    return caught.value.code


@pytest.mark.parametrize(
    ("value", "clean"),
    [
        ("2026-03-02T12:00:00+08:00", datetime(2026, 3, 2, 4, tzinfo=UTC)),
        ("2026-03-02 12:00:00 -0500", datetime(2026, 3, 2, 17, tzinfo=UTC)),
        ("2026-03-02T12:00:00Z", datetime(2026, 3, 2, 12, tzinfo=UTC)),
        ("2026-03-02 12:00 UTC", datetime(2026, 3, 2, 12, tzinfo=UTC)),
        ("2026-07-02", datetime(2026, 7, 2, 4, tzinfo=UTC)),
        ("2026-03-08 02:30", datetime(2026, 3, 8, 7, 30, tzinfo=UTC)),  # skipped: 03:30 in summer time
        ("2026-11-01 01:30", datetime(2026, 11, 1, 5, 30, tzinfo=UTC)),  # comes twice: the first one
        (date(2026, 1, 2), datetime(2026, 1, 2, 5, tzinfo=UTC)),
    ],
)
def test_moment(value, clean):
    assert moment(value) == clean


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("2099-01-01", "future"),
        ("1850-01-01", "too_early"),
        ("03/04/2026", "not_a_time"),
        ("1772452800", "not_a_time"),
    ],
)
def test_bad_moment(value, code):
    assert why(moment, value) == code


def test_utc_and_the_shops_zone_are_distinguished():
    assert moment("2026-03-02 12:00 UTC") != moment("2026-03-02 12:00")


@given(
    st.datetimes(
        FIRST,
        LAST,
        timezones=st.sampled_from([UTC, timezone(timedelta(hours=-5)), timezone(timedelta(hours=8))]),
    )
)
def test_a_moment_with_an_offset_is_read_exactly(value):
    assert moment(value.isoformat()) == value


@pytest.mark.parametrize(
    ("value", "clean"),
    [
        ("2026-03-02", date(2026, 3, 2)),
        ("2026/03/02 23:59", date(2026, 3, 2)),
        ("20260302", date(2026, 3, 2)),
        (datetime(2026, 3, 2, 23, tzinfo=UTC), date(2026, 3, 2)),
        ("n/a", None),
    ],
)
def test_day(value, clean):
    assert day(value) == clean


@pytest.mark.parametrize(
    ("value", "code"), [("2026-11-25", "future"), ("1899-12-31", "too_early"), ("2026-02-30", "not_a_time")]
)
def test_an_impossible_day_is_refused(value, code):
    assert why(day, value) == code


def test_a_planned_day_may_lie_ahead_but_not_too_far():
    planned = partial(cleaning.clean_planned_day, latest=date(2027, 1, 1))
    assert planned("2026-12-24") == date(2026, 12, 24)
    assert planned("") is None
    assert why(planned, "2027-01-02") == "too_far_ahead"


def test_a_file_may_be_a_day_ahead_of_our_clock():
    assert cleaning.one_day_after(LATEST) - LATEST == timedelta(days=1)


def test_a_moment_at_the_end_of_the_calendar_is_refused():
    assert why(moment, "9999-12-31T23:59:00-12:00") == "not_a_time"
