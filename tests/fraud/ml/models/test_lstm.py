from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from fraud.ml.models import lstm
from fraud.ml.models.lstm import LstmConfig, MemberLstm, OrderLstm, one_thread
from fraud.ml.orders.step_features import STEP_FEATURES
from tests.fraud.toys import echo_of_a_coupon

CONFIG = LstmConfig(hidden_size=8, head_size=4, dropout=0.0, epochs=2, batch_size=64)


@pytest.fixture(scope="module")
def fitted() -> MemberLstm:
    return MemberLstm(CONFIG).fit(echo_of_a_coupon(n_members=20, n_orders=20), rng=np.random.default_rng(1))


def test_the_network_reads_the_state_after_the_last_order():
    torch.manual_seed(1)
    network = OrderLstm(n_inputs=3, config=CONFIG).eval()
    orders = torch.randn(2, 5, 3)
    with torch.inference_mode():
        states, _ = network.lstm(orders)
        expected = network.output(torch.relu(network.hidden(states[:, -1]))).squeeze(1)

        torch.testing.assert_close(network(orders), expected)


def test_batches_of_any_size_score_alike(fitted: MemberLstm, monkeypatch: pytest.MonkeyPatch):
    sequences = echo_of_a_coupon(n_members=20, n_orders=20).sequences
    whole = fitted.score(sequences)
    monkeypatch.setattr(lstm, "SCORING_BATCH", 7)

    np.testing.assert_allclose(fitted.score(sequences), whole, atol=1e-6)


def test_no_orders_have_no_scores(fitted: MemberLstm):
    empty = echo_of_a_coupon(n_members=2, n_orders=5).sequences.select(slice(0, 0))

    assert fitted.score(empty).shape == (0,)


def test_steps_that_no_window_shows_do_not_matter(fitted: MemberLstm):
    sequences = echo_of_a_coupon(n_members=20, n_orders=20).sequences
    one = sequences.select(np.array([30]))

    np.testing.assert_allclose(fitted.score(one), fitted.score(one.compacted()), atol=1e-6)


def test_the_neutral_step_is_the_mean_and_nothing_of_the_store(fitted: MemberLstm):
    typical = fitted.typical_step

    np.testing.assert_array_equal(typical[: len(STEP_FEATURES)], fitted.scaler_.mean[: len(STEP_FEATURES)])
    assert not typical[len(STEP_FEATURES) :].any()


def test_training_leaves_torchs_own_seed_alone():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    MemberLstm(replace(CONFIG, epochs=1)).fit(
        echo_of_a_coupon(n_members=8, n_orders=10), rng=np.random.default_rng(1)
    )

    torch.testing.assert_close(torch.rand(3), expected)


def test_training_ends_when_the_newest_orders_are_scored_no_better():
    messages: list[str] = []
    config = replace(CONFIG, epochs=40, patience=1, learning_rate=0.02)
    model = MemberLstm(config).fit(
        echo_of_a_coupon(n_members=20, n_orders=20),
        rng=np.random.default_rng(1),
        progress=lambda _done, message: messages.append(message),
    )

    assert len(messages) == model.best_epoch_ + 2 < 40


def test_one_thread_is_given_back_also_after_an_error():
    before = torch.get_num_threads()

    def failing() -> None:
        with one_thread():
            raise ZeroDivisionError(torch.get_num_threads())

    with pytest.raises(ZeroDivisionError, match="1"):
        failing()
    assert torch.get_num_threads() == before
