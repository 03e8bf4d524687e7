from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from django.core.management import CommandError, call_command

from tests.forecasts.toys import regulars_and_leavers

KEYS = {
    "model",
    "fold",
    "fit_seconds",
    "cpu_seconds",
    "peak_rss_mb",
    "orders_rmse",
    "orders_median_mae",
    "orders_bias_percent",
    "orders_poisson_deviance",
    "spend_mae",
    "gap_mae",
    "inactive_auc",
    "inactive_brier",
    "interval80_coverage",
}
COLUMNS = [
    "member",
    "model",
    "expected_orders",
    "median_orders",
    "expected_spend",
    "median_spend",
    "p_inactive",
    "next_gap_q10",
    "next_gap_q50",
    "next_gap_q90",
]


@pytest.fixture
def orders(tmp_path):
    history, _ = regulars_and_leavers()
    frame = pd.DataFrame(
        {
            "member": history.members.ids[history.member_rows],
            "placed_at": history.days.astype("datetime64[D]").astype(str),
            "amount": history.amounts,
        }
    )
    path = tmp_path / "orders.csv"
    frame.to_csv(path, index=False)
    return path


def evaluate(orders, tmp_path, **changes):
    options = {"origin": "2024-07-01", "horizon_days": 60, "models": "pareto_nbd,blend"} | changes
    call_command("evaluate_forecasts", orders=orders, json=tmp_path / "out.json", **options)
    return json.loads((tmp_path / "out.json").read_text())


def test_figures_and_predictions_of_every_model(orders, tmp_path):
    rows = evaluate(orders, tmp_path, predictions=tmp_path / "out.parquet")
    lines = pd.read_parquet(tmp_path / "out.parquet")

    assert [row["model"] for row in rows] == ["pareto_nbd", "blend"]
    assert set(rows[0]) >= KEYS
    assert list(lines.columns) == COLUMNS
    assert lines.groupby("model").size().to_dict() == {"pareto_nbd": 120, "blend": 120}
    assert np.isfinite(lines.drop(columns="model").to_numpy(dtype=float)).all()
    assert rows[1]["inactive_auc"] > 0.95


def test_folds_move_by_the_horizon(orders, tmp_path):
    rows = evaluate(orders, tmp_path, models="pareto_nbd", horizon_days=30, folds=2)

    assert [row["fold"] for row in rows] == [0, 1]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"models": "crystal_ball"}, "no model 'crystal_ball'; known: pareto_nbd, boosted, blend"),
        ({"horizon_days": 400}, "end after the last order"),
        ({"origin": "2001-01-01"}, "no orders before 2001-01-01"),
        ({"origin": "soon"}, "'soon' is not a date"),
        ({"horizon_days": 0}, "must be 1 or more"),
    ],
)
def test_what_cannot_be_judged_is_refused(orders, tmp_path, changes, message):
    with pytest.raises(CommandError, match=message):
        evaluate(orders, tmp_path, **changes)


def test_an_amount_that_is_no_number_is_named_with_its_row(tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text("member,placed_at,amount\n1,2024-01-01,5\n1,2024-01-02,lots\n")

    with pytest.raises(CommandError, match=r"orders.csv, row 2: amount must be a number"):
        evaluate(path, tmp_path)
