"""How much each earlier order and each field moved the sequence model: integrated gradients, to draw.

Sundararajan, Taly & Yan 2017, "Axiomatic attribution for deep networks": gradients are summed along the line
from "no orders, everything as usual" to what was seen, so that the attributions add up to the difference of
both logits. Takes tens of milliseconds, so it is not for checkout; see ``explanation`` for that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from captum.attr import IntegratedGradients
from numpy.typing import NDArray

from fraud.ml.judging.explanation import FIELDS, KNOWN_LABELS, KNOWN_STORE_LABELS, STORE_FIELDS
from fraud.ml.models.lstm import one_thread
from fraud.ml.models.lstm_inputs import Scalers
from fraud.ml.models.two_sequence_lstm import TwoSequenceLstm
from fraud.ml.orders.known_labels import KNOWN_FEATURES
from fraud.ml.orders.place_history import PLACE_FEATURES
from fraud.ml.orders.sequences import CONTEXT_FEATURES, LABEL_FEATURES, TransactionSequences
from fraud.ml.orders.step_features import STEP_FEATURES
from fraud.ml.orders.training_data import StepScaler
from learning.estimator import Estimator

STEPS: Final = 48
"""Points on the line; the sum then is within a percent or two of the difference."""
MEMBER_FIELDS: Final = (*FIELDS, KNOWN_LABELS, "order")
"""Fields of the member's orders; "order" is that there was one at all."""
PLACE_FIELDS: Final = ("store_amount", "store_velocity", "same_member", KNOWN_STORE_LABELS, "order")
"""Fields of the orders at the same place."""
_PLACE_FIELD_OF: Final = {
    "present": "order", "log_amount": "store_amount",
    "log_age": "store_velocity", "log_gap": "store_velocity", "same_member": "same_member",
}  # fmt: skip  # all others are labels


@dataclass(frozen=True)
class Attributions:
    """In units of the logit, for n orders; positive is more suspect.

    ``member`` (n, LENGTH, n_member_fields), oldest order first, the order itself last; ``place`` (n,
    PLACE_LENGTH, n_place_fields) likewise; 0 where there was no order. What counts over the whole history
    (known frauds of the store within a month, say) stands at the order itself. ``logit`` and ``usual`` (n,):
    the network's output, and what it is without anything to see; ``member`` and ``place`` sum to the rest.
    """

    member: NDArray[np.float64]
    place: NDArray[np.float64]
    logit: NDArray[np.float64]
    usual: NDArray[np.float64]


def attributions(model: Estimator, sequences: TransactionSequences) -> Attributions:
    """``model``: a two-sequence LSTM, or a blend that has one. Raises ValueError for any other."""
    part = model if isinstance(model, TwoSequenceLstm) else getattr(model, "parts_", {}).get("lstm")
    if part is None:
        raise ValueError(f"a {model.name} model reads no sequences that could be drawn")
    network = part.network()
    inputs = part.scalers_.inputs(sequences).batch(slice(None))
    nothing = tuple(torch.zeros_like(values) for values in inputs)
    with one_thread():
        effects = IntegratedGradients(network).attribute(
            inputs, baselines=nothing, n_steps=STEPS, method="gausslegendre"
        )
        with torch.inference_mode():
            logit, usual = network(*inputs).numpy(), network(*nothing).numpy()
    member, place, facts = (values.detach().numpy().astype(np.float64) for values in effects)
    own, context, bins = _split(facts, part.scalers_)
    of_member = member @ _member_groups(part.scalers_.steps)
    of_member[:, -1] += own @ _member_groups(part.scalers_.steps)[: own.shape[1]]
    of_place = place @ _place_groups()
    of_member[:, -1] += bins[:, : len(STEP_FEATURES)] @ _member_groups(None)
    context[:, : len(CONTEXT_FEATURES)] += bins[:, len(STEP_FEATURES) :]
    member_context, place_context = _context_groups(part.scalers_.context)
    of_member[:, -1] += context @ member_context
    of_place[:, -1] += context @ place_context
    return Attributions(of_member, of_place, logit.astype(np.float64), usual.astype(np.float64))


def _split(
    facts: NDArray[np.float64], scalers: Scalers
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """(own step, context, bins of one feature added up: (n, n_step_features + n_context))."""
    n_context = len(scalers.context.mean) + len(scalers.context.flagged)
    own, context, bins = np.split(facts, [scalers.n_steps, scalers.n_steps + n_context], axis=1)
    of_feature = np.zeros((len(facts), len(STEP_FEATURES) + len(CONTEXT_FEATURES)))
    for bin_, column in enumerate(scalers.bins.column):
        of_feature[:, column] += bins[:, bin_]
    return own, context, of_feature


def _member_groups(scaler: StepScaler | None) -> NDArray[np.float64]:
    """(n_member_inputs, n_member_fields) of 0 and 1: which field an input of a step belongs to.

    Without a scaler, of the features alone: (n_step_features, n_member_fields).
    """
    field_of = {name: field for field, names in FIELDS.items() for name in names}
    columns = [field_of[name] for name in STEP_FEATURES]
    if scaler is None:
        return _one_hot(columns, MEMBER_FIELDS)
    columns += [columns[flagged] for flagged in scaler.flagged]
    columns += ["order", *([KNOWN_LABELS] * len(LABEL_FEATURES))]
    return _one_hot(columns, MEMBER_FIELDS)


def _place_groups() -> NDArray[np.float64]:
    return _one_hot([_PLACE_FIELD_OF.get(name, KNOWN_STORE_LABELS) for name in PLACE_FEATURES], PLACE_FIELDS)


def _context_groups(scaler: StepScaler) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(n_context_inputs, n_member_fields) and (n_context_inputs, n_place_fields)."""
    store_field_of = {name: field for field, names in STORE_FIELDS.items() for name in names}
    columns = [_context_field(name, store_field_of) for name in CONTEXT_FEATURES]
    columns += [columns[flagged] for flagged in scaler.flagged]
    return _one_hot(columns, MEMBER_FIELDS), _one_hot(columns, PLACE_FIELDS)


def _context_field(name: str, store_field_of: dict[str, str]) -> str:
    if name in store_field_of:
        return store_field_of[name]
    if name.startswith("place_"):
        return KNOWN_STORE_LABELS
    return KNOWN_LABELS if name.removeprefix("member_") in KNOWN_FEATURES else "velocity"


def _one_hot(columns: list[str], fields: tuple[str, ...]) -> NDArray[np.float64]:
    return np.array([[float(column == field) for field in fields] for column in columns])
