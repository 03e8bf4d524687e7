from __future__ import annotations

import numpy as np
import pytest

from forecasts.ml.members.gamma_gamma import fit_gamma_gamma
from learning.estimator import ModelFitError


def test_frequent_buyers_are_shrunk_less_to_the_mean():
    rng = np.random.default_rng(2)
    means = rng.gamma(4.0, 10.0, 500)
    fitted = fit_gamma_gamma(rng.integers(1, 9, 500).astype(float), means)
    once, often = fitted.expected_amount(np.array([1.0, 50.0]), np.array([200.0, 200.0]))

    assert fitted.mean < once < often < 200.0


def test_members_without_an_order_get_the_mean():
    fitted = fit_gamma_gamma(np.array([1.0, 2.0, 3.0]), np.array([10.0, 12.0, 9.0]))

    assert fitted.expected_amount(np.zeros(1), np.zeros(1))[0] == pytest.approx(fitted.mean)


def test_equal_amounts_have_a_finite_mean():
    fitted = fit_gamma_gamma(np.full(8, 2.0), np.full(8, 30.0))

    assert fitted.q > 1
    assert fitted.mean == pytest.approx(30.0, rel=0.2)


@pytest.mark.parametrize("amount", [0.0, -3.0, float("nan")])
def test_amounts_that_are_not_positive_are_refused(amount):
    with pytest.raises(ModelFitError):
        fit_gamma_gamma(np.ones(2), np.array([5.0, amount]))
