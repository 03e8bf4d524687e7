from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from django.core.management import CommandError, call_command

from tests.forecasts.toys import steady_sales


@pytest.fixture
def sales(tmp_path):
    units = steady_sales().units
    product, week = np.nonzero(units)
    frame = pd.DataFrame({"product": product, "week": week + 1, "units": units[product, week]})
    frame["display"] = (frame["week"] % 5 == 0).astype(float)
    path = tmp_path / "sales.csv"
    frame.to_csv(path, index=False)
    return path


def evaluate(sales, tmp_path, **changes):
    options = {"weeks": 4, "models": "recent_mean,demand"} | changes
    call_command("evaluate_demand", sales=sales, json=tmp_path / "out.json", **options)
    return json.loads((tmp_path / "out.json").read_text())


def test_every_model_is_judged(sales, tmp_path):
    rows = evaluate(sales, tmp_path, promotions="planned")

    assert [row["model"] for row in rows] == ["recent_mean", "demand"]
    assert rows[1]["wape"] < 0.3
    assert rows[1]["planned"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"origin": 39}, "the origin must lie between week 2 and week 37"),
        ({"models": "oracle"}, "no model 'oracle'; known: recent_mean"),
        ({"weeks": 0}, "--weeks and --top must be 1 or more"),
    ],
)
def test_what_cannot_be_judged_is_refused(sales, tmp_path, changes, message):
    with pytest.raises(CommandError, match=message):
        evaluate(sales, tmp_path, **changes)


def test_a_missing_column_is_named(tmp_path):
    path = tmp_path / "sales.csv"
    path.write_text("product,week\n1,1\n")

    with pytest.raises(CommandError, match="has no column units"):
        evaluate(path, tmp_path)


def test_a_figure_that_is_not_defined_is_null(tmp_path):
    frame = pd.DataFrame({"product": 1, "week": range(20), "units": [5] + [0] * 19})
    frame.to_csv(tmp_path / "sales.csv", index=False)

    rows = evaluate(tmp_path / "sales.csv", tmp_path)
    assert [row["wape"] for row in rows] == [None, None]
