"""Which orders may teach at a moment."""

from __future__ import annotations

import numpy as np
import pytest

from fraud.ml.orders.columns import DAY, NEVER, OrderColumns
from fraud.ml.orders.labelling import HELD_OUT_DAYS, MATURITY_DAYS, hold_out, labelled_at
from learning.estimator import ModelFitError
from tests.fraud.toys import START


def orders(*, ages_days: list[float], fraud: list[float], label_ages: list[float]) -> OrderColumns:
    """Orders and labels so many days before START."""
    known = [NEVER if np.isnan(age) else START - int(age * DAY) for age in label_ages]
    return OrderColumns.build(
        member=np.arange(len(ages_days)),
        placed_at=np.array([START - int(age * DAY) for age in ages_days]),
        amount_cents=np.full(len(ages_days), 1_000),
        is_fraud=np.array(fraud, np.float32),
        label_known_at=np.array(known),
    )


def test_old_orders_without_a_label_count_as_genuine_and_new_ones_do_not_count():
    labelled = labelled_at(
        orders(ages_days=[100, 10, 10], fraud=[np.nan, np.nan, 1], label_ages=[np.nan, np.nan, 5]),
        as_of=START,
    )

    assert labelled.rows.tolist() == [0, 2]
    assert labelled.is_fraud.tolist() == [0, 1]


def test_a_label_from_the_future_is_not_known():
    labelled = labelled_at(orders(ages_days=[100], fraud=[1], label_ages=[-3]), as_of=START)

    assert labelled.is_fraud.tolist() == [0]


def test_the_hold_out_trains_on_what_was_known_when_its_window_began():
    ages = np.linspace(300, 1, 600)
    fraud = (np.arange(600) % 20 == 0).astype(float)
    split = hold_out(orders(ages_days=list(ages), fraud=list(fraud), label_ages=list(ages - 20)), as_of=START)

    assert split.ends == START - MATURITY_DAYS * DAY
    assert split.days >= HELD_OUT_DAYS
    assert ages[split.train.rows].min() > ages[split.test.rows].max()
    # a fraud of the day before the window was not known yet
    last_day = ages[split.train.rows] * DAY < START - split.begins + 19 * DAY
    assert split.train.is_fraud[last_day].sum() == 0


def test_a_shop_without_frauds_cannot_train():
    with pytest.raises(ModelFitError, match="known frauds"):
        hold_out(orders(ages_days=[100] * 5, fraud=[0] * 5, label_ages=[50] * 5), as_of=START)
