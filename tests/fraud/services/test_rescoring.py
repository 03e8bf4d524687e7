from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest

from fraud.services.rescoring import shards, unscored_since
from tests.factories import NOON, FraudScoreFactory, OrderFactory

pytestmark = pytest.mark.django_db


def placed(*hours: float):
    return [OrderFactory(placed_at=NOON + timedelta(hours=h)) for h in hours]


def test_no_orders_need_no_shards():
    assert shards(since=None, days=7) == []
    assert shards(since=NOON, days=7) == []


@pytest.mark.parametrize("since", [None, NOON + timedelta(hours=1)])
@pytest.mark.parametrize("last", [1, 47, 48, 49, 200])
def test_shards_touch_and_hold_every_order(since, last):
    orders = placed(0, 1, last)
    made = shards(since=since, days=2)

    assert all(end == begins for (_b, end), (begins, _e) in pairwise(made))
    for order in orders:
        holding = sum(begins <= order.placed_at < ends for begins, ends in made)
        assert holding == (since is None or order.placed_at >= since)


def test_orders_before_the_start_alone_need_no_shards():
    placed(0)
    assert shards(since=NOON + timedelta(hours=1), days=2) == []


def test_the_oldest_order_without_a_probability_is_reported():
    first, second, third = placed(0, 1, 2)
    assert unscored_since(limit=NOON) == first.placed_at

    FraudScoreFactory(order=first)
    FraudScoreFactory(order=second, probability=None)
    assert unscored_since(limit=NOON) == second.placed_at
    assert unscored_since(limit=third.placed_at) == third.placed_at


def test_nothing_is_reported_once_every_order_has_one():
    for order in placed(0, 1):
        FraudScoreFactory(order=order)
    assert unscored_since(limit=NOON) is None
