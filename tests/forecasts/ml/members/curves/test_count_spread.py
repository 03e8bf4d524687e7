"""The negative binomial with a given mean and chance of nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from forecasts.ml.members.curves.count_spread import count_quantiles, shape_of


def none_of(k: float, mean: float) -> float:
    return float(np.exp(-k * np.log1p(mean / k)))


@given(st.floats(0.05, 50), st.floats(0.05, 50))
def test_the_shape_gives_the_chance_of_nothing_back(k, mean) -> None:
    wanted = none_of(k, mean)

    shape = float(shape_of(np.array([mean]), np.array([wanted]))[0])

    assert none_of(shape, mean) == pytest.approx(wanted, abs=1e-4)


def test_a_chance_that_no_shape_has_gets_the_nearest() -> None:
    mean = np.array([2.0, 2.0])

    few, many = shape_of(mean, np.array([0.0, 1.0]))

    assert few > 9_000  # Poisson
    assert many < 0.002


def test_the_whole_part_of_a_quantile_is_that_of_scipy() -> None:
    mean, k = np.array([0.5, 3.0, 20.0]), 1.5
    none = np.array([none_of(k, float(m)) for m in mean])

    quantiles = count_quantiles(mean, none, (0.1, 0.5, 0.9))

    exact = np.stack([stats.nbinom(k, k / (k + mean)).ppf(level) for level in (0.1, 0.5, 0.9)], axis=1)
    np.testing.assert_array_equal(np.floor(quantiles), exact)


@given(st.floats(0, 100), st.floats(0, 1))
def test_quantiles_rise_and_are_finite_whatever_is_given(mean, none) -> None:
    low, middle, high = count_quantiles(np.array([mean]), np.array([none]), (0.1, 0.5, 0.9))[0]

    assert 0 <= low <= middle <= high
    assert np.isfinite(high)


def test_nobody_has_no_quantiles() -> None:
    assert count_quantiles(np.zeros(0), np.zeros(0), (0.5,)).shape == (0, 1)
