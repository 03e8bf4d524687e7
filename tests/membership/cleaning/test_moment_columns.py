"""Moments of a zone's clock on days when it is changed are left to the function for single values."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pyarrow as pa

from membership.cleaning.moment_columns import moments_at_once

LATEST = datetime(2027, 1, 1, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


def test_clock_changes_are_not_covered():
    texts = ["2026-03-28 02:30:00", "2026-03-29 02:30:00", "2026-10-25 02:30:00", "2026-10-25 02:30:00Z"]
    covered, values = moments_at_once(pa.array(texts), zone=BERLIN, latest=LATEST)
    assert covered.tolist() == [True, False, False, True]
    assert values[0] == datetime(2026, 3, 28, 1, 30, tzinfo=UTC)


def test_impossible_and_far_moments_are_not_covered():
    texts = [
        "2026-02-29 00:00:00Z",
        "2024-02-29 00:00:00Z",
        "2026-13-01",
        "1899-12-31",
        "2027-01-02",
        "2026-03-02 25:00",
    ]
    covered, _values = moments_at_once(pa.array(texts), zone=BERLIN, latest=LATEST)
    assert covered.tolist() == [False, True, False, False, False, False]


def test_a_slice_of_a_column_is_read_from_where_it_begins():
    texts = pa.array(["x", "2026-03-28 02:30:00Z", "2026-03-28"]).slice(1)
    covered, values = moments_at_once(texts, zone=BERLIN, latest=LATEST)
    assert covered.all()
    assert values == [datetime(2026, 3, 28, 2, 30, tzinfo=UTC), datetime(2026, 3, 27, 23, tzinfo=UTC)]


def test_no_values_are_no_moments():
    covered, values = moments_at_once(pa.array([], pa.string()), zone=BERLIN, latest=LATEST)
    assert (covered.tolist(), values) == ([], [])
