"""Why an order scored as it did: what its score would be without each fact, all in one batch.

Occlusion (Zeiler & Fergus 2014; Robnik-Šikonja & Kononenko 2008): a group of the order's features is set to
typical values, or an earlier order, the member's or the store's, is taken out of its sequence; the change of
the logit is the effect.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fraud.ml.orders.columns import IDENTITIES
from fraud.ml.orders.known_labels import KNOWN_FEATURES
from fraud.ml.orders.place_history import PLACE_FEATURES, PLACE_LENGTH
from fraud.ml.orders.sequences import CONTEXT_FEATURES, LENGTH, TransactionSequences
from fraud.ml.orders.step_features import STEP_FEATURES, VELOCITY_WINDOWS

FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "amount": (
        "log_amount", "amount_vs_mean", "amount_vs_spread", "amount_vs_previous",
        "amount_vs_median", "amount_vs_high", "amount_rank", "amount_vs_typical", "log_amount_per_line",
    ),
    "moment": ("hour_sin", "hour_cos", "weekday_sin", "weekday_cos"),
    "gap": ("log_gap",),
    "basket": ("log_lines", "lines_vs_mean"),
    "discount": ("discount_share", "discount_vs_mean", "coupon", "coupon_share"),
    "channel": tuple(name for name in STEP_FEATURES if name.startswith("channel_")),
    "payment_method": tuple(name for name in STEP_FEATURES if name.startswith("payment_")),
    **{
        name: tuple(f"{kind}_{name}" for kind in ("new", "log_days_since_first", "log_uses"))
        for name in IDENTITIES
    },
    "countries": ("country_mismatch",),
    "velocity": tuple(f"{kind}_{name}" for name, _ in VELOCITY_WINDOWS for kind in ("count", "sum")),
    "account": ("log_account_days", "log_history"),
}  # fmt: skip
STORE_FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "store_amount": tuple(name for name in CONTEXT_FEATURES if name.startswith("place_amount_")),
    "store_velocity": (
        *(name for name in CONTEXT_FEATURES if name.startswith("place_count_")),
        "place_members", "place_own_orders", "place_log_history",
    ),
}  # fmt: skip
"""Facts about the order's place: its store or, where it has none, its device or means of payment."""
KNOWN_LABELS: Final = "known_labels"
KNOWN_STORE_LABELS: Final = "known_store_labels"
_COLUMNS: Final = [
    [STEP_FEATURES.index(name) for name in names] for names in FIELDS.values()
]  # of each field, in ``steps``
_STORE_COLUMNS: Final = [[CONTEXT_FEATURES.index(name) for name in names] for names in STORE_FIELDS.values()]
_VELOCITY_CONTEXT: Final = [
    column for column, name in enumerate(CONTEXT_FEATURES) if name.startswith(("distinct_", "recent_excess"))
]  # goes with the field "velocity"
_PLACE_LABELS: Final = [PLACE_FEATURES.index(f"label_{kind}") for kind in ("fraud", "genuine", "days")]
_N_FIELDS: Final = len(FIELDS)
_N_STORE_FIELDS: Final = len(STORE_FIELDS)

# where each kind of variant begins: as it is, fields, labels, earlier orders, and the same of the store
_AT_LABELS: Final = 1 + _N_FIELDS
_AT_EARLIER: Final = _AT_LABELS + 1
_AT_STORE_FIELDS: Final = _AT_EARLIER + LENGTH - 1
_AT_STORE_LABELS: Final = _AT_STORE_FIELDS + _N_STORE_FIELDS
_AT_STORE_EARLIER: Final = _AT_STORE_LABELS + 1
_N_VARIANTS: Final = _AT_STORE_EARLIER + PLACE_LENGTH - 1


def _unlabelled(prefix: str) -> tuple[list[int], NDArray[np.float32]]:
    """(columns of the context, what they hold) where no label is known of the member or the place."""
    nothing = {
        "known",
        "frauds",
        "streak",
        *(name for name in KNOWN_FEATURES if name.startswith("frauds_known")),
    }
    of_place = [name.removeprefix("place_") for name in CONTEXT_FEATURES if name.startswith("place_fraud_")]
    names = [*KNOWN_FEATURES, *(of_place if prefix == "place" else ())]
    names = list(dict.fromkeys(names))
    columns = [CONTEXT_FEATURES.index(f"{prefix}_{name}") for name in names]
    values = [0.0 if name in nothing else np.nan for name in names]
    return columns, np.array(values, np.float32)


@dataclass(frozen=True)
class Effects:
    """How much each fact raises (positive) or lowers the logit, for n orders.

    ``fields`` (n, n_fields) in the order of FIELDS; ``known_labels`` (n,); ``earlier`` (n, LENGTH - 1),
    oldest first, 0 where there is no such order. ``probability`` (n,) is the score itself. Of the order's
    place: ``store_fields`` (n, n_store_fields) in the order of STORE_FIELDS, ``known_store_labels`` (n,), and
    ``store_earlier`` (n, PLACE_LENGTH - 1), oldest first. An earlier order is taken out of its sequence, not
    out of the counts about the whole history.
    """

    probability: NDArray[np.float32]
    fields: NDArray[np.float64]
    known_labels: NDArray[np.float64]
    earlier: NDArray[np.float64]
    store_fields: NDArray[np.float64]
    known_store_labels: NDArray[np.float64]
    store_earlier: NDArray[np.float64]


def explain(
    score: Callable[[TransactionSequences], NDArray[np.float32]],
    sequences: TransactionSequences,
    *,
    typical: NDArray[np.float32],
) -> Effects:
    """``typical`` (n_step_features + n_context,): the neutral values of the fields.

    A model's ``typical_step`` is one.
    """
    n = len(sequences)
    variants = _variants(sequences, typical)
    probability = score(variants).reshape(n, _N_VARIANTS).astype(np.float64)
    logits = _logit(probability)
    effects = logits[:, :1] - logits
    there = sequences.place[:, :-1, PLACE_FEATURES.index("present")] > 0
    return Effects(
        probability=probability[:, 0].astype(np.float32),
        fields=effects[:, 1:_AT_LABELS],
        known_labels=effects[:, _AT_LABELS],
        earlier=np.where(sequences.mask[:, :-1], effects[:, _AT_EARLIER:_AT_STORE_FIELDS], 0),
        store_fields=effects[:, _AT_STORE_FIELDS:_AT_STORE_LABELS],
        known_store_labels=effects[:, _AT_STORE_LABELS],
        store_earlier=np.where(there, effects[:, _AT_STORE_EARLIER:], 0),
    )


def _variants(sequences: TransactionSequences, typical: NDArray[np.float32]) -> TransactionSequences:
    """(n × _N_VARIANTS) sequences, those of one order together: itself, and itself without each fact."""
    n = len(sequences)
    current = sequences.steps[sequences.window[:, -1]]  # (n, n_step_features)
    occluded = np.repeat(current[:, None], _N_FIELDS, axis=1)  # (n, n_fields, n_step_features)
    for field, columns in enumerate(_COLUMNS):
        occluded[:, field, columns] = np.where(np.isnan(current[:, columns]), np.nan, typical[columns])
    steps = np.concatenate([sequences.steps, occluded.reshape(n * _N_FIELDS, -1)])
    window = np.repeat(sequences.window[:, None], _N_VARIANTS, axis=1)  # (n, n_variants, length)
    labels = np.repeat(sequences.labels[:, None], _N_VARIANTS, axis=1)
    window[:, 1:_AT_LABELS, -1] = len(sequences.steps) + np.arange(n * _N_FIELDS).reshape(n, _N_FIELDS)
    labels[:, _AT_LABELS] = 0
    for earlier in range(LENGTH - 1):  # the orders before it move up by one place
        variant = _AT_EARLIER + earlier
        window[:, variant, 1 : earlier + 1] = sequences.window[:, :earlier]
        labels[:, variant, 1 : earlier + 1] = sequences.labels[:, :earlier]
        window[:, variant, 0] = -1
        labels[:, variant, 0] = 0
    place = _place_variants(sequences)
    context = _context_variants(sequences, typical[len(STEP_FEATURES) :])
    return TransactionSequences(
        steps,
        window.reshape(n * _N_VARIANTS, LENGTH),
        labels.reshape(n * _N_VARIANTS, LENGTH, -1),
        place.reshape(n * _N_VARIANTS, PLACE_LENGTH, -1),
        context.reshape(n * _N_VARIANTS, -1),
        np.repeat(sequences.returns, _N_VARIANTS, axis=0),
    )


def _place_variants(sequences: TransactionSequences) -> NDArray[np.float32]:
    """(n, _N_VARIANTS, PLACE_LENGTH, n_place_features)."""
    place = np.repeat(sequences.place[:, None], _N_VARIANTS, axis=1)
    place[:, _AT_STORE_LABELS, :, _PLACE_LABELS] = 0
    for earlier in range(PLACE_LENGTH - 1):
        variant = _AT_STORE_EARLIER + earlier
        place[:, variant, 1 : earlier + 1] = sequences.place[:, :earlier]
        place[:, variant, 0] = 0
    return place


def _context_variants(sequences: TransactionSequences, typical: NDArray[np.float32]) -> NDArray[np.float32]:
    """(n, _N_VARIANTS, n_context)."""
    context = np.repeat(sequences.context[:, None], _N_VARIANTS, axis=1)
    velocity = 1 + list(FIELDS).index("velocity")
    for variant, columns in (
        (velocity, _VELOCITY_CONTEXT),
        *((_AT_STORE_FIELDS + field, columns) for field, columns in enumerate(_STORE_COLUMNS)),
    ):
        known = ~np.isnan(sequences.context[:, columns])
        context[:, variant, columns] = np.where(known, typical[columns], np.nan)
    for variant, prefix in ((_AT_LABELS, "member"), (_AT_STORE_LABELS, "place")):
        columns, nothing = _unlabelled(prefix)
        context[:, variant, columns] = nothing
    return context


def _logit(probability: NDArray[np.float64]) -> NDArray[np.float64]:
    bounded = np.clip(probability, 1e-7, 1 - 1e-7)
    return np.asarray(np.log(bounded / (1 - bounded)))
