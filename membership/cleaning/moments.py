"""Cleaning of moments and days, as ``values`` does it."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from membership.cleaning.values import Unclean, clean_text

EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
_OFFSET_AFTER_SPACE = re.compile(r"\s+(?=(?:[+-]\d{2}:?\d{2}|Z)$)")


def clean_moment(value: object, *, zone: tzinfo, latest: datetime) -> datetime | None:
    """A moment in UTC. An offset in the file holds; without one it is the shop's clock (``zone``).

    An hour that the clock repeats is taken the first time; one that it skips is moved forward. A day
    without an hour is its midnight. Later than ``latest`` is refused (``future``), so is before 1900.
    """
    moment = _moment(value)
    if moment is None:
        return None
    try:
        aware = (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError:
        raise Unclean("not_a_time") from None
    if aware > latest:
        raise Unclean("future")
    if aware < EARLIEST:
        raise Unclean("too_early")
    return aware


def _moment(value: object) -> datetime | None:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime.combine(value, time())
    text = clean_text(value, max_length=100)
    if text is None:
        return None
    if text.isdecimal() and len(text) != 8:  # a number of seconds could be anything; 20260302 is a day
        raise Unclean("not_a_time")
    zone = "+00:00" if text.endswith((" UTC", " GMT")) else ""
    text = (
        _OFFSET_AFTER_SPACE.sub("", text).removesuffix(" UTC").removesuffix(" GMT").replace("/", "-") + zone
    )
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise Unclean("not_a_time") from None


def clean_day(value: object, *, latest: date) -> date | None:
    """A day as in a calendar, such as a birth date; a time of day is dropped."""
    moment = _moment(value)
    if moment is None:
        return None
    if moment.date() > latest:
        raise Unclean("future")
    if moment.date() < EARLIEST.date():
        raise Unclean("too_early")
    return moment.date()


def clean_planned_day(value: object, *, latest: date) -> date | None:
    """A day that may lie ahead, up to ``latest``."""
    day = clean_day(value, latest=date.max)
    if day is not None and day > latest:
        raise Unclean("too_far_ahead")
    return day


def one_day_after(moment: datetime) -> datetime:
    """The latest moment that a file may hold: clocks differ, and a zone is at most 14 hours ahead."""
    return moment + timedelta(days=1)
