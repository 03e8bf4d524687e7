"""Integrated gradients over the two sequences."""

from __future__ import annotations

import numpy as np
import pytest

from fraud.ml.judging.attributions import MEMBER_FIELDS, PLACE_FIELDS, attributions
from fraud.ml.models.logistic import LogisticFraud
from fraud.ml.models.two_sequence_lstm import TwoLstmConfig, TwoSequenceLstm
from fraud.ml.orders.place_history import PLACE_LENGTH
from fraud.ml.orders.sequences import LENGTH
from tests.fraud.toys import large_amounts, robbed_stores

CONFIG = TwoLstmConfig(hidden_size=8, head_size=8, epochs=3, batch_size=64, learning_rate=0.02, averaging=0.9)


@pytest.fixture(scope="module")
def model() -> TwoSequenceLstm:
    return TwoSequenceLstm(CONFIG).fit(robbed_stores(), rng=np.random.default_rng(1))


def test_attributions_add_up_to_what_the_model_says(model):
    orders = robbed_stores().sequences.select(np.array([5, 100, 300]))
    effects = attributions(model, orders)

    assert effects.member.shape == (3, LENGTH, len(MEMBER_FIELDS))
    assert effects.place.shape == (3, PLACE_LENGTH, len(PLACE_FIELDS))
    total = effects.member.sum(axis=(1, 2)) + effects.place.sum(axis=(1, 2))
    np.testing.assert_allclose(total, effects.logit - effects.usual, rtol=0.05, atol=0.05)


def test_frauds_at_a_store_raise_the_attribution_of_the_store(model):
    data = robbed_stores()
    frauds = data.sequences.select(np.flatnonzero(data.is_fraud == 1)[:20])
    effects = attributions(model, frauds)

    assert effects.place.sum() > 0
    labels = effects.place[:, :, PLACE_FIELDS.index("known_store_labels")].sum()
    assert labels > np.abs(effects.place[:, :, PLACE_FIELDS.index("store_amount")].sum())


def test_where_there_was_no_order_there_is_nothing(model):
    effects = attributions(model, robbed_stores().sequences.select(np.array([0])))

    assert not effects.place[0, :-1].any()
    assert not effects.member[0, :-1].any()


def test_a_model_without_sequences_is_refused():
    data = large_amounts()
    baseline = LogisticFraud().fit(data, rng=np.random.default_rng(1))

    with pytest.raises(ValueError, match="no sequences"):
        attributions(baseline, data.sequences)
