"""Rows of forecasts: each figure is one of the member's curve, also after rounding."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from benchmarks.forecasts.random_shops import random_shop
from forecasts.features import day_of
from forecasts.ml.members.classical import Classical
from forecasts.ml.members.purchase_history import LATEST_DAY, MemberForecasts, PurchaseHistory
from forecasts.services.member_rows import COLUMNS, NotFinite, member_rows

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
HORIZONS = (7, 30, 90, 365)


def shop(seed: int) -> tuple[MemberForecasts, PurchaseHistory]:
    history = random_shop(seed, largest=60)
    return Classical().fit(history, rng=np.random.default_rng(1)).forecast(
        history, horizons=HORIZONS
    ), history


def rows(forecast: MemberForecasts, history: PurchaseHistory) -> list[dict[str, Any]]:
    newest = dict.fromkeys(forecast.members.ids.tolist(), AT)
    made = member_rows(forecast, history, newest, stamp=(AT, 1))
    return [dict(zip(COLUMNS, row, strict=True)) for row in made]


@pytest.mark.parametrize("seed", range(8))
def test_the_figures_of_a_row_agree(seed: int) -> None:
    forecast, history = shop(seed)

    for row in rows(forecast, history):
        chance = {int(days): share for days, share in json.loads(row["chances"]).items()}
        assert row["order_chance_7d"] == chance[7] <= chance[90]
        assert row["churn_risk"] == 1 - chance[90]
        assert list(chance.values()) == sorted(chance.values())
        assert chance[365] <= row["p_active"]
        assert chance[30] <= row["expected_orders_30d"]
        assert chance[365] <= row["expected_orders_365d"]
        assert row["expected_spend_30d"] <= row["expected_spend_90d"] <= row["expected_spend_365d"]
        for level, day in ((0.1, "next_order_q10"), (0.5, "next_order_q50"), (0.9, "next_order_q90")):
            reached = row[day] is not None and row[day] < day_of(forecast.as_of_day + 7)
            assert reached == (chance[7] >= level) or abs(chance[7] - level) < 1e-4


@pytest.mark.parametrize(
    ("wait", "day"), [(0.4, 0), (1.0, 0), (1.2, 1), (6.9999, 6), (7.0001, 6), (7.4, 7), (LATEST_DAY, None)]
)
def test_a_day_is_the_first_by_whose_end_the_chance_is_reached(wait: float, day: int | None) -> None:
    forecast, history = shop(1)
    waits = np.full_like(forecast.next_order_days, wait)

    row = rows(replace(forecast, next_order_days=waits), history)[0]

    assert row["next_order_q10"] == (None if day is None else day_of(forecast.as_of_day + day))


def test_figures_that_are_not_finite_are_refused() -> None:
    forecast, history = shop(1)

    with pytest.raises(NotFinite, match="chances"):
        rows(replace(forecast, chances=forecast.chances * np.nan), history)
