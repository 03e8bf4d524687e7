"""Until when points count, in days of the shop's calendar."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from membership.models.exchange_rates import day_in_shop
from membership.models.shop import the_shop


def end_of_day_after(moment: datetime, *, days: int) -> datetime:
    """The end of the day that lies ``days`` after the day of ``moment``: the first moment of the next one."""
    day = day_in_shop(moment) + timedelta(days=days + 1)
    return datetime.combine(day, time.min, tzinfo=the_shop().zone).astimezone(UTC)


def last_day(expires_at: datetime) -> str:
    """The last whole or begun day on which points count that expire then, as ISO text."""
    return day_in_shop(expires_at - timedelta(microseconds=1)).isoformat()
