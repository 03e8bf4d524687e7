"""Days of the shop's calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from membership.rules.dates import day_of, end_of, moved, start_of, today, yearly_ranges
from membership.rules.nodes import Relative

DAYS = st.dates(date(1990, 1, 1), date(2100, 1, 1))


@pytest.mark.parametrize(
    ("day", "by", "expected"),
    [
        (date(2026, 3, 31), Relative(-1, "m"), date(2026, 2, 28)),
        (date(2024, 2, 29), Relative(1, "y"), date(2025, 2, 28)),
        (date(2026, 1, 15), Relative(-2, "m"), date(2025, 11, 15)),
        (date(2026, 12, 31), Relative(2, "w"), date(2027, 1, 14)),
        (date(2026, 1, 1), Relative(-1, "d"), date(2025, 12, 31)),
    ],
)
def test_a_day_is_moved_by_the_calendar(day, by, expected) -> None:
    assert moved(day, by) == expected


@given(DAYS, st.integers(-500, 500))
def test_months_there_and_back_lead_to_the_same_month(day, months) -> None:
    back = moved(moved(day, Relative(months, "m")), Relative(-months, "m"))

    assert (back.year, back.month) == (day.year, day.month)
    assert back.day <= day.day


@given(DAYS, st.integers(-300, 300))
def test_twelve_months_are_a_year_and_a_week_is_seven_days(day, amount) -> None:
    assert moved(day, Relative(amount // 12 * 12, "m")) == moved(day, Relative(amount // 12, "y"))
    assert moved(day, Relative(amount, "w")) == moved(day, Relative(amount * 7, "d"))


@pytest.mark.parametrize("by", [Relative(-99_999, "y"), Relative(99_999, "m"), Relative(-99_999, "w")])
def test_days_outside_1900_to_2200_are_refused(noon, by) -> None:
    with pytest.raises(OverflowError):
        day_of(by, as_of=noon)


def test_today_is_that_of_the_shop(settings) -> None:
    late = datetime(2026, 3, 2, 23, tzinfo=UTC)
    settings.TIME_ZONE = "Asia/Shanghai"
    assert today(late) == date(2026, 3, 3)
    settings.TIME_ZONE = "America/New_York"
    assert today(late) == day_of(Relative(0, "d"), as_of=late) == date(2026, 3, 2)


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 8), 23), (date(2026, 11, 1), 25), (date(2026, 6, 1), 24)]
)
def test_a_day_begins_and_ends_at_the_shops_midnights(settings, day, hours) -> None:
    settings.TIME_ZONE = "America/New_York"

    assert end_of(day) - start_of(day) == timedelta(hours=hours)
    assert today(start_of(day)) == day
    assert today(end_of(day)) == day + timedelta(days=1)


@given(DAYS, st.integers(0, 364))
def test_yearly_ranges_hold_exactly_the_days_of_the_window(first, length) -> None:
    last = first + timedelta(days=length)
    window = {((first + timedelta(days=n)).month, (first + timedelta(days=n)).day) for n in range(length + 1)}
    ranges = yearly_ranges(first, last)
    leap_year = [date(2024, 1, 1) + timedelta(days=n) for n in range(366)]

    held = {
        (day.month, day.day)
        for day in leap_year
        if any(a <= day.month * 100 + day.day <= b for a, b in ranges)
    }

    assert held - {(2, 29)} == window - {(2, 29)}


def test_a_window_of_a_year_holds_every_day() -> None:
    assert yearly_ranges(date(2026, 3, 1), date(2027, 3, 1)) == [(101, 1231)]


def test_29_february_counts_on_the_28th_in_other_years() -> None:
    assert yearly_ranges(date(2026, 2, 27), date(2026, 2, 28)) == [(227, 229)]
    assert yearly_ranges(date(2024, 2, 27), date(2024, 2, 28)) == [(227, 228)]
