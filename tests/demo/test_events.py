"""Sessions of the demo's members."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from demo.context import DAY
from demo.events import RECENT_DAYS, make_events

END = 500 * DAY
N = 600


@pytest.fixture(scope="module")
def shop() -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(6)
    orders = pd.DataFrame(
        {
            "order_id": np.arange(N),
            "household": rng.integers(1, 60, N),
            "placed": np.sort(rng.integers(END - 2 * RECENT_DAYS * DAY, END, N)),
            "channel": rng.choice(["store", "web", "app"], N),
            "n_lines": rng.integers(1, 5, N),
        }
    )
    order = np.repeat(np.arange(N), orders["n_lines"])
    return orders, pd.DataFrame({"order": order, "product_id": rng.integers(1, 90, len(order))})


@pytest.fixture(scope="module")
def events(shop) -> pd.DataFrame:
    orders, lines = shop
    return make_events(orders=orders, lines=lines, end=END, rng=np.random.default_rng(7))


def test_events_stand_in_the_order_of_time_and_none_lies_after_the_end(events) -> None:
    assert events["occurred_at"].is_monotonic_increasing
    assert events["occurred_at"].max() < END


def test_a_search_has_no_product_and_everything_else_has_one(events) -> None:
    assert ((events["product_id"] == 0) == (events["type"] == "search")).all()


def test_nothing_happens_twice_at_one_moment_in_a_session(events) -> None:
    assert not events.duplicated(["household", "occurred_at", "type", "product_id", "session"]).any()


def test_only_members_with_a_recent_online_order_have_sessions(shop, events) -> None:
    orders, _lines = shop
    recent = orders[(orders["channel"] != "store") & (orders["placed"] >= END - RECENT_DAYS * DAY)]

    assert set(events["household"]) <= set(recent["household"])
    assert len(events) > 4 * len(recent)


def test_sessions_belong_to_one_member(events) -> None:
    assert (events.groupby("session")["household"].nunique() == 1).all()


def test_the_same_seed_gives_the_same_events(shop, events) -> None:
    orders, lines = shop
    again = make_events(orders=orders, lines=lines, end=END, rng=np.random.default_rng(7))

    pd.testing.assert_frame_equal(again, events)
