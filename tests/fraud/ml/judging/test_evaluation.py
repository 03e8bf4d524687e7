"""Which orders train, which are tested, and what labels were known between."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from fraud.ml.judging.evaluation import EPOCH, Protocol, check_models, evaluate, folds_of
from fraud.ml.orders.columns import DAY, OrderColumns
from fraud.ml.orders.files import Transactions
from learning.interaction_files import InputError

START = dt.date(1970, 1, 1)
PROTOCOL = Protocol(train_start=START, train_days=10, delay_days=5, test_days=5)


def transactions(n_days: int = 40, *, a_day: int = 4, late_days: int = 5) -> Transactions:
    """``a_day`` orders a day of as many members; the first of each day is fraud."""
    day = np.repeat(np.arange(n_days), a_day)
    placed_at = day * DAY + np.tile(np.arange(a_day), n_days) * 3_600
    orders = OrderColumns.build(
        member=np.tile(np.arange(a_day), n_days),
        placed_at=placed_at,
        amount_cents=np.full(len(day), 1_000),
        is_fraud=(np.arange(len(day)) % a_day == 0).astype(np.float32),
        label_known_at=placed_at + late_days * DAY,
    )
    return Transactions(np.arange(len(day)), day, orders)


def days(given: Transactions, rows: np.ndarray) -> set[int]:
    return set(given.day[rows].tolist())


def test_training_ends_a_delay_before_the_test_begins():
    given = transactions()
    (fold,) = folds_of(given, PROTOCOL)

    assert days(given, fold.train) == set(range(10))
    assert days(given, fold.test) == set(range(15, 20))


def test_a_label_that_is_known_too_late_does_not_train():
    given = transactions(late_days=8)
    (fold,) = folds_of(given, PROTOCOL)

    # at the midnight of day 15 the label of one order of day 7 is known, the one placed at its midnight
    assert days(given, fold.train) == set(range(8))
    assert (given.day[fold.train] == 7).sum() == 1


def test_each_fold_moves_on_by_the_test_days():
    given = transactions()
    folds = list(folds_of(given, replace(PROTOCOL, folds=3)))

    assert [min(days(given, fold.train)) for fold in folds] == [0, 5, 10]
    assert [min(days(given, fold.test)) for fold in folds] == [15, 20, 25]
    assert [fold.number for fold in folds] == [0, 1, 2]


def test_the_test_may_begin_on_a_given_day():
    given = transactions()
    (fold,) = folds_of(given, replace(PROTOCOL, test_start=EPOCH + dt.timedelta(days=30)))

    assert days(given, fold.test) == set(range(30, 35))


def test_orders_without_a_label_are_tested_but_do_not_train():
    given = transactions()
    unlabelled = np.where(given.day % 2 == 1, np.nan, given.orders.is_fraud).astype(np.float32)
    some = replace(given, orders=replace(given.orders, is_fraud=unlabelled))
    (fold,) = folds_of(some, PROTOCOL)

    assert days(some, fold.train) == set(range(0, 10, 2))
    assert days(some, fold.test) == set(range(15, 20))


def test_members_known_to_be_compromised_are_left_out():
    given = transactions()
    (fold,) = folds_of(given, replace(PROTOCOL, drop_compromised_since=START))

    assert 0 not in given.orders.member[fold.test]
    assert set(given.orders.member[fold.test].tolist()) == {1, 2, 3}


def test_frauds_before_the_given_day_compromise_nobody():
    given = transactions()
    since = EPOCH + dt.timedelta(days=14)  # known on the nineteenth day
    (fold,) = folds_of(given, replace(PROTOCOL, drop_compromised_since=since))

    assert sorted(given.day[fold.test][given.orders.member[fold.test] == 0].tolist()) == [15, 16, 17, 18]


def test_windows_outside_the_file_are_named():
    given = transactions(n_days=12)
    with pytest.raises(InputError, match="no order to test from 1970-01-16; the file covers 1970-01-01 to"):
        list(folds_of(given, PROTOCOL))
    with pytest.raises(InputError, match="no labelled order to train on from 1971-01-01"):
        list(folds_of(given, replace(PROTOCOL, train_start=dt.date(1971, 1, 1))))


def test_training_orders_need_both_kinds():
    given = transactions()
    genuine = replace(given, orders=replace(given.orders, is_fraud=np.zeros(len(given.day), np.float32)))

    with pytest.raises(InputError, match="need both frauds and genuine orders"):
        list(folds_of(genuine, PROTOCOL))


def test_unknown_models_are_refused_with_the_known_ones():
    with pytest.raises(InputError, match=r"no model 'oracle'; known: .*logistic"):
        check_models(["logistic", "oracle"])
    with pytest.raises(InputError, match="no model ''"):
        check_models([])


def test_every_model_is_tried_on_every_fold():
    outcomes = list(
        evaluate(transactions(), replace(PROTOCOL, folds=2), models=["logistic", "boosted_trees"])
    )

    assert [(one.fold.number, one.model) for one in outcomes] == [
        (0, "logistic"), (0, "boosted_trees"), (1, "logistic"), (1, "boosted_trees"),
    ]  # fmt: skip
    for one in outcomes:
        assert len(one.scores) == len(one.fold.test) == one.figures["test_orders"]
        assert one.figures["test_frauds"] == 5
        assert 0 <= one.figures["average_precision"] <= 1


def test_figures_that_are_not_defined_are_none():
    given = transactions()
    no_fraud = np.where(given.day >= 15, 0, given.orders.is_fraud).astype(np.float32)
    quiet = replace(given, orders=replace(given.orders, is_fraud=no_fraud))
    (outcome,) = evaluate(quiet, PROTOCOL, models=["logistic"])

    assert outcome.figures["average_precision"] is None
    assert outcome.figures["test_frauds"] == 0
