"""Against sums done by hand."""

from __future__ import annotations

import numpy as np
import pytest

from forecasts.ml.demand.intermittent import (
    croston,
    exponential_smoothing,
    spread_quantiles,
    syntetos_boylan,
    teunter_syntetos_babai,
)

EVERY_THIRD_WEEK = np.array([[0, 0, 6, 0, 0, 6, 0, 0, 6.0]])


def test_croston_is_size_over_interval():
    assert croston(EVERY_THIRD_WEEK)[0] == pytest.approx(2.0)


def test_its_correction_is_half_alpha():
    assert syntetos_boylan(EVERY_THIRD_WEEK, alpha=0.2)[0] == pytest.approx(1.8)


def test_the_forecast_of_an_unsold_product_falls_only_with_tsb():
    dead = np.concatenate([EVERY_THIRD_WEEK, np.zeros((1, 60))], axis=1)

    assert croston(dead)[0] == pytest.approx(2.0)
    assert teunter_syntetos_babai(dead)[0] < 0.01


def test_smoothing_starts_from_the_first_weeks():
    assert exponential_smoothing(np.array([[4.0, 4.0, 4.0, 4.0, 9.0]]), alpha=0.2)[0] == pytest.approx(5.0)


def test_without_sales_the_forecast_is_zero():
    nothing = np.zeros((1, 5))

    for method in (croston, syntetos_boylan, teunter_syntetos_babai, exponential_smoothing):
        assert method(nothing)[0] == 0.0
    assert spread_quantiles(np.zeros(1), nothing, (0.1, 0.9)).tolist() == [[0.0, 0.0]]


def test_quantiles_hold_their_share():
    rng = np.random.default_rng(1)
    past = rng.poisson(7.0, (1, 3_000)).astype(float)
    low, high = spread_quantiles(np.array([7.0]), past, (0.1, 0.9))[0]

    assert (past < low).mean() < 0.1 <= (past <= low).mean() + 0.02
    assert (past <= high).mean() >= 0.89
