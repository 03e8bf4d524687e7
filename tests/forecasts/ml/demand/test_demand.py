"""Demand forecasts: what they know, what they fall back on, and what they refuse."""

from __future__ import annotations

from copy import copy
from dataclasses import replace

import numpy as np
import pytest

from forecasts.ml.demand.demand import Demand
from forecasts.ml.demand.sales_history import METHODS, SalesHistory
from learning.estimator import ArtefactError, ModelFitError
from tests.forecasts.toys import SMALL_DEMAND, steady_sales


def fitted(sales):
    return Demand(SMALL_DEMAND).fit(sales, rng=np.random.default_rng(1))


@pytest.fixture(scope="module")
def steady():
    sales = steady_sales()
    return sales, fitted(sales)


def test_steady_products_are_forecast(steady):
    sales, model = steady
    forecast = model.forecast(sales)

    np.testing.assert_allclose(forecast.means[:12].mean(axis=1), np.arange(5, 65, 5), rtol=0.25)
    assert (np.diff(forecast.quantiles, axis=2) >= 0).all()
    assert forecast.first_day == 19_000 + 7 * 40


def test_rare_products_and_those_never_sold_fall_back(steady):
    sales, model = steady
    forecast = model.forecast(sales)

    assert [METHODS[code] for code in forecast.methods[11:]] == ["boosted", "intermittent", "no_sales"]
    assert forecast.means[12, 0] == pytest.approx(1 / 3, rel=0.5)
    assert not forecast.quantiles[13].any()


def test_a_planned_promotion_raises_the_weeks_it_is_planned_for(promoted):
    sales, model = promoted
    forecast = model.forecast(sales)
    promoted = sales.promotions[0, 40:, 0] > 0

    assert forecast.means[5, promoted].min() > 1.5 * forecast.means[5, ~promoted].max()


@pytest.fixture(scope="module")
def promoted():
    """Sales that treble in promoted weeks, every seventh; the next are known for eight weeks ahead."""
    sales = steady_sales()
    promotions = np.zeros((14, 48, 1), dtype=np.float32)
    promotions[:12, 3::7] = 1.0
    units = sales.units * (1 + 2 * promotions[:, :40, 0])
    sales = replace(sales, units=units, promotions=promotions, promotion_names=("display",))
    return sales, fitted(sales)


def test_a_week_without_a_plan_is_forecast_without_it(promoted):
    sales, model = promoted
    known = np.ones((14, 48), dtype=bool)
    known[:, 44:] = False
    known[5, 45] = True  # week 45 is promoted: product 5 has its plan, the others none yet
    partly = replace(sales, promotions=sales.promotions * known[:, :, None], promotions_known=known)
    whole, part = model.forecast(sales), model.forecast(partly)
    blind = model.forecast(replace(sales, promotions=sales.promotions[:, :40]))

    np.testing.assert_array_equal(part.means[:, :4], whole.means[:, :4])
    assert part.means[5, 5] > 1.3 * blind.means[5, 5]
    np.testing.assert_allclose(part.means[6, 4:], blind.means[6, 4:], rtol=0.2)


def test_a_model_that_learned_promotions_can_do_without_and_the_other_way_round(promoted, steady):
    (sales, model), (plain, blind) = promoted, steady

    assert np.isfinite(model.forecast(replace(sales, promotions=None)).means).all()
    np.testing.assert_array_equal(
        blind.forecast(replace(plain, promotions=sales.promotions)).means, blind.forecast(plain).means
    )


def test_other_kinds_of_promotions_than_learned_are_refused(promoted):
    sales, model = promoted

    with pytest.raises(ValueError, match="1 kinds"):
        model.forecast(replace(sales, promotions=np.repeat(sales.promotions, 2, axis=2)))


def test_a_loaded_model_forecasts_like_the_saved_one(steady, tmp_path):
    sales, model = steady
    model.save(tmp_path / "model")

    np.testing.assert_array_equal(Demand.load(tmp_path / "model").score(sales), model.score(sales))


def test_a_version_with_one_set_of_trees_for_each_figure_still_forecasts(steady, tmp_path):
    sales, model = steady
    older = copy(model)
    older.trees_ = {name[:-2]: trees for name, trees in model.trees_.items() if name.endswith(":0")}
    older.save(tmp_path / "model")

    forecast = Demand.load(tmp_path / "model").forecast(sales)
    np.testing.assert_allclose(forecast.means, model.forecast(sales).means, rtol=0.2)


def test_the_same_seed_gives_the_same_forecast(steady):
    sales, model = steady

    np.testing.assert_array_equal(fitted(sales).score(sales), model.score(sales))


def test_a_damaged_artefact_is_refused(steady, tmp_path):
    _, model = steady
    model.save(tmp_path / "model")
    arrays = tmp_path / "model" / "arrays.npz"
    arrays.write_bytes(arrays.read_bytes()[:500])

    with pytest.raises(ArtefactError):
        Demand.load(tmp_path / "model")


@pytest.mark.parametrize("weeks", [1, 3, 9])
def test_a_young_shop_is_smoothed(weeks):
    sales = steady_sales(weeks=weeks)
    forecast = fitted(sales).forecast(sales)

    assert np.isfinite(forecast.quantiles).all()
    assert (forecast.means[3:12] > 0).all()


def test_a_figure_that_is_no_number_is_refused():
    sales = steady_sales()
    units = sales.units.copy()
    units[2, 5] = np.nan

    with pytest.raises(ModelFitError, match="finite"):
        fitted(replace(sales, units=units))


def test_a_shop_without_sales_is_refused():
    sales = SalesHistory.from_rows([1], [0], [0.0], first_day=0, n_weeks=5)

    with pytest.raises(ModelFitError, match="nothing was sold"):
        fitted(sales)


def test_returns_are_left_out():
    sales = SalesHistory.from_rows([1, 1], [0, 1], [4.0, -9.0], first_day=0, n_weeks=2, amounts=[8.0, -18.0])

    assert sales.units.tolist() == [[4.0, 0.0]]
    assert sales.prices is not None
    assert sales.prices.tolist() == [[2.0, 0.0]]
