"""The NumPy pass that serves is the network that was trained."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from fraud.ml.models.lstm_inputs import PiecewiseBins, Scalers
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


def test_bins_are_filled_from_the_lowest_up():
    facts = np.linspace(0, 6, 61, dtype=np.float32)[:, None]
    bins = PiecewiseBins.fit(facts)
    through = bins.transform(np.array([[-1.0], [2.5], [9.0], [np.nan]], dtype=np.float32))

    assert bins.n == 6
    assert through[0].tolist() == [0] * 6
    assert through[1].tolist() == pytest.approx([1, 1, 0.5, 0, 0, 0], abs=1e-5)
    assert through[2].tolist() == [1] * 6
    assert through[3].tolist() == [0] * 6


def test_a_constant_or_unknown_fact_has_no_bins():
    facts = np.array([[1.0, np.nan], [1.0, np.nan]], dtype=np.float32)

    assert PiecewiseBins.fit(facts).n == 0


def test_bins_narrow_where_orders_are_many():
    crowded = np.concatenate([np.linspace(0, 1, 90), np.linspace(1, 10, 10)]).astype(np.float32)
    bins = PiecewiseBins.fit(crowded[:, None])
    widths = bins.high - bins.low

    assert widths[0] < widths[-1] / 10


def test_scalers_survive_their_arrays():
    model, data = trained()
    again = Scalers.from_arrays(model.scalers_.arrays())
    one, other = (scalers.inputs(data.sequences) for scalers in (model.scalers_, again))

    for name in ("steps", "window", "labels", "place", "facts"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def test_inputs_hold_only_the_steps_that_are_shown():
    model, data = trained()
    some = data.sequences.select(np.array([3, 40]))
    inputs = model.scalers_.inputs(some)

    assert len(inputs.steps) == len(np.unique(some.window[some.mask])) + 1
    assert not inputs.steps[-1].any()
    assert (inputs.window[~some.mask] == len(inputs.steps) - 1).all()


def test_the_last_input_says_that_there_is_an_order():
    model, data = trained()
    steps = model.scalers_.inputs(data.sequences).steps

    assert (steps[:-1, -1] == 1).all()
    assert np.isfinite(steps).all()
