"""Judging member forecasts: what was known on a day, and what followed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from forecasts.ml.members.evaluation import evaluate, predictions, read_orders, trials, without
from learning.interaction_files import InputError
from tests.forecasts.toys import TODAY, regulars_and_leavers


def test_each_fold_begins_a_horizon_later_and_knows_more() -> None:
    history, _future = regulars_and_leavers()

    one, other = trials(history, origin_day=TODAY - 60, days=30, folds=2)

    assert (one.history.as_of_day, other.history.as_of_day) == (TODAY - 60, TODAY - 30)
    assert one.history.n_orders < other.history.n_orders
    assert one.outcome.orders.sum() == history.orders_between(TODAY - 60, TODAY - 30).sum()


@pytest.mark.parametrize(
    ("origin", "message"), [(TODAY - 10, "end after the last order"), (100, "no orders before")]
)
def test_a_trial_needs_a_past_and_a_future(origin, message) -> None:
    history, _future = regulars_and_leavers()

    with pytest.raises(InputError, match=message):
        list(trials(history, origin_day=origin, days=30))


def test_figures_and_predictions_have_a_row_for_the_model_and_for_each_member() -> None:
    history, _future = regulars_and_leavers()
    (trial,) = trials(history, origin_day=TODAY - 60, days=60)

    row, forecasts = evaluate(trial, model="pareto_nbd", seed=1)
    lines = predictions(forecasts, model="pareto_nbd")

    assert (row["model"], row["members"], row["fold"]) == ("pareto_nbd", 120, 0)
    assert row["inactive_auc"] > 0.9
    assert len(lines) == 120
    assert (lines["next_gap_q10"] <= lines["next_gap_q90"]).all()


def test_an_unknown_model_is_refused_with_the_known_ones() -> None:
    history, _future = regulars_and_leavers()
    (trial,) = trials(history, origin_day=TODAY - 60, days=60)

    with pytest.raises(InputError, match="known: pareto_nbd"):
        evaluate(trial, model="oracle", seed=1)


def test_a_part_of_a_trial_holds_the_same_members_in_past_and_outcome() -> None:
    history, _future = regulars_and_leavers()
    (trial,) = trials(history, origin_day=TODAY - 60, days=60)

    part = without(trial, np.array([0, 5]))

    assert part.history.members.ids.tolist() == [0, 5]
    assert part.outcome.orders.tolist() == trial.outcome.orders[[0, 5]].tolist()


def test_a_file_of_orders_is_read_up_to_the_day_after_its_last(tmp_path) -> None:
    path = tmp_path / "orders.csv"
    rows = {"member": ["a", "a"], "placed_at": ["2026-03-01", "2026-03-02"], "amount": [5, 6]}
    pd.DataFrame(rows).to_csv(path, index=False)

    orders = read_orders(path, merge_days=True)

    assert (orders.n_orders, int(orders.days.max())) == (2, orders.as_of_day - 1)
