"""Many moments read at once, where they are written in one of ISO 8601's full forms."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    Flags = npt.NDArray[np.bool_]
    Ints = npt.NDArray[np.int64]
    Letters = npt.NDArray[np.uint8]

YEARS = (1901, 9990)
DAY = 86_400  # seconds
BARE = {10: b" 00:00:00", 16: b":00"}
"""Lengths of a day alone and of one with hours and minutes -> what completes it."""
FULL = 19
LONGEST = FULL + len(" +02:00")
_TAIL = re.compile(rb"(?: ?Z| UTC| GMT|(?: ?([+-])(\d\d):?(\d\d))?)")


def moments_at_once(texts: pa.Array, *, zone: tzinfo, latest: datetime) -> tuple[Flags, list[object]]:
    """Which of these distinct values are such moments, and their moments in UTC.

    ``2026-05-01 23:58:12``, with a T between, or Z or an offset behind; a day alone, or with hours and
    minutes; and moments as Parquet holds them.
    """
    import numpy as np
    import pyarrow as pa

    n = len(texts)
    covered, naive = np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)
    micros = np.zeros(n, dtype=np.int64)
    if pa.types.is_timestamp(texts.type):
        covered[:] = True
        naive[:] = texts.type.tz is None
        micros = np.array(texts.cast(pa.timestamp("us", tz=texts.type.tz)).cast(pa.int64()).to_numpy())
    elif pa.types.is_string(texts.type) and n:
        offsets = np.frombuffer(texts.buffers()[1], dtype=np.int32)[texts.offset : texts.offset + n + 1]
        data = np.frombuffer(texts.buffers()[2] or b"", dtype=np.uint8)
        lengths = np.diff(offsets)
        for length in np.unique(lengths).tolist():
            if length not in BARE and not FULL <= length <= LONGEST:
                continue
            rows = np.flatnonzero(lengths == length)
            letters = data[offsets[rows].astype(np.int64)[:, None] + np.arange(length)]
            covered[rows], seconds, naive[rows] = _read(letters)
            micros[rows] = seconds * 1_000_000
    local = covered & naive
    if local.any():
        covered[local], micros[local] = _from_clock(micros[local], zone)
    first = datetime(YEARS[0], 1, 2, tzinfo=UTC)
    covered &= (micros >= _micros_of(first)) & (micros <= _micros_of(latest))
    moments = micros[covered].astype("datetime64[us]").astype(object)
    return covered, spread([moment.replace(tzinfo=UTC) for moment in moments], covered)


def _read(letters: Letters) -> tuple[Flags, Ints, Flags]:
    """Texts of one length, a row each -> (which are moments, their seconds since 1970, which lack an
    offset).
    """
    import numpy as np

    if (rest := BARE.get(letters.shape[1])) is not None:
        ends = np.tile(np.frombuffer(rest, dtype=np.uint8), (len(letters), 1))
        letters = np.hstack([letters, ends])
    good, seconds = _clock_seconds(letters)
    tails = np.ascontiguousarray(letters[:, FULL:])
    if not tails.shape[1]:
        return good, seconds, np.ones(len(letters), dtype=bool)
    good &= (tails != 0).all(axis=1)  # numpy takes a NUL at the end for the end
    known, which = np.unique(tails.view(f"S{tails.shape[1]}").ravel(), return_inverse=True)
    ahead = np.array([0 if (one := _offset(tail)) is None else one for tail in known.tolist()])
    is_tail = np.array([_offset(tail) is not None for tail in known.tolist()])
    return good & is_tail[which], seconds - ahead[which], np.zeros(len(letters), dtype=bool)


def _clock_seconds(letters: Letters) -> tuple[Flags, Ints]:
    """The first 19 letters as a moment of a clock."""
    import numpy as np

    digits = letters[:, :FULL].astype(np.int64) - ord("0")
    good = np.ones(len(letters), dtype=bool)
    for at, marks in ((4, "-"), (7, "-"), (10, " T"), (13, ":"), (16, ":")):
        good &= np.isin(letters[:, at], [ord(mark) for mark in marks])
    parts = []
    for start, end in ((0, 4), (5, 7), (8, 10), (11, 13), (14, 16), (17, 19)):
        value = np.zeros(len(letters), dtype=np.int64)
        for at in range(start, end):
            good &= (digits[:, at] >= 0) & (digits[:, at] <= 9)
            value = value * 10 + digits[:, at]
        parts.append(value)
    year, month, day, hour, minute, second = parts
    good &= (year >= YEARS[0]) & (year <= YEARS[1]) & (month >= 1) & (month <= 12)
    good &= (hour < 24) & (minute < 60) & (second < 60)
    months = np.where(good, (year - 1970) * 12 + month - 1, 0).astype("datetime64[M]")
    first = months.astype("datetime64[D]").astype(np.int64)
    good &= (day >= 1) & (day <= (months + 1).astype("datetime64[D]").astype(np.int64) - first)
    return good, (first + day - 1) * DAY + hour * 3_600 + minute * 60 + second


def _offset(tail: bytes) -> int | None:
    """Seconds that a clock with this offset is ahead of UTC; None for what is no offset."""
    match = _TAIL.fullmatch(tail)
    if match is None or not tail:
        return None
    hours, minutes = int(match[2] or 0), int(match[3] or 0)
    if hours > 23 or minutes > 59:
        return None
    seconds = hours * 3_600 + minutes * 60
    return -seconds if match[1] == b"-" else seconds


def _from_clock(micros: Ints, zone: tzinfo) -> tuple[Flags, Ints]:
    """Moments of the zone's clock in UTC, where the clock is not changed that day."""
    import numpy as np

    days, which = np.unique(micros // (DAY * 1_000_000), return_inverse=True)
    ahead = [_ahead(int(day), zone) for day in days.tolist()]
    same = np.array([one is not None for one in ahead], dtype=bool)[which]
    return same, micros - np.array([one or 0 for one in ahead], dtype=np.int64)[which]


@lru_cache(maxsize=50_000)
def _ahead(day: int, zone: tzinfo) -> int | None:
    """Microseconds that the zone's clock is ahead of UTC all that day (of its own calendar), else None."""
    if not -25_000 < day < 2_900_000:  # years 1901 to 9909
        return None
    start = datetime(1970, 1, 1) + timedelta(days=day)  # noqa: DTZ001  # a moment of the clock
    offsets = {(start + timedelta(hours=hour)).replace(tzinfo=zone).utcoffset() for hour in range(25)}
    if len(offsets) != 1 or (only := offsets.pop()) is None:
        return None
    return only // timedelta(microseconds=1)


def _micros_of(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def spread(values: list[object], covered: Flags) -> list[object]:
    """``values`` at the places that are covered, None at the others."""
    import numpy as np

    if covered.all():
        return values
    placed = np.full(len(covered), None, dtype=object)
    placed[covered] = np.fromiter(values, dtype=object, count=len(values))
    return list(placed)
