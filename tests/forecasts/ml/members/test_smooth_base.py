"""The linear and log-linear forecasts."""

from __future__ import annotations

import numpy as np
import pytest

from forecasts.ml.members.smooth_base import Linear, LogLinear


@pytest.fixture
def columns():
    return np.random.default_rng(3).normal(size=(500, 2))


def test_a_straight_line_is_found(columns) -> None:
    target = 3 + 2 * columns[:, 0] - columns[:, 1]

    model = Linear.fit(columns, target, weights=np.ones(500), ridge=1e-6)

    np.testing.assert_allclose(model.predict(columns, least=np.full(500, -99.0)), target, atol=1e-4)


def test_a_linear_forecast_is_never_below_the_least(columns) -> None:
    model = Linear.fit(columns, columns[:, 0], weights=np.ones(500), ridge=1.0)

    assert model.predict(columns, least=np.full(500, 0.5)).min() == 0.5


def test_rates_that_differ_by_factors_are_found(columns) -> None:
    rate = np.exp(0.5 + 0.8 * columns[:, 0])
    target = np.random.default_rng(4).poisson(rate).astype(np.float64)

    model = LogLinear.fit(columns, target, kind="poisson", ridge=1.0)

    assert np.corrcoef(np.exp(model.predict(columns)), rate)[0, 1] > 0.97
    assert np.exp(model.predict(columns)).mean() == pytest.approx(target.mean(), rel=0.02)


def test_odds_are_found(columns) -> None:
    chance = 1 / (1 + np.exp(-2 * columns[:, 1]))
    target = (np.random.default_rng(5).random(500) < chance).astype(np.float64)

    model = LogLinear.fit(columns, target, kind="logistic", ridge=1.0)

    assert np.corrcoef(model.predict(columns), columns[:, 1])[0, 1] > 0.97


def test_values_outside_training_do_not_run_away(columns) -> None:
    model = LogLinear.fit(columns, np.exp(columns[:, 0]), kind="poisson", ridge=1.0)

    far = model.predict(np.array([[1e9, 0.0]]))

    assert far[0] <= model.predict(columns).max() + 1


def test_a_constant_column_changes_nothing(columns) -> None:
    columns[:, 1] = 7.0

    model = LogLinear.fit(columns, np.exp(columns[:, 0]), kind="poisson", ridge=1.0)

    assert model.slopes[1] == pytest.approx(0.0, abs=1e-9)


def test_both_survive_being_stored_as_one_row(columns) -> None:
    line = Linear.fit(columns, columns[:, 0], weights=np.ones(500), ridge=1.0)
    logs = LogLinear.fit(columns, np.exp(columns[:, 0]), kind="poisson", ridge=1.0)
    least = np.full(500, -9.0)

    np.testing.assert_array_equal(
        Linear.of(line.flat()).predict(columns, least=least), line.predict(columns, least=least)
    )
    np.testing.assert_array_equal(LogLinear.of(logs.flat()).predict(columns), logs.predict(columns))
