"""Frauds with smaller amounts: what moves with the amount, and what stays."""

from __future__ import annotations

import numpy as np
import pytest

from fraud.ml.models.hardening import SMALLEST_FACTOR, times_amount, with_smaller_amounts
from fraud.ml.orders.columns import DAY, OrderColumns
from fraud.ml.orders.sequences import FEATURES, TransactionSequences, build_sequences
from fraud.ml.orders.training_data import LabelledSequences
from tests.fraud.toys import START, robbed_stores


def last_of(*amounts: float) -> TransactionSequences:
    """The newest order of a member who paid these amounts, a day apart."""
    n = len(amounts)
    orders = OrderColumns.build(
        member=np.zeros(n, int),
        placed_at=START + np.arange(n) * DAY,
        amount_cents=np.array([round(amount * 100) for amount in amounts]),
        store=np.zeros(n, int),
    )
    return build_sequences(orders, time_zone="UTC", rows=np.array([n - 1]))


def feature(sequences: TransactionSequences, name: str) -> float:
    return float(sequences.current()[0, FEATURES.index(name)])


@pytest.mark.parametrize(
    "name",
    [
        "log_amount", "amount_vs_mean", "amount_vs_previous", "amount_vs_median", "amount_vs_high",
        "amount_vs_typical", "sum_1h", "sum_7d", "place_amount_vs_median", "place_amount_vs_high",
    ],
)  # fmt: skip
def test_features_become_those_of_an_order_of_that_amount(name: str):
    halved = times_amount(last_of(10, 12, 11, 9, 80), np.array([0.5]))

    assert feature(halved, name) == pytest.approx(feature(last_of(10, 12, 11, 9, 40), name), abs=2e-4)


def test_the_rank_falls_with_the_amount():
    before = last_of(10, 12, 11, 9, 80)
    after = times_amount(before, np.array([0.11]))  # less than any earlier amount

    assert feature(before, "amount_rank") == 1
    assert feature(after, "amount_rank") < 0.5


@pytest.mark.parametrize("name", ["log_gap", "hour_sin", "log_history", "count_7d", "place_count_30d"])
def test_what_the_amount_does_not_enter_stays(name: str):
    before = last_of(10, 12, 11, 9, 80)

    assert feature(times_amount(before, np.array([0.3])), name) == feature(before, name)


def test_earlier_orders_stay_as_they_were():
    before = last_of(10, 12, 11, 9, 80)
    after = times_amount(before, np.array([0.3]))

    np.testing.assert_array_equal(after.values()[0, :-1], before.values()[0, :-1])
    np.testing.assert_array_equal(after.place[0, :-1], before.place[0, :-1])


def test_a_factor_of_one_changes_nothing():
    before = last_of(10, 12, 11, 9, 80)

    np.testing.assert_allclose(times_amount(before, np.array([1.0])).current(), before.current(), atol=1e-5)


def test_only_frauds_that_stand_out_are_copied():
    sequences = last_of(10, 12, 11, 9, 80)
    small = last_of(10, 12, 11, 9, 10)
    data = LabelledSequences(
        sequences.followed_by(small).followed_by(sequences),
        np.array([1, 1, 0], np.float32),
        np.array([1, 2, 3]),
    )
    more = with_smaller_amounts(data, rng=np.random.default_rng(1))

    assert more.is_fraud.tolist() == [1, 1, 0, 1]
    assert more.placed_at.tolist() == [1, 2, 3, 1]
    factor = np.expm1(more.sequences.current()[3, 0]) / 80
    assert SMALLEST_FACTOR <= factor < 1


def test_the_given_orders_come_first_and_unchanged():
    data = robbed_stores(n_stores=4, n_orders=12)
    more = with_smaller_amounts(data, rng=np.random.default_rng(1))

    np.testing.assert_array_equal(more.sequences.current()[: len(data)], data.sequences.current())
    assert (more.is_fraud[len(data) :] == 1).all()
