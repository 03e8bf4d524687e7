"""Judging demand forecasts on a file."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from forecasts.ml.demand.evaluation import RecentMean, evaluate, figures, only, origin_column, read_sales
from forecasts.ml.demand.sales_history import LEVELS, ProductForecasts
from learning.interaction_files import InputError
from learning.vocabulary import Vocabulary
from tests.forecasts.toys import steady_sales


def file(tmp_path, **columns):
    path = tmp_path / "sales.csv"
    base = {"product": ["a", "a", "b"], "week": [10, 11, 11], "units": [1, 2, 3]}
    pd.DataFrame({**base, **columns}).to_csv(path, index=False)
    return path


def test_a_file_is_read_with_prices_categories_and_promotions(tmp_path) -> None:
    path = file(tmp_path, amount=[2, 2, 9], category=["x", "x", "y"], mailer=[0, 0.5, 1])

    sales = read_sales(path)

    assert sales.units.tolist() == [[1, 2], [0, 3]]
    assert sales.prices is not None
    assert sales.promotions is not None
    assert sales.category_codes is not None
    assert sales.prices.tolist() == [[2, 1], [0, 3]]
    assert sales.promotions[:, :, 0].tolist() == [[0, 0.5], [0, 1]]
    assert (sales.promotion_names, sales.category_codes.tolist()) == (("mailer",), [0, 1])


def test_dates_of_one_week_from_monday_to_sunday_are_one_week(tmp_path) -> None:
    path = file(tmp_path, week=["2026-03-02", "2026-03-08", "2026-03-09"])

    assert read_sales(path).units.tolist() == [[3, 0], [0, 3]]


def test_units_that_are_no_number_are_refused_with_their_row(tmp_path) -> None:
    with pytest.raises(InputError, match="row 2: units"):
        read_sales(file(tmp_path, units=[1, "many", 3]))


def test_a_span_of_many_years_is_refused(tmp_path) -> None:
    with pytest.raises(InputError, match="1,500"):
        read_sales(file(tmp_path, week=[1, 2, 2_000]))


@pytest.mark.parametrize(("origin", "column"), [(None, 32), (2714 + 10, 10)])
def test_the_origin_is_a_week_of_the_file_or_the_last_that_leaves_room(origin, column) -> None:
    sales = steady_sales(weeks=40)
    first = sales.first_day // 7

    assert origin_column(sales, None if origin is None else first + 10, weeks=8) == column


@pytest.mark.parametrize("weeks", [0, 33])
def test_an_origin_without_a_past_or_a_future_is_refused(weeks) -> None:
    sales = steady_sales(weeks=40)

    with pytest.raises(InputError, match="the origin must lie between"):
        origin_column(sales, sales.first_day // 7 + weeks, weeks=8)


def test_the_baseline_repeats_the_newest_weeks() -> None:
    sales = steady_sales(weeks=40)

    forecast = RecentMean(weeks=3).fit(sales, rng=np.random.default_rng(1)).forecast(sales)

    np.testing.assert_allclose(forecast.means[:, 0], sales.units[:, -8:].mean(axis=1), rtol=1e-6)
    assert (forecast.means[:, 0] == forecast.means[:, 2]).all()


def test_figures_by_hand() -> None:
    truth = np.array([[4.0, 6.0]])
    quantiles = np.array([[[3, 4, 5, 6, 7], [3, 4, 5, 6, 7]]], dtype=np.float32)
    forecast = ProductForecasts(
        Vocabulary(np.array([1])),
        0,
        quantiles,
        np.full((1, 2), 5, dtype=np.float32),
        np.zeros(1, dtype=np.int8),
    )

    judged = figures(truth, forecast, past=np.array([[4.0, 6.0, 4.0, 6.0]]))

    assert judged["wape"] == pytest.approx(0.2)
    assert judged["bias_percent"] == pytest.approx(0.0)
    assert judged["interval80_coverage"] == 1.0
    assert judged["rmsse"] == pytest.approx(0.5)


def test_only_the_best_sellers_are_judged_and_on_weeks_that_the_model_did_not_see() -> None:
    row = evaluate(steady_sales(weeks=40), 36, model="recent_mean", weeks=4, planned=False, top=5, seed=1)

    assert (row["model"], row["products"], row["planned"]) == ("recent_mean", 5, False)
    assert 0 < row["wape"] < 0.5


def test_an_unknown_model_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InputError, match="known: recent_mean"):
        evaluate(steady_sales(), 30, model="oracle", weeks=4, planned=False, top=5, seed=1)


def test_a_part_keeps_its_rows() -> None:
    sales = steady_sales(weeks=20)
    forecast = RecentMean(weeks=2).forecast(sales)

    part = only(forecast, np.array([2, 5]))

    assert part.products.ids.tolist() == [2, 5]
    assert part.quantiles.shape == (2, 2, len(LEVELS))
