"""What checkout reads row by row is what training reads as a frame."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from fraud.ml.orders.columns import NEVER, UNKNOWN
from fraud.ml.orders.frames import columns_from_frame
from fraud.ml.orders.rows import columns_from_rows, seconds_of

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ROWS: dict[str, list[Any]] = {
    "member": [7, 7, 9, 7],
    "amount": [Decimal("10.00"), Decimal("0.99"), Decimal("1234.56"), Decimal("3.10")],
    "lines": [1, 4, 2, 1],
    "discount": [Decimal("0.00"), Decimal("1.50"), Decimal("0.00"), Decimal("0.00")],
    "coupon": ["", "SPRING", None, ""],
    "channel": ["web", "app", "pigeon", ""],
    "payment_method": ["card", "", "paypal", "barter"],
    "store": [None, 3, 3, 4],
    "payment_fingerprint": ["p1", "p2", "p1", ""],
    "device_fingerprint": ["d1", "", None, "d1"],
    "address_fingerprint": ["", "a", "a", "b"],
    "ip": ["10.0.0.1", "10.0.0.200", None, "2001:db8:1::7"],
    "billing_country": ["US", "US", "", "CN"],
    "shipping_country": ["US", "CN", "US", "CN"],
    "is_fraud": [None, True, False, None],
}
PLACED = [NOON, NOON + timedelta(days=1), NOON + timedelta(days=2), NOON + timedelta(days=3)]
KNOWN = [None, NOON + timedelta(days=9, microseconds=1), NOON + timedelta(days=9), None]
CODES = {"member", "store", "device", "instrument", "address", "ip_prefix", "shipping_country"}


def test_rows_and_frames_give_the_same_columns():
    times = {
        "placed_at": seconds_of(PLACED),
        "joined_at": seconds_of([NOON] * 4),
        "label_known_at": seconds_of(KNOWN, round_up=True),
    }
    from_rows = columns_from_rows(ROWS, times=times)
    frame = pd.DataFrame({**ROWS, "placed_at": PLACED, "joined_at": [NOON] * 4, "label_known_at": KNOWN})
    from_frame = columns_from_frame(frame)

    for field in fields(from_rows):
        ours, theirs = getattr(from_rows, field.name), getattr(from_frame, field.name)
        if field.name in CODES:  # only equality of codes has a meaning
            assert (ours[:, None] == ours).tolist() == (theirs[:, None] == theirs).tolist(), field.name
            assert (ours == UNKNOWN).tolist() == (theirs == UNKNOWN).tolist(), field.name
        else:
            np.testing.assert_array_equal(ours, theirs, err_msg=field.name)


def test_moments_become_whole_seconds():
    moment = datetime(1970, 1, 1, 0, 1, 0, 900_000, tzinfo=UTC)

    assert seconds_of([moment]).tolist() == [60]
    assert seconds_of([moment], round_up=True).tolist() == [61]
    assert seconds_of([moment, None]).tolist() == [60, NEVER]


def test_a_zone_is_turned_to_utc():
    eight_hours_ahead = datetime(1970, 1, 1, 8, 0, 5, tzinfo=timezone(timedelta(hours=8)))

    assert seconds_of([eight_hours_ahead]).tolist() == [5]


@pytest.mark.parametrize("text", ["1970-01-01 00:00:07", "1970-01-01 00:00:07.000000"])
def test_times_that_sqlite_keeps_as_text_are_read(text: str):
    assert seconds_of([text, None]).tolist() == [7, NEVER]


def test_moments_before_1970_are_rounded_down_and_up_too():
    moment = datetime(1969, 12, 31, 23, 59, 58, 500_000, tzinfo=UTC)

    assert seconds_of([moment]).tolist() == [-2]
    assert seconds_of([moment], round_up=True).tolist() == [-1]


def test_no_moments_have_no_seconds():
    assert seconds_of([]).tolist() == []
    assert seconds_of([None]).tolist() == [NEVER]
