"""Figures as JSON."""

from __future__ import annotations

import json

import pytest

from forecasts.management.figures import as_json


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_figure_that_is_not_defined_is_null(value) -> None:
    assert json.loads(as_json([{"model": "demand", "wape": value}])) == [{"model": "demand", "wape": None}]


def test_everything_else_stays() -> None:
    rows = [{"model": "demand", "wape": 0.25, "seed": 1, "planned": True}, {}]

    assert json.loads(as_json(iter(rows))) == rows
