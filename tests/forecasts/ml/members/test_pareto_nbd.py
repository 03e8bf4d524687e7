"""The likelihood against the textbook's, and where the textbook's overflows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from forecasts.ml.members.pareto_nbd import ParetoNbd, fit_pareto_nbd
from learning.estimator import ModelFitError

CDNOW = ParetoNbd(r=0.5533, alpha=10.578, s=0.6062, beta=11.669)


def columns(*rows):
    return tuple(np.array(column, dtype=np.float64) for column in zip(*rows, strict=True))


def textbook(model, x, recency, age):
    """Fader & Hardie (2005), equation 20, for α <= β: a difference of two hypergeometric functions."""
    r, a, s, b = model.r, model.alpha, model.s, model.beta

    def term(time):
        z = special.hyp2f1(r + s + x, r + x, r + s + x + 1, (b - a) / (b + time))
        return z / (b + time) ** (r + s + x)

    first = special.gamma(r + x) * a**r * b**s / special.gamma(r)
    both = 1 / ((a + age) ** (r + x) * (b + age) ** s) + s / (r + s + x) * (term(recency) - term(age))
    return np.log(first * both)


def simulated(n, model, *, age, seed):
    rng = np.random.default_rng(seed)
    rate = rng.gamma(model.r, 1 / model.alpha, n)
    life = np.minimum(rng.exponential(1 / rng.gamma(model.s, 1 / model.beta, n)), age)
    x = rng.poisson(rate * life).astype(float)
    last = np.array([life[n] * rng.random(int(k)).max() if k else 0.0 for n, k in enumerate(x)])
    return x, last, np.full(n, age)


def test_the_likelihood_is_the_textbooks():
    rows = columns((0, 0, 30), (2, 20, 38), (7, 37.9, 38), (1, 1, 39))

    np.testing.assert_allclose(CDNOW.log_likelihood(*rows), textbook(CDNOW, *rows), rtol=1e-9)


def test_long_histories_do_not_overflow():
    rows = columns((3_000, 500, 501), (900, 10, 5_000), (0, 0, 9_000))

    assert np.isfinite(CDNOW.log_likelihood(*rows)).all()
    alive = CDNOW.p_alive(*rows)
    assert alive[0] > 0.9
    assert alive[1] < 1e-6


def test_the_mean_is_the_sum_over_the_distribution():
    x, _, age = columns((3, 20, 30), (0, 0, 30))
    more = sum(1 - CDNOW.p_at_most(np.full(2, float(k)), x, age, 20.0) for k in range(60))

    np.testing.assert_allclose(more, CDNOW.expected(x, age, 20.0), rtol=2e-3)


def test_it_finds_the_parameters_that_made_the_data():
    made = ParetoNbd(r=0.8, alpha=6.0, s=0.9, beta=15.0)
    fitted = fit_pareto_nbd(*simulated(4_000, made, age=60.0, seed=3))

    assert fitted.r / fitted.alpha == pytest.approx(made.r / made.alpha, rel=0.1)
    assert fitted.s / fitted.beta == pytest.approx(made.s / made.beta, rel=0.25)


def test_members_with_one_order_each_can_be_fitted():
    fitted = fit_pareto_nbd(np.zeros(5), np.zeros(5), np.full(5, 20.0))
    expected = fitted.p_alive(np.zeros(1), np.zeros(1), np.full(1, 20.0)) * fitted.expected(
        np.zeros(1), np.full(1, 20.0), 13.0
    )

    assert 0 <= expected[0] < 0.5


def test_impossible_members_are_refused():
    with pytest.raises(ModelFitError, match="member 1 cannot be: 2 repeat orders"):
        fit_pareto_nbd(*columns((0, 0, 9), (2, 12, 9)))


@settings(max_examples=60, deadline=None)
@given(
    st.floats(-4, 4),
    st.floats(-4, 6),
    st.floats(-4, 4),
    st.floats(-4, 6),
    st.integers(0, 5_000),
    st.floats(0.01, 3_000),
    st.floats(0, 1),
)
def test_chances_stay_chances(r, alpha, s, beta, x, age, share):
    model = ParetoNbd(*np.exp([r, alpha, s, beta]))
    row = (np.array([float(x)]), np.array([age * share if x else 0.0]), np.array([age]))
    alive = model.p_alive(*row)
    none = model.p_none(row[0], row[2], np.array([1.0, 50.0]))

    assert ((alive >= 0) & (alive <= 1)).all()
    assert (none >= -1e-9).all()
    assert (none <= 1 + 1e-9).all()
    assert np.isfinite(model.expected(row[0], row[2], 50.0)).all()
