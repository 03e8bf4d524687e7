"""Until when points count, in days of the shop's calendar."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.utils import timezone


def end_of_day_after(moment: datetime, *, days: int) -> datetime:
    """The end of the day that lies ``days`` after the day of ``moment``: the first moment of the next one."""
    day = timezone.localdate(moment) + timedelta(days=days + 1)
    return timezone.make_aware(datetime.combine(day, time.min))


def last_day(expires_at: datetime) -> str:
    """The last whole or begun day on which points count that expire then, as ISO text."""
    return (timezone.localtime(expires_at) - timedelta(microseconds=1)).date().isoformat()
