"""Days of the shop's calendar: what "-60d" means, and where a day begins and ends."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta

from membership.models.shop import shop_zone
from membership.rules.nodes import Relative

EARLIEST, LATEST = date(1900, 1, 1), date(2200, 1, 1)


def today(as_of: datetime) -> date:
    """The day of ``as_of`` in the shop's time zone."""
    return as_of.astimezone(shop_zone()).date()


def moved(day: date, by: Relative) -> date:
    """``day`` moved; a day that its month lacks becomes the month's last. Raises OverflowError."""
    if by.unit in "dw":
        return day + timedelta(days=by.amount * (7 if by.unit == "w" else 1))
    months = day.year * 12 + day.month - 1 + by.amount * (12 if by.unit == "y" else 1)
    year, month = divmod(months, 12)
    if not 1 <= year <= 9999:
        raise OverflowError
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def day_of(value: date | Relative, *, as_of: datetime) -> date:
    """The calendar day that a rule's value stands for. Raises OverflowError outside 1900 to 2200."""
    day = moved(today(as_of), value) if isinstance(value, Relative) else value
    if not EARLIEST <= day <= LATEST:
        raise OverflowError
    return day


def start_of(day: date) -> datetime:
    """The moment at which ``day`` begins in the shop's time zone."""
    return datetime.combine(day, time.min, tzinfo=shop_zone()).astimezone(UTC)


def window_start(*, days: int, as_of: datetime) -> datetime:
    """Where "within N days" begins: that day, N days ago, in the shop's time zone, as a whole.

    The one definition for figures (``orders_7d``) and rules (``bought(within: 7d)``): it moves at midnight
    alone, so that a figure that was worked out since then is right all day.
    """
    return start_of(moved(today(as_of), Relative(-days, "d")))


def end_of(day: date) -> datetime:
    """The first moment that is no longer ``day``."""
    return start_of(day + timedelta(days=1))


def yearly_ranges(first: date, last: date) -> list[tuple[int, int]]:
    """The days of the year from ``first`` to ``last`` as ranges of month × 100 + day.

    Who was born on 29 February is honoured on the 28th in years without a 29th.
    """
    if (last - first).days >= 365:
        return [(101, 1231)]
    start, end = first.month * 100 + first.day, last.month * 100 + last.day
    if end == 228 and monthrange(last.year, 2)[1] == 28:
        end = 229
    return [(start, end)] if first.year == last.year else [(start, 1231), (101, end)]
