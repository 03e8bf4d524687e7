"""Why an order scored as it did: what its score would be without each fact, all asked in one batch.

Occlusion (Zeiler & Fergus 2014; Robnik-Šikonja & Kononenko 2008): a group of the order's features is put to
what is typical, or an earlier order is taken out of the sequence; the change of the logit is the effect.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fraud.ml.transaction_sequences import (
    IDENTITIES,
    LENGTH,
    STEP_FEATURES,
    VELOCITY_WINDOWS,
    TransactionSequences,
)

FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "amount": (
        "log_amount", "amount_vs_mean", "amount_vs_spread", "amount_vs_previous", "log_amount_per_line",
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
KNOWN_LABELS: Final = "known_labels"
_COLUMNS: Final = [
    [STEP_FEATURES.index(name) for name in names] for names in FIELDS.values()
]  # of each field, in ``steps``
_N_FIELDS: Final = len(FIELDS)
_N_VARIANTS: Final = 1 + _N_FIELDS + 1 + (LENGTH - 1)  # as it is, fields, labels, earlier orders


@dataclass(frozen=True)
class Effects:
    """How much each fact raises (positive) or lowers the logit, for n orders.

    ``fields`` (n, n_fields) in the order of FIELDS; ``known_labels`` (n,); ``earlier`` (n, LENGTH - 1),
    oldest first, 0 where there is no such order. ``probability`` (n,) is the score itself.
    """

    probability: NDArray[np.float32]
    fields: NDArray[np.float64]
    known_labels: NDArray[np.float64]
    earlier: NDArray[np.float64]


def explain(
    score: Callable[[TransactionSequences], NDArray[np.float32]],
    sequences: TransactionSequences,
    *,
    typical: NDArray[np.float32],
) -> Effects:
    """``typical`` (n_step_features,): what a field taken away is put to; a model's ``typical_step``."""
    n = len(sequences)
    variants = _variants(sequences, typical)
    probability = score(variants).reshape(n, _N_VARIANTS).astype(np.float64)
    logits = _logit(probability)
    effects = logits[:, :1] - logits[:, 1:]
    return Effects(
        probability=probability[:, 0].astype(np.float32),
        fields=effects[:, :_N_FIELDS],
        known_labels=effects[:, _N_FIELDS],
        earlier=np.where(sequences.mask[:, :-1], effects[:, _N_FIELDS + 1 :], 0),
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
    window[:, 1 : 1 + _N_FIELDS, -1] = len(sequences.steps) + np.arange(n * _N_FIELDS).reshape(n, _N_FIELDS)
    labels[:, 1 + _N_FIELDS] = 0
    for earlier in range(LENGTH - 1):  # the orders before it move up by one place
        variant = 2 + _N_FIELDS + earlier
        window[:, variant, 1 : earlier + 1] = sequences.window[:, :earlier]
        labels[:, variant, 1 : earlier + 1] = sequences.labels[:, :earlier]
        window[:, variant, 0] = -1
        labels[:, variant, 0] = 0
    return TransactionSequences(
        steps, window.reshape(n * _N_VARIANTS, LENGTH), labels.reshape(n * _N_VARIANTS, LENGTH, -1)
    )


def _logit(probability: NDArray[np.float64]) -> NDArray[np.float64]:
    bounded = np.clip(probability, 1e-7, 1 - 1e-7)
    return np.asarray(np.log(bounded / (1 - bounded)))
