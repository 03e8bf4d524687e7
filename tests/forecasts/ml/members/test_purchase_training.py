"""Past days to learn from: what was known then, and what followed."""

from __future__ import annotations

import numpy as np
import pytest

from forecasts.ml.members.classical import Classical
from forecasts.ml.members.purchase_history import PurchaseHistory
from forecasts.ml.members.purchase_training import (
    ALL_FEATURES,
    known_on,
    origins,
    outcome_after,
    training_rows,
)
from learning.estimator import ModelFitError
from tests.forecasts.toys import TODAY, regulars_and_leavers


def two_members() -> PurchaseHistory:
    """The first orders on days 10, 20 and 30; the second on day 12 alone."""
    return PurchaseHistory.from_orders(
        [1, 1, 1, 2], np.array([10, 20, 30, 12]) * 86_400, [5.0, 6.0, 7.0, 9.0], as_of_day=40
    )


def test_an_outcome_holds_orders_spend_and_the_wait_for_the_first() -> None:
    outcome = outcome_after(two_members(), 15, 20)

    assert outcome.orders.tolist() == [2, 0]
    assert outcome.spend.tolist() == [13, 0]
    assert outcome.wait_days.tolist() == [5, 20]


def test_the_first_day_belongs_to_the_outcome_and_the_day_after_the_last_does_not() -> None:
    assert outcome_after(two_members(), 20, 10).orders.tolist() == [1, 0]
    assert outcome_after(two_members(), 20, 11).orders.tolist() == [2, 0]
    assert outcome_after(two_members(), 20, 10).wait_days.tolist() == [0, 10]


def test_origins_have_a_known_future_and_enough_past() -> None:
    history, _future = regulars_and_leavers()

    days = origins(history, days=90, step=30, most=4, share=0.5)

    assert days == [TODAY - 90 - 30 * place for place in range(4)]
    assert origins(history, days=490, step=30, most=4, share=0.5) == []


def test_a_row_is_a_member_who_had_ordered_before_that_day() -> None:
    history, _future = regulars_and_leavers()
    days = [TODAY - 90, TODAY - 120]

    known, outcome = training_rows(history, days, days=90, rng=np.random.default_rng(1), max_members=1_000)

    assert known.features.shape == (240, len(ALL_FEATURES))
    assert len(outcome.orders) == 240
    assert (known.orders > 0).all()


def test_a_large_shop_is_learned_from_a_sample() -> None:
    history, _future = regulars_and_leavers()

    known, _outcome = training_rows(
        history, [TODAY - 90], days=90, rng=np.random.default_rng(1), max_members=50
    )

    assert len(known.orders) == 50


def test_without_a_day_to_learn_from_there_is_an_error_that_names_the_horizon() -> None:
    history, _future = regulars_and_leavers()

    with pytest.raises(ModelFitError, match="within 90 days"):
        training_rows(history, [], days=90, rng=np.random.default_rng(1), max_members=50)
    with pytest.raises(ModelFitError, match="nobody had bought"):
        training_rows(history, [0], days=90, rng=np.random.default_rng(1), max_members=50)


def test_what_is_known_does_not_depend_on_what_follows() -> None:
    history, _future = regulars_and_leavers()
    past = history.before(TODAY - 90)
    classical = Classical().fit(past, rng=np.random.default_rng(1))

    one = known_on(past, classical, days=90, since_day=TODAY - 500)
    again = known_on(history.before(TODAY - 90), classical, days=90, since_day=TODAY - 500)

    np.testing.assert_array_equal(one.features, again.features)
