"""Weekly sales as arrays."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasts.ml.demand.sales_history import SalesHistory
from learning.estimator import ModelFitError


def sales(rows=((1, 0, 2.0), (1, 0, 3.0), (2, 1, 4.0)), *, n_weeks: int = 3, **options) -> SalesHistory:
    products, weeks, units = zip(*rows, strict=True) if rows else ((), (), ())
    return SalesHistory.from_rows(products, weeks, units, first_day=700, n_weeks=n_weeks, **options)


def test_rows_of_a_product_and_week_are_summed() -> None:
    history = sales()

    assert history.products.ids.tolist() == [1, 2]
    assert history.units.tolist() == [[5, 0, 0], [0, 4, 0]]
    assert (len(history), history.n_weeks) == (2, 3)


def test_weeks_outside_returns_and_unknown_products_are_left_out() -> None:
    history = sales(((1, -1, 9.0), (1, 3, 9.0), (1, 1, -2.0), (7, 1, 9.0), (1, 1, 2.0)), products=[1, 5])

    assert history.products.ids.tolist() == [1, 5]
    assert history.units.tolist() == [[0, 2, 0], [0, 0, 0]]


def test_a_price_is_what_was_paid_for_a_unit_and_zero_where_nothing_was_sold() -> None:
    history = sales(amounts=[4.0, 6.0, 2.0])

    assert history.prices is not None
    assert history.prices.tolist() == [[2, 0, 0], [0, 0.5, 0]]


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_figures_that_are_not_finite_are_refused(bad) -> None:
    with pytest.raises(ValueError, match="finite"):
        sales(((1, 0, bad),))
    with pytest.raises(ValueError, match="finite"):
        sales(((1, 0, 1.0),), amounts=[bad])


def test_totals_of_categories_have_those_without_one_first() -> None:
    history = replace(sales(), category_codes=np.array([-1, 0]))

    assert history.category_totals.tolist() == [[5, 0, 0], [0, 4, 0]]
    assert sales().category_totals.tolist() == [[5, 4, 0]]


def test_the_past_keeps_planned_promotions() -> None:
    promoted = replace(sales(amounts=[1.0, 1.0, 1.0]), promotions=np.ones((2, 5, 1), dtype=np.float32))

    past = promoted.before(1)

    assert past.n_weeks == 1
    assert past.prices is not None
    assert past.promotions is not None
    assert (past.prices.shape, past.promotions.shape) == ((2, 1), (2, 5, 1))


def test_a_selection_holds_its_products_with_everything_about_them() -> None:
    everything = replace(
        sales(amounts=[1.0, 1.0, 1.0]), category_codes=np.array([3, 4]),
        promotions=np.arange(6, dtype=np.float32).reshape(2, 3, 1),
    )  # fmt: skip

    part = everything.select(np.array([1]))

    assert part.products.ids.tolist() == [2]
    assert part.category_codes is not None
    assert part.promotions is not None
    assert (part.category_codes.tolist(), part.promotions.ravel().tolist()) == ([4], [3, 4, 5])


@pytest.mark.parametrize(
    ("weeks_given", "expected"), [(3, [False, False]), (4, [True, False]), (9, [True, True])]
)
def test_weeks_ahead_are_planned_as_far_as_promotions_are_given(weeks_given, expected) -> None:
    promoted = replace(sales(), promotions=np.zeros((2, weeks_given, 1), dtype=np.float32))

    assert promoted.planned(2).tolist() == [expected, expected]
    assert not sales().planned(2).any()


def test_a_model_gets_as_many_kinds_of_promotions_as_it_learned() -> None:
    promoted = replace(sales(), promotions=np.ones((2, 3, 2), dtype=np.float32), promotion_names=("a", "b"))

    assert promoted.with_promotions(2) is promoted
    assert promoted.with_promotions(0).promotions is None
    added = sales().with_promotions(2).promotions
    assert added is not None
    assert not added.any()
    with pytest.raises(ValueError, match="3 kinds"):
        promoted.with_promotions(3)


@pytest.mark.parametrize(
    ("history", "message"),
    [
        (sales(()), "no weeks"),
        (sales(n_weeks=0), "no weeks"),
        (replace(sales(), units=np.full((2, 3), np.nan, dtype=np.float32)), "finite"),
        (replace(sales(), units=np.full((2, 3), -1, dtype=np.float32)), "returns"),
        (replace(sales(), units=np.zeros((2, 3), dtype=np.float32)), "nothing was sold"),
    ],
)
def test_a_history_too_short_to_learn_from_is_refused(history, message) -> None:
    with pytest.raises(ModelFitError, match=message):
        history.checked()


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4), st.integers(1, 9)), min_size=1, max_size=20),
    st.randoms(),
)
def test_no_unit_is_lost_and_the_order_of_rows_makes_no_difference(rows, rng) -> None:
    shuffled = rows.copy()
    rng.shuffle(shuffled)

    one, other = sales(tuple(rows), n_weeks=5), sales(tuple(shuffled), n_weeks=5)

    assert one.units.sum() == sum(units for _product, _week, units in rows)
    np.testing.assert_array_equal(one.units, other.units)
