"""The NumPy pass that serves is the network that was trained."""

from __future__ import annotations

import numpy as np
import torch

from fraud.ml.models.two_sequence_lstm import TwoLstmConfig, TwoSequenceLstm
from fraud.ml.orders.sequences import build_sequences
from fraud.ml.orders.training_data import LabelledSequences
from tests.fraud.toys import some_orders

CONFIG = TwoLstmConfig(hidden_size=8, head_size=8, epochs=2)


def trained() -> tuple[TwoSequenceLstm, LabelledSequences]:
    orders = some_orders()
    rows = np.flatnonzero(~np.isnan(orders.is_fraud))
    data = LabelledSequences(
        build_sequences(orders, time_zone="UTC", rows=rows), orders.is_fraud[rows], orders.placed_at[rows]
    )
    return TwoSequenceLstm(CONFIG).fit(data, rng=np.random.default_rng(1)), data


def test_numpy_and_torch_agree():
    model, data = trained()
    inputs = model.scalers_.inputs(data.sequences)
    with torch.inference_mode():
        expected = model.network()(*inputs.batch(slice(None))).numpy() + np.log(model.genuine_share_)

    np.testing.assert_allclose(model.logits(data.sequences), expected, rtol=1e-4, atol=1e-5)


def test_an_order_alone_and_among_others_score_alike():
    model, data = trained()
    together = model.logits(data.sequences)

    for row in (0, 30, len(data) - 1):  # with a short and a long history
        alone = model.logits(data.sequences.select(slice(row, row + 1)).compacted())
        np.testing.assert_allclose(alone, together[row], rtol=1e-5, atol=1e-5)


def test_no_orders_have_no_scores():
    model, data = trained()

    assert model.score(data.sequences.select(slice(0, 0))).shape == (0,)
