"""The NumPy pass against torch's own LSTM, on random weights."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from fraud.ml.models import lstm_inference
from fraud.ml.models.lstm_inference import NAMES, LstmWeights, forward
from fraud.ml.models.two_sequence_lstm import TwoLstmConfig, TwoLstmNetwork

N_STEP, N_LABELS, N_PLACE, N_FACTS, LENGTH = 5, 3, 4, 6, 7


@pytest.fixture(scope="module")
def network() -> TwoLstmNetwork:
    torch.manual_seed(4)
    config = TwoLstmConfig(hidden_size=6, head_size=9, dropout=0.0)
    made = TwoLstmNetwork(n_member=N_STEP + N_LABELS, n_place=N_PLACE, n_facts=N_FACTS, config=config)
    with torch.no_grad():
        for value in made.parameters():
            value.mul_(2)  # states far from 0, where the gates bend
    return made.eval()


def weights_of(network: TwoLstmNetwork) -> LstmWeights:
    return LstmWeights.of(network.state_dict(), n_labels=N_LABELS)


def inputs(n: int, *, with_labels: bool = True) -> dict[str, np.ndarray]:
    """Windows over twenty steps; the last row, all zeros, stands for no order."""
    rng = np.random.default_rng(n)
    steps = np.vstack([rng.normal(size=(20, N_STEP)), np.zeros(N_STEP)]).astype(np.float32)
    labels = rng.integers(0, 2, (n, LENGTH, N_LABELS)) * with_labels
    return {
        "steps": steps,
        "window": rng.integers(0, 21, (n, LENGTH)),
        "labels": labels.astype(np.float32),
        "place": rng.normal(size=(n, LENGTH, N_PLACE)).astype(np.float32),
        "facts": rng.normal(size=(n, N_FACTS)).astype(np.float32),
    }


def by_torch(network: TwoLstmNetwork, given: dict[str, np.ndarray]) -> np.ndarray:
    member = np.concatenate([given["steps"][given["window"]], given["labels"]], axis=2)
    tensors: list[Tensor] = [torch.from_numpy(one) for one in (member, given["place"], given["facts"])]
    with torch.inference_mode():
        logits: np.ndarray = network(*tensors).numpy()
    return logits


@pytest.mark.parametrize("n", [1, 2, 50])
@pytest.mark.parametrize("with_labels", [True, False])
def test_logits_are_those_of_torch(network: TwoLstmNetwork, n: int, with_labels: bool):
    given = inputs(n, with_labels=with_labels)

    np.testing.assert_allclose(
        forward(weights_of(network), **given), by_torch(network, given), rtol=1e-4, atol=1e-5
    )


def test_batches_change_nothing(network: TwoLstmNetwork, monkeypatch: pytest.MonkeyPatch):
    given, weights = inputs(50), weights_of(network)
    whole = forward(weights, **given)
    monkeypatch.setattr(lstm_inference, "BATCH", 8)

    np.testing.assert_allclose(forward(weights, **given), whole, rtol=1e-5, atol=1e-6)


def test_the_inputs_are_left_as_they_were(network: TwoLstmNetwork):
    for n in (1, 5):
        given = inputs(n)
        before = {name: values.copy() for name, values in given.items()}
        forward(weights_of(network), **given)
        for name, values in before.items():
            np.testing.assert_array_equal(given[name], values)


def test_weights_survive_as_arrays(network: TwoLstmNetwork):
    weights, given = weights_of(network), inputs(3)
    again = LstmWeights.from_arrays(weights.arrays())

    assert len(weights.arrays()) == len(NAMES)
    np.testing.assert_array_equal(forward(again, **given), forward(weights, **given))


def test_the_joined_matrix_holds_both_recurrences_and_zeros_between(network: TwoLstmNetwork):
    weights = weights_of(network)
    size = weights.recurrent.shape[1]
    state = np.random.default_rng(1).normal(size=2 * size).astype(np.float32)
    together = (weights.joined @ state).reshape(4, 2, size)

    for which in range(2):
        alone = (state[which * size : (which + 1) * size] @ weights.recurrent[which]).reshape(4, size)
        np.testing.assert_allclose(together[:, which], alone, rtol=1e-4, atol=1e-5)


def test_a_missing_array_is_named(network: TwoLstmNetwork):
    arrays = weights_of(network).arrays()
    arrays.pop("lstm.w2")

    with pytest.raises(KeyError, match=r"lstm\.w2"):
        LstmWeights.from_arrays(arrays)
