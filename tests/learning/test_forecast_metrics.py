"""Against sums done by hand."""

from __future__ import annotations

import numpy as np
import pytest

from learning import forecast_metrics as metrics

ACTUAL, FORECAST = [0.0, 2.0, 4.0], [1.0, 2.0, 2.0]


def test_distances():
    assert metrics.mean_absolute_error(ACTUAL, FORECAST) == pytest.approx(1.0)
    assert metrics.root_mean_squared_error(ACTUAL, FORECAST) == pytest.approx(np.sqrt(5 / 3))
    assert metrics.weighted_absolute_percentage_error(ACTUAL, FORECAST) == pytest.approx(0.5)


def test_bias_is_the_difference_of_the_sums():
    assert metrics.bias_percent(ACTUAL, FORECAST) == pytest.approx(-100 / 6)


def test_poisson_deviance():
    by_hand = 2 * ((0 - 0 + 1) + (0 - 2 + 2) + (4 * np.log(2) - 4 + 2)) / 3

    assert metrics.poisson_deviance(ACTUAL, FORECAST) == pytest.approx(by_hand)
    assert metrics.poisson_deviance([1.0], [0.0]) == np.inf


def test_pinball_weighs_the_sides():
    assert metrics.pinball([10.0, 0.0], [8.0, 1.0], level=0.9) == pytest.approx((1.8 + 0.1) / 2)


def test_coverage_of_a_count_is_exact_with_its_spread():
    rng = np.random.default_rng(1)
    counts = rng.integers(0, 3, 30_000).astype(float)  # 0, 1, 2: plus a uniform it is uniform on 0..3
    low, high = np.full(30_000, 0.3), np.full(30_000, 2.7)

    assert metrics.coverage(counts, low, high, spread=rng.random(30_000)) == pytest.approx(0.8, abs=0.01)


def test_the_scaled_error_of_a_weekly_step():
    past = np.array([[0.0, 2.0, 0.0, 2.0], [5.0, 5.0, 5.0, 5.0]])

    assert metrics.scaled_error(
        [[1.0, 1.0], [9.0, 9.0]], [[2.0, 0.0], [0.0, 0.0]], past=past
    ) == pytest.approx(0.5)


def test_a_paired_difference_that_is_real_stays_below_nothing():
    rng = np.random.default_rng(2)
    worse = rng.random(400) + 1
    mean, low, high = metrics.paired_bootstrap(worse - 0.5, worse, rng=rng, draws=50)

    assert (mean, low, high) == pytest.approx((-0.5, -0.5, -0.5))


def test_what_is_not_a_number_is_refused():
    with pytest.raises(ValueError, match="finite"):
        metrics.mean_absolute_error([1.0], [np.nan])
    with pytest.raises(ValueError, match="same length"):
        metrics.bias_percent([1.0], [1.0, 2.0])
