"""Counters are read from their names."""

from __future__ import annotations

import pytest

from fraud.ml.counting.counters import DAY, LONGEST_WINDOW, Counter, counter_of

HOUR = 3_600


@pytest.mark.parametrize(
    ("name", "counter"),
    [
        ("orders_same_device.1h", Counter("orders", "device", HOUR)),
        ("amount_member.30d", Counter("amount", "member", 30 * DAY)),
        ("members_same_ip.15min", Counter("members", "ip", 900)),
        ("orders_declined_same_device.1h", Counter("orders", "device", HOUR, "declined")),
        ("members_placed_same_ip.1d", Counter("members", "ip", DAY, "placed")),
        ("frauds_declined_same_ip.1d", None),  # a fraud counts whatever was decided
        ("orders_refused_same_ip.1d", None),
        ("orders_same_device.91d", None),
        ("orders_same_device.0h", None),
        ("devices_same_device.1h", None),  # would count itself
        ("members_member.1h", None),
        ("orders_same_device", None),
        ("orders_same_device.1y", None),
    ],
)
def test_counters_are_read_from_their_names(name: str, counter: Counter | None):
    assert counter_of(name) == counter


def test_the_longest_window_is_ninety_days():
    counter = counter_of("orders_member.90d")

    assert counter is not None
    assert counter.seconds == LONGEST_WINDOW
