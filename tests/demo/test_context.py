"""How each basket was bought: channel, device, card, network, address."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.context import COUNTRIES, DAY, add_context, make_habits, mixed, random_host

N, EACH = 80, 25


@pytest.fixture(scope="module")
def orders() -> pd.DataFrame:
    rng = np.random.default_rng(4)
    households = np.arange(1, N + 1)
    habits = make_habits(households=households, rng=rng)
    bare = pd.DataFrame(
        {
            "household": np.repeat(households, EACH),
            "placed": np.sort(rng.integers(0, 400 * DAY, N * EACH)),
            "weighed": rng.random(N * EACH) < 0.3,
            "redeemed": rng.random(N * EACH) < 0.1,
        }
    )
    return add_context(bare, habits=habits, rng=rng)


def test_orders_stay_in_the_order_of_time(orders) -> None:
    assert orders["placed"].is_monotonic_increasing
    assert orders.index.tolist() == list(range(N * EACH))


def test_in_the_store_there_is_neither_device_nor_network_nor_address(orders) -> None:
    store = orders[orders["channel"] == "store"]

    assert 0 < len(store) < len(orders)
    assert not store[["device", "ip", "address"]].any(axis=None)
    assert set(store["shipping"]) == {""}


def test_online_orders_have_all_of_them(orders) -> None:
    online = orders[orders["channel"] != "store"]

    assert (online[["device", "ip", "address"]] != 0).all(axis=None)
    assert set(online["channel"]) == {"web", "app"}


def test_coupons_are_there_where_one_was_redeemed(orders) -> None:
    assert ((orders["coupon"] != "") == orders["redeemed"]).all()


def test_addresses_of_networks_belong_to_nobody(orders) -> None:
    ips = orders.loc[orders["ip"] != 0, "ip"].to_numpy()
    shared = (ips >> 22) == ((100 << 24 | 64 << 16) >> 22)
    benchmark = (ips >> 17) == ((198 << 24 | 18 << 16) >> 17)

    assert (shared | benchmark).all()


def test_members_mostly_use_devices_that_they_used_before(orders) -> None:
    online = orders[orders["device"] != 0]
    known = online.duplicated(["household", "device"])

    assert known.mean() > 0.7
    assert set(orders["billing"]) <= {"", *COUNTRIES}


@given(st.lists(st.integers(0, 2**62), min_size=1, max_size=4), st.integers(0, 2**62))
def test_a_mixed_number_is_positive_the_same_each_time_and_depends_on_every_part(parts, other) -> None:
    key = int(mixed(*parts))

    assert 0 < key < 2**63
    assert int(mixed(*parts)) == key
    if other != parts[-1]:
        assert int(mixed(*parts[:-1], other)) != key


@pytest.mark.parametrize("bits", [8, 12, 16])
def test_a_host_lies_in_its_network(bits) -> None:
    network = np.full(500, 198 << 24)

    hosts = random_host(network, rng=np.random.default_rng(1), free_bits=bits)

    assert ((hosts >> bits) == (network >> bits)).all()
    assert (hosts & ((1 << bits) - 1)).min() >= 1
