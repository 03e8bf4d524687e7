"""Frames become columns."""

from __future__ import annotations

import pandas as pd

from fraud.ml.orders.columns import CHANNELS, NEVER, UNKNOWN
from fraud.ml.orders.frames import columns_from_frame

NOON = pd.Timestamp("2026-03-02 12:00:00.4", tz="UTC")


def frame(**columns) -> pd.DataFrame:
    n = len(next(iter(columns.values())))
    return pd.DataFrame({"member": ["a"] * n, "placed_at": [NOON] * n, "amount": [1.005] * n, **columns})


def test_three_columns_are_enough():
    columns = columns_from_frame(pd.DataFrame({"member": ["a"], "placed_at": [NOON], "amount": ["12.34"]}))

    assert columns.amount_cents.tolist() == [1234]
    assert columns.device.tolist() == [UNKNOWN]
    assert columns.label_known_at.tolist() == [NEVER]


def test_empty_text_is_missing_and_equal_text_has_equal_codes():
    columns = columns_from_frame(frame(device_fingerprint=["x", "", None, "x", "y"]))

    assert columns.device[0] == columns.device[3] != columns.device[4]
    assert columns.device[[1, 2]].tolist() == [UNKNOWN, UNKNOWN]


def test_addresses_of_one_network_are_the_same():
    columns = columns_from_frame(
        frame(ip=["10.1.2.3", "10.1.2.9", "10.1.3.3", "2001:db8:1::7", "2001:db8:1::8"])
    )

    assert columns.ip_prefix[0] == columns.ip_prefix[1] != columns.ip_prefix[2]
    assert columns.ip_prefix[3] == columns.ip_prefix[4]


def test_unknown_choices_are_other():
    columns = columns_from_frame(frame(channel=["app", "pigeon", ""]))

    assert columns.channel.tolist() == [CHANNELS.index("app"), UNKNOWN, UNKNOWN]


def test_a_label_is_never_known_earlier_than_it_was():
    known = pd.Timestamp("2026-03-05 08:00:00.2", tz="UTC")
    columns = columns_from_frame(frame(is_fraud=[1.0], label_known_at=[known]))

    assert columns.label_known_at[0] == int(known.timestamp()) + 1
