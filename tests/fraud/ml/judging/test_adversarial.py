"""Attacks change what a thief can change, and money is what is counted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from fraud.ml.judging.adversarial import (
    all_attacks,
    at_a_usual_hour,
    at_a_usual_store,
    loot_of_attacks,
    neighbourhood,
    one_at_a_time,
    smaller,
    split,
    takeovers,
    threshold_at,
)
from fraud.ml.orders.columns import DAY, HOUR, OrderColumns
from fraud.ml.orders.sequences import TransactionSequences, build_sequences
from fraud.ml.orders.step_features import STEP_FEATURES
from tests.fraud.toys import START

FRAUD = np.array([5])


def robbed_once() -> OrderColumns:
    """A member who pays 10 at noon in store 1, and at last 50 at three in store 2; and somebody else."""
    return OrderColumns.build(
        member=np.array([0, 0, 0, 0, 0, 0, 1]),
        placed_at=START + np.array([0, 1, 2, 3, 4, 5, 6]) * DAY + np.array([12, 12, 12, 12, 12, 3, 5]) * HOUR,
        amount_cents=np.array([1_000, 1_000, 1_000, 1_000, 1_000, 5_000, 700]),
        store=np.array([1, 1, 1, 1, 1, 2, 3]),
        is_fraud=np.array([0, 0, 0, 0, 0, 1, 0], np.float32),
        label_known_at=np.full(7, START + 90 * DAY),
    )


def suspects_large_amounts(sequences: TransactionSequences) -> Any:
    """Scores 1 what is above three times the member's usual."""
    ratio = sequences.steps[sequences.window[:, -1], STEP_FEATURES.index("amount_vs_median")]
    return (np.nan_to_num(ratio) > np.log(3)).astype(np.float32)


def test_a_smaller_theft_gets_by_and_earns_less():
    loot = {one.attack: one for one in loot_of_attacks(
        suspects_large_amounts, robbed_once(), FRAUD, threshold=0.5, time_zone="UTC"
    )}  # fmt: skip

    assert loot["amount x 1"].let_through == 0
    assert loot["amount x 0.5"].let_through == pytest.approx(25)
    assert loot["all amounts x 0.5"].let_through == pytest.approx(25)
    assert loot["amount x 0.2"].let_through == pytest.approx(10)
    assert loot["split in 5"].let_through == loot["split in 5"].tried == pytest.approx(50)


def test_one_order_at_a_time_sees_what_was_stolen_before():
    orders = robbed_once().take(np.array([0, 1, 2, 3, 4, 5, 5]))
    twice = replace(orders, placed_at=orders.placed_at + np.array([0, 0, 0, 0, 0, 0, HOUR]))
    seen = []

    def score(sequences: TransactionSequences) -> Any:
        seen.append(sequences.steps[sequences.window[0, -2], STEP_FEATURES.index("log_amount")])
        return suspects_large_amounts(sequences)

    attacks = {"amount x 0.2": one_at_a_time(twice, np.array([5, 6]), factor=0.2)}
    list(loot_of_attacks(score, twice, FRAUD, threshold=0.5, time_zone="UTC", attacks=attacks))

    assert [np.expm1(one).round() for one in seen] == [10, 50]


def test_a_split_sum_is_several_orders_of_the_same_member():
    attacked = split(robbed_once(), FRAUD, parts=3)

    assert len(attacked.rows) == 3
    assert (attacked.orders.member[attacked.rows] == 0).all()
    assert attacked.orders.amount_cents[attacked.rows].sum() == pytest.approx(5_000, abs=3)
    assert len(np.unique(attacked.orders.placed_at[attacked.rows])) == 3


def test_hour_and_store_become_the_members_own():
    orders = robbed_once()

    assert at_a_usual_hour(orders, FRAUD).orders.placed_at[5] == START + 5 * DAY + 12 * HOUR
    assert at_a_usual_store(orders, FRAUD).orders.store[5] == 1


def test_an_attack_leaves_the_other_orders_alone():
    orders, attacked = robbed_once(), smaller(robbed_once(), FRAUD, factor=0.5)

    np.testing.assert_array_equal(
        np.delete(attacked.orders.amount_cents, 5), np.delete(orders.amount_cents, 5)
    )
    np.testing.assert_array_equal(attacked.orders.is_fraud, orders.is_fraud)


def test_only_what_features_look_at_is_kept():
    near, rows = neighbourhood(robbed_once(), FRAUD)

    assert len(near) == 6
    assert rows.tolist() == [5]


def test_takeovers_are_frauds_that_stand_out():
    orders = robbed_once()
    sequences = build_sequences(orders, time_zone="UTC")

    assert takeovers(orders, sequences, np.arange(7)).tolist() == [5]


def test_the_threshold_lets_this_share_of_genuine_orders_be_stopped():
    score = np.linspace(0, 1, 1_001).astype(np.float32)

    threshold = threshold_at(score, np.zeros(1_001, np.float32), false_positives=0.01)
    assert (score > threshold).sum() == 10


def test_every_attack_has_a_name():
    assert {"usual hour", "usual store"} <= set(all_attacks(robbed_once(), FRAUD))
