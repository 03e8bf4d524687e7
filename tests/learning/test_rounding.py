from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning.rounding import DIGITS, one_unit, rounded, rounded_list


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (0.0284809999, 0.028481),
        (0.0284810001, 0.028481),
        (123456.0, 123460.0),
        (0.999996, 1.0),
        (-2.000049, -2.0),
        (0.0, 0.0),
        (7.0, 7.0),
        (1e300, 1e300),
        (1e-30, 0.0),
    ],
)
def test_five_significant_digits_are_kept(value: float, kept: float):
    assert rounded_list([value]) == [kept]


def test_what_is_no_number_stays():
    result = rounded([np.inf, -np.inf, np.nan])

    assert result[:2].tolist() == [np.inf, -np.inf]
    assert np.isnan(result[2])


def test_a_float32_is_written_with_as_many_digits_as_are_meant():
    assert str(rounded_list(np.array([0.023041499], dtype=np.float32))) == "[0.023041]"


@given(st.lists(st.floats(allow_nan=False, width=32), min_size=2))
def test_rounding_keeps_the_order_of_numbers(values: list[float]):
    result = rounded(np.sort(np.array(values)))

    assert (result[1:] >= result[:-1]).all()


@given(st.floats(min_value=1e-15, max_value=1e15))
def test_rounding_again_changes_nothing_and_one_unit_is_the_last_digit(value: float):
    once = rounded([value])

    assert rounded(once).tolist() == once.tolist()
    assert abs(once[0] - value) <= 0.5001 * one_unit([value])[0]
    assert one_unit([value])[0] == pytest.approx(10.0 ** (np.floor(np.log10(value)) - DIGITS + 1))


def test_numbers_that_differ_by_noise_are_one_unit_apart_at_most():
    rng = np.random.default_rng(4)
    values = np.exp(rng.normal(size=100_000))
    noisy = values * (1 + rng.normal(scale=1e-6, size=len(values)))

    apart = np.abs(rounded(values) - rounded(noisy)) / one_unit(np.maximum(values, noisy))

    assert 0 < (apart > 0.5).mean() < 0.1
    assert apart.max() < 1.001
