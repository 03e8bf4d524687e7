"""What is known of a product when its coming weeks are forecast."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from forecasts.ml.demand.demand_features import demand_rows, typical_week
from tests.forecasts.toys import steady_sales


def promoted(weeks: int):
    sales = steady_sales(weeks=30)
    shares = np.zeros((len(sales), weeks, 1), dtype=np.float32)
    shares[:, ::3] = 0.5
    return replace(sales, promotions=shares)


def test_there_is_a_row_for_each_product_and_lead_products_first() -> None:
    sales = steady_sales(weeks=30)

    rows = demand_rows(sales, 26, leads=4, planned=False)

    assert rows.features.shape[0] == len(rows.level) == len(rows.units) == 4 * len(sales)
    assert rows.units[:4].tolist() == sales.units[0, 26:30].tolist()
    assert np.isfinite(rows.features).all()


def test_what_was_not_sold_yet_is_zero() -> None:
    sales = steady_sales(weeks=30)

    rows = demand_rows(sales, 29, leads=3, planned=False).units.reshape(len(sales), 3)

    assert rows[:, 0].tolist() == sales.units[:, 29].tolist()
    assert not rows[:, 1:].any()


@pytest.mark.parametrize("planned", [False, True])
def test_nothing_of_the_weeks_ahead_is_seen(planned) -> None:
    sales = promoted(34)
    changed = sales.units.copy()
    changed[:, 20:] = 1_000

    one, other = (
        demand_rows(history, 20, leads=4, planned=planned).features
        for history in (sales, replace(sales, units=changed))
    )

    np.testing.assert_array_equal(one, other)


def test_planned_promotions_are_seen_only_where_they_count_as_planned() -> None:
    sales, other = promoted(34), promoted(34)
    assert other.promotions is not None
    other.promotions[:, 20:] = 1.0

    def features(history, *, planned: bool):
        return demand_rows(history, 20, leads=4, planned=planned).features

    np.testing.assert_array_equal(features(sales, planned=False), features(other, planned=False))
    assert not np.array_equal(features(sales, planned=True), features(other, planned=True))


def test_a_part_of_the_products_has_the_rows_that_all_products_have() -> None:
    sales = replace(steady_sales(weeks=30), category_codes=np.arange(14) % 3)

    part = demand_rows(sales, 26, leads=2, planned=False, rows=np.array([3, 7])).features
    whole = demand_rows(sales, 26, leads=2, planned=False).features.reshape(len(sales), 2, -1)

    np.testing.assert_allclose(part, whole[[3, 7]].reshape(4, -1), rtol=1e-6)


def test_a_typical_week_is_near_the_newest_weeks_and_never_zero() -> None:
    units = np.array([[10.0] * 20, [0.0] * 20, [0.0] * 7 + [10.0] * 13])

    typical = typical_week(units)

    assert typical[0] == pytest.approx(10.1)
    assert typical[1] == pytest.approx(0.1)
    assert 9 < typical[2] < 10.1
    assert typical_week(np.zeros((2, 0))).tolist() == [0.1, 0.1]
