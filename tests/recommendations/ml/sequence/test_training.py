from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from learning.estimator import silent
from learning.interactions import Interactions
from recommendations.ml.held_back import HeldBack
from recommendations.ml.histories import Histories
from recommendations.ml.sequence.network import SequenceNetwork
from recommendations.ml.sequence.training import TrainingConfig, _windows, last_states, padded, train


def circles(n_members: int = 24, length: int = 6, n_products: int = 5) -> Interactions:
    members, steps = np.divmod(np.arange(n_members * length), length)
    return Interactions.from_ids(members, (members + steps) % n_products, steps)


def network_of(n_products: int) -> SequenceNetwork:
    torch.manual_seed(0)
    return SequenceNetwork(
        n_products, 0, dimension=8, layers=1, heads=1, dropout=0.0, length=8, temperature=0.1
    )


def trained(data: Interactions, *, held: HeldBack | None = None, **settings: float) -> list[str]:
    """The messages of a training on ``data``."""
    config = TrainingConfig(learning_rate=0.02, warm_up_steps=5, positions_a_batch=32, **settings)  # type: ignore[arg-type]  # by name
    nobody = HeldBack(np.ones(len(data), bool), np.zeros(0, np.int64), np.zeros(0, np.int64))
    messages: list[str] = []
    train(
        network_of(data.n_products),
        Histories.of(data),
        None,
        held=held or nobody,
        config=config,
        length=8,
        rng=np.random.default_rng(1),
        progress=lambda _fraction, message: messages.append(message),
    )
    return messages


def test_without_held_back_products_every_epoch_is_used():
    assert len(trained(circles(), epochs=3)) == 3


def test_training_ends_when_held_back_products_are_predicted_no_better():
    data = circles(n_members=150, length=4)
    held = HeldBack.draw(data, 120, rng=np.random.default_rng(2))
    messages = trained(data.where(held.rest), held=held, epochs=10, patience=2)
    figures = [float(message.split()[-1]) for message in messages]

    assert held.tells
    assert 3 <= len(figures) < 4 * 10
    assert max(figures) == figures[-3]  # two epochs without a better figure


def test_members_with_one_purchase_each_leave_the_network_as_it_was():
    data = Interactions.from_ids([1, 2, 3], [0, 1, 2], [0, 0, 0])
    network = network_of(3)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    nobody = HeldBack(np.ones(3, bool), np.zeros(0, np.int64), np.zeros(0, np.int64))
    train(
        network, Histories.of(data), None, held=nobody, config=TrainingConfig(epochs=2), length=8,
        rng=np.random.default_rng(1), progress=silent,
    )  # fmt: skip

    for name, value in network.state_dict().items():
        assert torch.equal(value, before[name])


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 6)), min_size=1, max_size=8))
def test_padding_points_at_entry_zero_and_the_rest_at_the_span(spans: list[tuple[int, int]]):
    given_spans = np.array([(first, first + length) for first, length in spans])
    places, real = padded(given_spans)

    assert real.sum(dim=1).tolist() == [length for _first, length in spans]
    for line, (first, end) in enumerate(given_spans.tolist()):
        assert places[line][real[line]].tolist() == list(range(first, end))
        assert not places[line][~real[line]].any()


def test_the_last_state_is_that_of_the_whole_sequence():
    network = network_of(5).eval()
    table = network.table(None).detach()
    products = torch.tensor([0, 1, 2, 3, 4, 0, 1])
    last = last_states(network, table, products, np.array([[0, 3], [3, 7], [2, 3]]))

    for line, (first, end) in enumerate(((0, 3), (3, 7), (2, 3))):
        with torch.no_grad():
            states = network.states(table, products[None, first:end])
            expected = network.directions(states[:, -1])[0]
        torch.testing.assert_close(last[line], expected, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("length", [2, 3, 50])
def test_every_purchase_but_the_first_is_a_target_of_one_window(length: int):
    histories = Histories.of(circles(n_members=3, length=7))
    windows = _windows(histories, length)
    targets = sorted(at for first, end in windows.tolist() for at in range(first + 1, end))

    assert targets == [at for at in range(21) if at % 7]
    assert (windows[:, 1] - windows[:, 0]).max() <= length + 1
