"""Occlusion finds the fact that made the score."""

from __future__ import annotations

import numpy as np

from fraud.ml.judging.explanation import FIELDS, explain
from fraud.ml.orders.place_history import PLACE_FEATURES
from fraud.ml.orders.sequences import CONTEXT_FEATURES, LENGTH, TransactionSequences, build_sequences
from fraud.ml.orders.step_features import STEP_FEATURES
from tests.fraud.toys import some_orders

TYPICAL = np.zeros(len(STEP_FEATURES) + len(CONTEXT_FEATURES), np.float32)


def few() -> TransactionSequences:
    return build_sequences(some_orders(), time_zone="UTC", rows=np.array([300, 350])).compacted()


def test_the_field_that_the_score_reads_gets_the_effect():
    def score(sequences):
        return (0.1 + 0.05 * sequences.current()[:, STEP_FEATURES.index("log_lines")]).astype(np.float32)

    effects = explain(score, few(), typical=TYPICAL)

    assert (effects.fields[:, list(FIELDS).index("basket")] > 0).all()
    assert np.abs(np.delete(effects.fields, list(FIELDS).index("basket"), axis=1)).max() < 1e-6
    np.testing.assert_allclose(effects.probability, score(few()))


def test_the_earlier_order_that_the_score_reads_gets_the_effect():
    target = few().window[:, -3]  # two before the order

    def score(sequences):
        return np.where((sequences.window[:, :-1] == target[0]).any(axis=1), 0.9, 0.1).astype(np.float32)

    effects = explain(score, few(), typical=TYPICAL)

    assert effects.earlier[0].argmax() == 13
    assert (np.delete(effects.earlier[0], 13) == 0).all()


def test_taking_an_order_out_moves_the_older_ones_up():
    seen = []

    def score(sequences):
        seen.append(sequences.window)
        return np.full(len(sequences), 0.5, np.float32)

    explain(score, few().select(slice(0, 1)), typical=TYPICAL)

    window = few().window[0]
    without_newest = seen[0][1 + len(FIELDS) + 1 + LENGTH - 2]
    np.testing.assert_array_equal(without_newest[1:-1], window[:-2])
    assert without_newest[0] == -1
    assert without_newest[-1] == window[-1]


def test_the_store_order_that_the_score_reads_gets_the_effect():
    ages = few().place[:, 9, PLACE_FEATURES.index("log_age")]

    def score(sequences):
        seen = np.isclose(sequences.place[:, :-1, PLACE_FEATURES.index("log_age")], ages[0]).any(axis=1)
        return np.where(seen, 0.9, 0.1).astype(np.float32)

    effects = explain(score, few().select(slice(0, 1)), typical=TYPICAL)

    assert effects.store_earlier[0].argmax() == 9
    assert (np.delete(effects.store_earlier[0], 9) == 0).all()


def test_labels_known_of_the_store_get_their_effect():
    def score(sequences):
        frauds = sequences.place[:, :, PLACE_FEATURES.index("label_fraud")].sum(axis=1)
        return (0.1 + 0.05 * frauds).astype(np.float32)

    sequences = build_sequences(some_orders(n_members=40), time_zone="UTC")
    frauds = sequences.place[:, :, PLACE_FEATURES.index("label_fraud")].sum(axis=1)
    robbed = sequences.select(np.flatnonzero(frauds > 0)[:1])

    effects = explain(score, robbed, typical=TYPICAL)

    assert effects.known_store_labels[0] > 0
    assert effects.known_labels[0] == 0
