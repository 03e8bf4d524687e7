"""The two-sequence LSTM's forward pass in NumPy: what serving runs, for one order or for many.

Both LSTMs (Hochreiter & Schmidhuber 1997) advance side by side. For one order, where the overhead of each
call exceeds its arithmetic, they are one LSTM of twice the size whose weights between the two are zero; for
many, a member's step is projected once, however many windows show it. Equal to the torch module that was
trained, within float32's rounding.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Self

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.linalg.blas import sgemv

from learning.estimator import Array

Floats = NDArray[np.float32]
GATES: Final = 4
BATCH: Final = 256
"""Orders advanced together: their gates stay in the processor's cache."""
NAMES: Final = (
    "member_steps", "member_labels", "member_bias", "place_steps", "place_bias", "recurrent",
    "w1", "b1", "w2", "b2",
)  # fmt: skip


@dataclass(frozen=True)
class LstmWeights:
    """float32. H: hidden size. Gates lie in the order input, forget, output, cell; the first three are
    halved, so that one tanh serves all four: sigmoid(x) = (1 + tanh(x / 2)) / 2. States are kept doubled, and
    what reads them is halved."""

    member_steps: Floats  # (n_step_inputs, 4 H)
    member_labels: Floats  # (n_label_features, 4 H)
    member_bias: Floats  # (4 H,)
    place_steps: Floats  # (n_place_features, 4 H)
    place_bias: Floats  # (4 H,)
    recurrent: Floats  # (2, H, 4 H): the member's and the place's
    w1: Floats  # (2 H + n_facts, head size)
    b1: Floats  # (head size,)
    w2: Floats  # (head size,)
    b2: Floats  # (1,)

    @classmethod
    def of(cls, state: Mapping[str, torch.Tensor], *, n_labels: int) -> Self:
        """From the state of a TwoLstmNetwork, whose member inputs end with ``n_labels`` label features."""
        arrays = {key: value.detach().cpu().numpy() for key, value in state.items()}
        member, place = _gates(arrays, "member"), _gates(arrays, "place")
        n_states = 2 * arrays["member.weight_hh_l0"].shape[1]
        of_states = np.where(np.arange(arrays["hidden.weight"].shape[1]) < n_states, 0.5, 1.0)[:, None]
        return cls(
            member_steps=_whole(member["ih"][:-n_labels]),
            member_labels=_whole(member["ih"][-n_labels:]),
            member_bias=_whole(member["bias"]),
            place_steps=_whole(place["ih"]),
            place_bias=_whole(place["bias"]),
            recurrent=_whole(np.stack([member["hh"], place["hh"]]) / 2),
            w1=_whole(arrays["hidden.weight"].T * of_states),
            b1=arrays["hidden.bias"].copy(),
            w2=arrays["output.weight"][0].copy(),
            b2=arrays["output.bias"].copy(),
        )

    @cached_property
    def joined(self) -> Floats:
        """(4 · 2 H, 2 H) in Fortran's order: ``recurrent`` of both, gate by gate, as one matrix."""
        size = self.recurrent.shape[1]
        whole = np.zeros((GATES, 2, size, 2, size), np.float32)
        for which in range(2):
            gates = self.recurrent[which].reshape(size, GATES, size)
            whole[:, which, :, which] = np.moveaxis(gates, 0, 2)
        return np.asfortranarray(whole.reshape(GATES * 2 * size, 2 * size))

    def arrays(self) -> dict[str, Array]:
        return {f"lstm.{name}": getattr(self, name) for name in NAMES}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Array]) -> Self:
        """Raises KeyError."""
        return cls(**{name: arrays[f"lstm.{name}"] for name in NAMES})


def forward(
    weights: LstmWeights,
    *,
    steps: Floats,
    window: NDArray[np.int64],
    labels: Floats,
    place: Floats,
    facts: Floats,
) -> Floats:
    """(n,) logits.

    ``steps`` (n_steps, n_step_inputs) scaled, all zeros in the last row; ``window`` (n, length) rows of it;
    ``labels`` (n, length, n_label_features); ``place`` (n, length, n_place_features) scaled; ``facts``
    (n, n_facts) scaled.
    """
    projected = _product(steps, weights.member_steps)
    projected += weights.member_bias
    if len(window) == 1:
        return _of_one(weights, projected[window[0]], labels[0], place[0], facts)
    logits = np.empty(len(window), np.float32)
    for start in range(0, len(window), BATCH):
        chunk = slice(start, start + BATCH)
        gates = _inputs_of_gates(weights, projected, window[chunk], labels[chunk], place[chunk])
        states = _advance(weights.recurrent, gates)
        logits[chunk] = _head(weights, np.concatenate([states[0], states[1], facts[chunk]], axis=1))
    return logits


def _head(weights: LstmWeights, seen: Floats) -> Floats:
    hidden = _product(seen, weights.w1)
    hidden += weights.b1
    np.maximum(hidden, 0, out=hidden)
    return np.asarray(hidden @ weights.w2 + weights.b2, np.float32)


def _of_one(weights: LstmWeights, member: Floats, labels: Floats, place: Floats, facts: Floats) -> Floats:
    """(1,) logits. ``member`` (length, 4 H) is projected, the rest as for ``forward``."""
    length, width = member.shape
    gates = np.empty((length, GATES, 2, width // GATES), np.float32)
    if labels.any():
        member = member + labels @ weights.member_labels
    gates[:, :, 0] = member.reshape(length, GATES, -1)
    of_place = place @ weights.place_steps
    of_place += weights.place_bias
    gates[:, :, 1] = of_place.reshape(length, GATES, -1)
    state = _advance_one(weights.joined, gates.reshape(length, -1))
    return _head(weights, np.concatenate([state, facts[0]])[None])


def _advance_one(joined: Floats, gates: Floats) -> Floats:
    """(2 H,): both states after the last step. ``gates`` (length, 4 · 2 H) is used up.

    The same steps as ``_advance``. Output arrays and constants stand ready, for at this size each call costs
    half a microsecond and a scalar's conversion another fifth.
    """
    size = joined.shape[1]
    ones, halves = np.ones(3 * size, np.float32), np.full(size, 0.5, np.float32)
    state, cell, news = np.zeros(size, np.float32), np.zeros(size, np.float32), np.empty(size, np.float32)
    add, multiply, tanh = np.add, np.multiply, np.tanh
    opened, kept, shown = gates[:, : 3 * size], gates[:, size : 2 * size], gates[:, 2 * size : 3 * size]
    # rows of views that stand ready: a slice in the loop would cost a quarter of a call
    for number, (now, doors, taken, stays, fresh, seen) in enumerate(
        zip(gates, opened, gates[:, :size], kept, gates[:, 3 * size :], shown, strict=True)
    ):
        if number:
            sgemv(1.0, joined, state, 1.0, now, overwrite_y=1)  # now += joined @ state
        tanh(now, now)
        add(doors, ones, doors)
        multiply(cell, stays, cell)
        multiply(taken, fresh, news)
        add(cell, news, cell)
        multiply(cell, halves, cell)
        tanh(cell, state)
        multiply(state, seen, state)
    return state


def _inputs_of_gates(
    weights: LstmWeights, projected: Floats, window: NDArray[np.int64], labels: Floats, place: Floats
) -> Floats:
    """(length, 2, n, 4 H): all that the gates get but the state."""
    n, length = window.shape
    gates = np.empty((length, 2, n, projected.shape[1]), np.float32)
    np.take(projected, window.T, axis=0, out=gates[:, 0])
    known = labels.any(axis=(1, 2))
    if known.any():
        gates[:, 0, known] += np.swapaxes(labels[known], 0, 1) @ weights.member_labels
    np.matmul(np.swapaxes(place, 0, 1), weights.place_steps, out=gates[:, 1])
    gates[:, 1] += weights.place_bias
    return gates


def _advance(recurrent: Floats, gates: Floats) -> Floats:
    """(2, n, H): the states after the last step. ``gates`` is used up."""
    size = recurrent.shape[1]
    ones = 3 * size  # the three gates that open and close
    state = np.zeros((2, gates.shape[2], size), np.float32)
    cell = np.zeros_like(state)
    from_state = np.empty_like(gates[0])
    news = np.empty_like(state)
    for number, now in enumerate(gates):
        if number:
            np.matmul(state, recurrent, out=from_state)
            now += from_state
        np.tanh(now, out=now)
        opened = now[:, :, :ones]
        opened += 1  # twice the gate
        cell *= opened[:, :, size : 2 * size]
        np.multiply(opened[:, :, :size], now[:, :, ones:], out=news)
        cell += news
        cell *= 0.5
        np.tanh(cell, out=state)
        state *= opened[:, :, 2 * size :]  # twice the state, which the weights that read it know
    return state


def _product(inputs: Floats, weights: Floats) -> Floats:
    return np.asarray(inputs @ weights, np.float32)


def _gates(arrays: Mapping[str, Array], name: str) -> dict[str, Array]:
    """torch's i, f, g, o rows as our i, f, o, g columns, the first three halved."""
    hh = arrays[f"{name}.weight_hh_l0"]
    size = hh.shape[1]
    order = np.r_[0 : 2 * size, 3 * size : 4 * size, 2 * size : 3 * size]
    scale = np.where(np.arange(GATES * size) < 3 * size, 0.5, 1.0).astype(np.float32)
    bias = arrays[f"{name}.bias_ih_l0"] + arrays[f"{name}.bias_hh_l0"]
    return {
        "ih": (arrays[f"{name}.weight_ih_l0"][order]).T * scale,
        "hh": hh[order].T * scale,
        "bias": bias[order] * scale,
    }


def _whole(values: Array) -> Floats:
    return np.ascontiguousarray(values, np.float32)
