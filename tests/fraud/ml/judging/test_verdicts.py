"""Figures checked against sums done by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fraud.ml.judging.verdicts import by_history, calibration_error, cost_figures

BAD = np.array([1, 1, 0, 0])
PROBABILITY = np.array([0.9, 0.1, 0.6, 0.01])
AMOUNT = np.array([100.0, 20.0, 4.0, 500.0])


def test_costs_by_expected_loss_by_one_half_and_without_a_model():
    costs = cost_figures(BAD, PROBABILITY, AMOUNT, review_cost=3)

    # expected losses are 90, 2, 2.4 and 5: two reviews, and the fraud of 20 gets through
    assert costs == {"expected_cost": 26, "cost_at_half": 26, "cost_without_model": 120}


def test_cheaper_reviews_mean_more_reviews():
    assert cost_figures(BAD, PROBABILITY, AMOUNT, review_cost=1)["expected_cost"] == 4


def test_probabilities_that_hold_have_no_calibration_error():
    bad = np.tile([1, 0, 0, 0], 150)

    assert calibration_error(bad, np.full(600, 0.25)) == pytest.approx(0)
    assert calibration_error(bad, np.full(600, 0.75)) == pytest.approx(0.5)


def test_members_with_short_histories_are_judged_apart():
    rows = by_history(BAD, PROBABILITY, np.array([0, 2, 2, 70]))

    assert [(row["earlier_orders"], row["orders"], row["frauds"]) for row in rows] == [
        ("0", 1, 1), ("1-3", 2, 1), ("4-15", 0, 0), ("16-63", 0, 0), ("64-", 1, 0),
    ]  # fmt: skip
    assert rows[1]["average_precision"] == 0.5
    assert rows[4]["average_precision"] is None


outcomes = st.lists(
    st.tuples(st.sampled_from((0, 1)), st.floats(0, 1), st.integers(1, 500)), min_size=1, max_size=20
)


@given(outcomes, st.floats(0.1, 50))
def test_reviewing_by_expected_loss_costs_what_the_definition_says(
    rows: list[tuple[int, float, int]], review_cost: float
):
    bad, probability, amount = (np.array(column, float) for column in zip(*rows, strict=True))
    cost = sum(
        review_cost if p * value > review_cost else value * is_bad
        for is_bad, p, value in zip(bad, probability, amount, strict=True)
    )
    figures = cost_figures(bad, probability, amount, review_cost=review_cost)

    assert figures["expected_cost"] == pytest.approx(cost, abs=0.006)
    assert figures["cost_without_model"] == (bad * amount).sum()


@given(outcomes)
def test_a_model_that_knows_everything_never_costs_more_than_none(rows: list[tuple[int, float, int]]):
    bad, _probability, amount = (np.array(column, float) for column in zip(*rows, strict=True))
    figures = cost_figures(bad, bad, amount, review_cost=3.0)

    assert figures["expected_cost"] <= figures["cost_without_model"]


@given(outcomes)
def test_calibration_error_is_between_nothing_and_all(rows: list[tuple[int, float, int]]):
    bad, probability, _amount = (np.array(column, float) for column in zip(*rows, strict=True))

    assert 0 <= calibration_error(bad, probability) <= 1


@given(outcomes)
def test_every_order_is_in_one_group_of_histories(rows: list[tuple[int, float, int]]):
    bad, probability, earlier = (np.array(column) for column in zip(*rows, strict=True))
    groups = by_history(bad, probability, earlier)

    assert sum(group["orders"] for group in groups) == len(rows)
    assert sum(group["frauds"] for group in groups) == bad.sum()


def test_without_orders_there_is_no_calibration_error():
    assert np.isnan(calibration_error(np.zeros(0), np.zeros(0)))
