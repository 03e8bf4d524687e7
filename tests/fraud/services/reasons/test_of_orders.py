"""Reasons in words for the orders of a batch."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from django.utils import translation

from fraud.ml.judging.explanation import FIELDS, STORE_FIELDS, Effects
from fraud.ml.orders.place_history import PLACE_LENGTH
from fraud.ml.orders.sequences import LENGTH, TransactionSequences, build_sequences
from fraud.models import DecidedBy, ListAction
from fraud.services.reasons.of_orders import (
    MOST_REASONS,
    SMALLEST_WEIGHT,
    list_reason,
    reasons_of,
    rule_reason,
    simple_reason,
    unavailable_reason,
)
from tests.fraud.toys import some_orders


@pytest.fixture(scope="module")
def sequences() -> TransactionSequences:
    """The newest orders of a shop, each with a full history of its member."""
    orders = some_orders()
    whole = build_sequences(orders, time_zone="UTC")
    full = np.flatnonzero((whole.window >= 0).all(axis=1))
    return whole.select(full[-3:])


def effects(sequences: TransactionSequences, **fields: float) -> Effects:
    """No effect but those of ``fields``, on every order."""
    n = len(sequences)
    table = np.zeros((n, len(FIELDS)))
    for name, weight in fields.items():
        table[:, list(FIELDS).index(name)] = weight
    return Effects(
        probability=np.full(n, 0.5, dtype=np.float32),
        fields=table,
        known_labels=np.zeros(n),
        earlier=np.zeros((n, LENGTH - 1)),
        store_fields=np.zeros((n, len(STORE_FIELDS))),
        known_store_labels=np.zeros(n),
        store_earlier=np.zeros((n, PLACE_LENGTH - 1)),
    )


def test_the_strongest_come_first_with_text_weight_and_facts(sequences: TransactionSequences) -> None:
    reasons = reasons_of(effects=effects(sequences, amount=0.5, velocity=1.5), sequences=sequences)

    assert len(reasons) == 3
    for of_order in reasons:
        assert [reason["code"] for reason in of_order] == ["velocity", "amount"]
        assert [reason["weight"] for reason in of_order] == [1.5, 0.5]
        assert all(reason["text"] and reason["facts"] for reason in of_order)


def test_what_hardly_raises_the_score_or_lowers_it_is_no_reason(sequences: TransactionSequences) -> None:
    small = effects(sequences, amount=SMALLEST_WEIGHT / 2, velocity=-3.0)
    assert reasons_of(effects=small, sequences=sequences) == [[], [], []]


def test_there_are_four_at_most(sequences: TransactionSequences) -> None:
    many = effects(sequences, **dict.fromkeys(FIELDS, 1.0))
    assert all(len(of_order) <= MOST_REASONS for of_order in reasons_of(effects=many, sequences=sequences))


def test_the_earlier_order_is_named_with_its_amount_and_age(sequences: TransactionSequences) -> None:
    given = effects(sequences)
    given.earlier[:, -1] = 2.0

    reasons = reasons_of(effects=given, sequences=sequences)

    for of_order in reasons:
        (reason,) = of_order
        assert reason["code"] == "earlier_order"
        assert reason["facts"]["amount"] >= 1
        assert reason["facts"]["seconds"] >= 0


def test_an_earlier_order_that_is_not_there_is_no_reason(sequences: TransactionSequences) -> None:
    window = sequences.window.copy()
    window[:, :-1] = -1
    given = effects(sequences)
    given.earlier[:, 0] = 2.0

    assert reasons_of(effects=given, sequences=replace(sequences, window=window)) == [[], [], []]


def test_labels_of_the_store_count_only_where_a_fraud_is_known(sequences: TransactionSequences) -> None:
    given = effects(sequences)
    given = replace(given, known_store_labels=np.full(len(sequences), 1.0))
    without = replace(sequences, place=np.zeros_like(sequences.place))

    assert reasons_of(effects=given, sequences=without) == [[], [], []]


@pytest.mark.parametrize(
    ("decided_by", "code"),
    [
        (DecidedBy.TIME_OUT, "time_out"),
        (DecidedBy.SUPPRESSED, "suppressed"),
        (DecidedBy.NO_MODEL, "model_unavailable"),
    ],
)
def test_why_the_model_did_not_decide(decided_by: str, code: str) -> None:
    reason = simple_reason(decided_by)
    assert (reason["code"], reason["weight"]) == (code, 0.0)
    assert reason["text"]


def test_lists_and_rules_are_named() -> None:
    assert list_reason(ListAction.BLOCK, "email")["text"] == "On the block list: E-mail"
    assert list_reason(ListAction.ALLOW, "device")["code"] == "allow_list"
    assert rule_reason("Large amounts")["text"] == "Rule: Large amounts"
    assert unavailable_reason()["text"] == "The model could not answer."


def test_the_stored_text_is_in_the_language_that_is_active() -> None:
    with translation.override("zh-hans"):
        assert rule_reason("大额")["text"] == "规则：大额"
