"""Reasons in words: what raised an order's score most, each with the fact behind it.

A reason is ``{"code", "text", "weight", "facts"}``: ``weight`` is how much it raises the logit (of the rank,
while there is no model), ``facts`` the
numbers in its sentence, from which ``reason_text`` writes it again in another language.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from fraud.models import DecidedBy, ListAction
from fraud.services.reasons.facts import Facts, facts_of
from fraud.services.reasons.texts import (
    ALLOW_LIST,
    BLOCK_LIST,
    MODEL_UNAVAILABLE,
    NO_MODEL_YET,
    RULE,
    SUPPRESSED,
    TIME_OUT,
    UNUSUAL,
    reason_text,
)
from learning.json_types import JsonMapping, JsonObject

if TYPE_CHECKING:
    from fraud.ml.judging.explanation import Effects
    from fraud.ml.orders.sequences import TransactionSequences

Reason = JsonObject
MOST_REASONS = 4
SMALLEST_WEIGHT = 0.1
HALF = 0.5


def unavailable_reason() -> Reason:
    """The model could not answer."""
    return _reason(MODEL_UNAVAILABLE, {})


def simple_reason(decided_by: str) -> Reason:
    """Why the model did not decide."""
    return _reason(
        {DecidedBy.TIME_OUT: TIME_OUT, DecidedBy.SUPPRESSED: SUPPRESSED}.get(
            DecidedBy(decided_by), MODEL_UNAVAILABLE
        ),
        {},
    )


def amount_reason(review_from: float | None, *, currency: str) -> Reason:
    """No model is live: the amount decided; None where it is not known in the shop's ``currency``."""
    return _reason(NO_MODEL_YET, {"limit": review_from, "currency": currency})


def list_reason(action: str, kind: str) -> Reason:
    """An entry of this ListAction and kind of value decided."""
    return _reason(BLOCK_LIST if action == ListAction.BLOCK else ALLOW_LIST, {"kind": kind})


def rule_reason(name: str) -> Reason:
    """The rule of this name decided."""
    return _reason(RULE, {"name": name})


def rank_reasons(share: float, facts: Sequence[Reason]) -> list[Reason]:
    """No model is live: that an order is more unusual than ``share`` of the shop's, and the ``facts`` that
    make it so. Of an order that is not unusual, the rank alone.
    """
    return [_reason(UNUSUAL, {"percent": percent_of(share)}), *(facts if share >= HALF else [])]


def percent_of(share: float) -> int:
    """Whole percent, rounded down: nothing is higher than all orders."""
    return min(int(share * 100), 99)


def is_of_rank(reason: JsonMapping) -> bool:
    """Whether ``rank_reasons`` gave it; what decided without a model has no weight."""
    return bool(reason["code"] == UNUSUAL or reason.get("weight", 0) > 0)


def _reason(code: str, facts: Facts) -> Reason:
    return {"code": code, "text": reason_text({"code": code, "facts": facts}), "weight": 0.0, "facts": facts}


def reasons_of(*, effects: Effects, sequences: TransactionSequences) -> list[list[Reason]]:
    """For each order of ``sequences``, what raised its score, strongest first; [] where nothing did."""
    from fraud.ml.judging.explanation import FIELDS, KNOWN_LABELS, KNOWN_STORE_LABELS
    from fraud.ml.orders.place_history import PLACE_FEATURES
    from fraud.ml.orders.step_features import STEP_FEATURES

    steps = sequences.steps[sequences.window[:, -1]]
    fraud, present = PLACE_FEATURES.index("label_fraud"), PLACE_FEATURES.index("present")
    reasons: list[list[Reason]] = []
    for n in range(len(sequences)):
        step = dict(zip(STEP_FEATURES, steps[n].tolist(), strict=True))
        weights = dict(zip(FIELDS, effects.fields[n].tolist(), strict=True))
        candidates = [(weight, code, facts_of(code, step)) for code, weight in weights.items()]
        frauds = int(sequences.labels[n, :, 0].sum())
        candidates.append((float(effects.known_labels[n]), KNOWN_LABELS, {"frauds": frauds}))
        place = sequences.place[n, :-1]
        known = int((place[:, fraud] > 0).sum())
        there = {"frauds": known, "orders": int((place[:, present] > 0).sum())}
        candidates.append(
            (float(effects.known_store_labels[n]), KNOWN_STORE_LABELS, there if known else None)
        )
        candidates.append(_strongest_earlier(effects, sequences, n))
        reasons.append(_worded(candidates))
    return reasons


def _worded(candidates: list[tuple[float, str, Facts | None]]) -> list[Reason]:
    strongest = sorted(candidates, key=lambda one: -one[0])
    reasons: list[Reason] = []
    for weight, code, facts in strongest:
        if facts is None or weight < SMALLEST_WEIGHT or len(reasons) == MOST_REASONS:
            continue
        reason: Reason = {"code": code, "weight": round(weight, 3), "facts": facts}
        reasons.append({**reason, "text": reason_text(reason)})
    return reasons


def _strongest_earlier(
    effects: Effects, sequences: TransactionSequences, n: int
) -> tuple[float, str, Facts | None]:
    """The earlier order without which the score would be lowest."""
    from fraud.ml.orders.step_features import STEP_FEATURES

    place = int(effects.earlier[n].argmax())
    row = sequences.window[n, place]
    if row < 0:
        return 0.0, "earlier_order", None
    amount = math.expm1(float(sequences.steps[row, STEP_FEATURES.index("log_amount")]))
    gaps = sequences.steps[sequences.window[n, place + 1 :], STEP_FEATURES.index("log_gap")]
    seconds = round(sum(math.expm1(gap) for gap in gaps.tolist()) * 3_600)
    return float(effects.earlier[n, place]), "earlier_order", {"amount": round(amount, 2), "seconds": seconds}
