"""Against sums done by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from learning.metrics import forecasts as metrics

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


counts = arrays.arrays(np.float64, st.integers(1, 12), elements=st.integers(0, 50).map(float))


def test_the_scaled_error_is_the_mean_over_series_that_changed():
    # the weeks before differ by 1, 1 (mean square 1) and by 2, 0 (2); squared errors are 4 and 2
    past = np.array([[1.0, 2.0, 1.0], [0.0, 2.0, 2.0], [3.0, 3.0, 3.0]])
    actual = np.array([[2.0, 2.0], [1.0, 1.0], [7.0, 7.0]])
    forecast = np.array([[0.0, 4.0], [1.0, 3.0], [0.0, 0.0]])

    assert metrics.scaled_error(actual, forecast, past=past) == pytest.approx((2 + 1) / 2)
    assert np.isnan(metrics.scaled_error(actual[2:], forecast[2:], past=past[2:]))


def test_correlation_by_hand_and_of_constants():
    assert metrics.correlation([1.0, 2.0, 3.0], [2.0, 4.0, 6.0]) == pytest.approx(1)
    assert metrics.correlation([1.0, 2.0, 3.0], [3.0, 2.0, 1.0]) == pytest.approx(-1)
    assert np.isnan(metrics.correlation([1.0, 1.0], [1.0, 2.0]))
    assert np.isnan(metrics.correlation([1.0], [1.0]))


@given(counts)
def test_a_perfect_forecast_has_no_error(actual: np.ndarray):
    assert metrics.mean_absolute_error(actual, actual) == 0
    assert metrics.root_mean_squared_error(actual, actual) == 0
    assert metrics.pinball(actual, actual, level=0.3) == 0
    assert metrics.poisson_deviance(actual, actual) == pytest.approx(0)


@given(counts)
def test_the_median_has_the_least_absolute_and_the_mean_the_least_squared_error(actual: np.ndarray):
    median, mean = np.full(len(actual), np.median(actual)), np.full(len(actual), actual.mean())
    absolute, squared = metrics.mean_absolute_error, metrics.root_mean_squared_error

    assert absolute(actual, median) <= absolute(actual, mean) + 1e-9
    assert squared(actual, mean) <= squared(actual, median) + 1e-9


@given(counts, st.floats(0.05, 0.95))
def test_the_true_quantile_has_the_least_pinball_loss(actual: np.ndarray, level: float):
    best = np.full(len(actual), np.quantile(actual, level, method="inverted_cdf"))
    for shift in (-3.0, -0.5, 0.5, 3.0):
        assert metrics.pinball(actual, best, level=level) <= metrics.pinball(
            actual, best + shift, level=level
        )


@given(counts)
def test_half_the_pinball_loss_of_the_median_is_the_absolute_error(actual: np.ndarray):
    forecast = np.full(len(actual), 7.0)

    assert 2 * metrics.pinball(actual, forecast, level=0.5) == pytest.approx(
        metrics.mean_absolute_error(actual, forecast)
    )


@given(counts, st.floats(0.1, 5))
def test_deviance_and_bias_have_their_signs(actual: np.ndarray, factor: float):
    forecast = actual * factor + 0.1

    assert metrics.poisson_deviance(actual, forecast) >= -1e-9
    if actual.sum() > 0:
        expected = 100 * (forecast.sum() - actual.sum()) / actual.sum()
        assert metrics.bias_percent(actual, forecast) == pytest.approx(expected)


def test_coverage_counts_the_ends_of_an_interval():
    assert metrics.coverage([1.0, 2.0, 3.0, 4.0], [1.0] * 4, [3.0] * 4) == 0.75


def test_without_rows_or_sales_there_is_no_figure():
    for metric in (
        metrics.mean_absolute_error,
        metrics.root_mean_squared_error,
        metrics.bias_percent,
        metrics.poisson_deviance,
        metrics.weighted_absolute_percentage_error,
    ):
        assert np.isnan(metric([], []))
    assert np.isnan(metrics.bias_percent([0.0, 0.0], [1.0, 1.0]))
    assert np.isnan(metrics.pinball([], [], level=0.5))
    assert np.isnan(metrics.paired_bootstrap([], [], rng=np.random.default_rng(0))).all()


def test_the_interval_of_a_difference_has_the_width_of_its_standard_error():
    rng = np.random.default_rng(3)
    first, second = rng.random(300), rng.random(300)
    mean, low, high = metrics.paired_bootstrap(first, second, rng=rng, draws=400)

    assert mean == pytest.approx(float((first - second).mean()))
    assert low < mean < high
    assert high - low == pytest.approx(2 * 1.96 * (first - second).std() / np.sqrt(300), rel=0.15)


def test_swapping_the_pair_negates_the_difference():
    first, second = np.array([1.0, 2.0, 4.0]), np.array([2.0, 2.0, 1.0])
    one = metrics.paired_bootstrap(first, second, rng=np.random.default_rng(1), draws=50)
    other = metrics.paired_bootstrap(second, first, rng=np.random.default_rng(1), draws=50)

    assert one == pytest.approx((-other[0], -other[2], -other[1]))
