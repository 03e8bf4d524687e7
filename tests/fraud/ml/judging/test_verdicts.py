"""Figures checked against sums done by hand."""

from __future__ import annotations

import numpy as np
import pytest

from fraud.ml.judging.verdicts import by_history, calibration_error, cost_figures

BAD = np.array([1, 1, 0, 0])
PROBABILITY = np.array([0.9, 0.1, 0.6, 0.01])
AMOUNT = np.array([100.0, 20.0, 4.0, 500.0])


def test_costs_by_expected_loss_by_one_half_and_without_a_model():
    costs = cost_figures(BAD, PROBABILITY, AMOUNT, review_cost=3)

    # expected losses are 90, 2, 2.4 and 5: two reviews, and the fraud of 20 gets through
    assert costs == {"expected_cost": 26, "cost_at_half": 26, "cost_without_model": 120}


def test_a_cheap_review_is_worth_more_looks():
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
