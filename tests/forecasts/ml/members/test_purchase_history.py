"""Orders as arrays: what counts as an order, and what never does."""

from __future__ import annotations

import numpy as np
import pytest

from forecasts.ml.members.purchase_history import PurchaseHistory
from learning.estimator import ModelFitError

DAY = 86_400


def history(rows, *, as_of_day=100, **options):
    members, days, amounts = zip(*rows, strict=True)
    seconds = (np.array(days) * DAY).astype(np.int64)
    return PurchaseHistory.from_orders(members, seconds, amounts, as_of_day=as_of_day, **options)


def test_rows_of_a_day_are_one_order():
    purchases = history([(1, 3.1, 10.0), (1, 3.9, 5.0), (1, 4.0, 1.0)])

    assert purchases.days.tolist() == [3, 4]
    assert purchases.amounts.tolist() == [15.0, 1.0]


def test_orders_of_a_day_can_be_kept_apart_but_not_those_of_a_second():
    purchases = history([(1, 3.1, 10.0), (1, 3.1, 2.0), (1, 3.9, 5.0)], merge_days=False)

    assert purchases.numbers.tolist() == [2.0]
    assert purchases.orders_between(0, 100).tolist() == [2]


def test_a_day_with_more_given_back_than_bought_is_no_order():
    purchases = history([(1, 3, 10.0), (1, 5, -4.0), (2, 6, 8.0), (2, 6, -8.0)])

    assert purchases.days.tolist() == [3, 6]
    assert purchases.n_refunds == 1


def test_orders_from_a_clock_in_the_future_are_left_out_and_counted():
    purchases = history([(1, 3, 10.0), (1, 100, 5.0), (1, 900, 5.0)])

    assert purchases.n_orders == 1
    assert purchases.n_future == 2


def test_members_without_an_order_stay():
    purchases = history([(2, 3, 10.0)], members=[1, 2, 3])

    assert purchases.counts().tolist() == [0, 1, 0]


@pytest.mark.parametrize("amount", [float("nan"), float("inf")])
def test_an_amount_that_is_no_number_is_refused_with_its_row(amount):
    with pytest.raises(ValueError, match="row 2: amounts must be a finite number"):
        history([(1, 3, 10.0), (1, 4, amount)])


def test_columns_of_unequal_length_are_refused():
    with pytest.raises(ValueError, match="same length"):
        PurchaseHistory.from_orders([1, 2], [0], [1.0], as_of_day=5)


def test_nobody_can_learn_from_no_orders():
    with pytest.raises(ModelFitError, match="no orders"):
        history([(1, 300, 10.0)]).checked()


def test_what_was_known_earlier_holds_nothing_later():
    purchases = history([(1, 3, 10.0), (1, 50, 5.0), (2, 60, 5.0)]).before(50)

    assert purchases.as_of_day == 50
    assert purchases.days.tolist() == [3]


def test_a_part_holds_the_same_orders_however_it_is_taken():
    rng = np.random.default_rng(1)
    rows = [
        (int(m), int(d), 5.0) for m, d in zip(rng.integers(0, 9, 80), rng.integers(0, 90, 80), strict=True)
    ]
    whole = history(rows, categories=rng.integers(0, 4, 80))
    one, other = whole.select(np.arange(3, 6)), whole.between(3, 6)

    assert one.members == other.members
    for name in ("member_rows", "days", "amounts", "category_orders", "category_codes"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
