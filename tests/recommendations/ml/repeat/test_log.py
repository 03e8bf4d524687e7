"""Purchases up to a moment, against loops over the rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning.interactions import SECONDS_PER_DAY, Interactions
from recommendations.ml.repeat.log import PurchaseLog

Rows = list[tuple[int, int, int]]
purchases = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 4), st.integers(0, 30)), min_size=1, max_size=25
)


def log_of(rows: Rows, **options: int) -> PurchaseLog:
    """Rows of (member, product, day)."""
    members, products, days = np.array(rows).T
    return PurchaseLog.of(Interactions.from_ids(members, products, days * SECONDS_PER_DAY), **options)


def orders_of(rows: Rows, member: int) -> list[int]:
    return sorted({day for m, _p, day in rows if m == member})


@given(purchases)
def test_each_product_of_each_order_is_there_once(rows: Rows):
    log = log_of(rows)

    assert len(log) == len(set(rows))
    assert log.as_of == (max(day for *_rest, day in rows) + 1) * SECONDS_PER_DAY
    assert (log.age_days > 0).all()


@given(purchases)
def test_orders_since_count_the_members_later_orders(rows: Rows):
    log = log_of(rows)
    members = sorted({m for m, *_rest in rows})
    for at in range(len(log)):
        days = orders_of(rows, members[log.member_rows[at]])
        day = log.timestamps[at] // SECONDS_PER_DAY
        assert log.orders_since[at] == sum(later > day for later in days)


@given(purchases)
def test_the_orders_are_those_of_the_rows(rows: Rows):
    orders = log_of(rows).orders
    expected = [
        len({p for m, p, d in rows if (m, d) == (member, day)})
        for member in sorted({m for m, *_rest in rows})
        for day in orders_of(rows, member)
    ]

    assert orders.sizes.tolist() == expected


@given(purchases)
def test_a_habit_counts_its_purchases_and_their_ages(rows: Rows):
    log = log_of(rows)
    habits = log.habits
    members, products = (sorted({row[column] for row in rows}) for column in (0, 1))
    newest = max(day for *_rest, day in rows)
    for at in range(len(habits)):
        pair = members[habits.member_rows[at]], products[habits.product_rows[at]]
        days = sorted({day for m, p, day in rows if (m, p) == pair})
        assert habits.counts[at] == len(days)
        assert habits.last_days[at] == newest + 1 - days[-1]
        assert habits.first_days[at] == newest + 1 - days[0]
        if len(days) > 1:
            assert habits.previous_days[at] == newest + 1 - days[-2]
        else:
            assert np.isnan(habits.previous_days[at])


@given(purchases)
def test_habits_are_found_by_their_pair_and_others_are_not(rows: Rows):
    habits = log_of(rows).habits
    places = habits.find(habits.member_rows, habits.product_rows)
    members, products = np.divmod(np.arange(habits.shape[0] * habits.shape[1]), habits.shape[1])

    assert places.tolist() == list(range(len(habits)))
    assert (habits.find(members, products) >= 0).sum() == len(habits)


def test_an_earlier_moment_sees_what_lies_before_it():
    log = log_of([(1, 5, 0), (1, 6, 3), (1, 5, 9)]).before(4 * SECONDS_PER_DAY)

    assert log.timestamps.tolist() == [0, 3 * SECONDS_PER_DAY]
    assert log.age_days.tolist() == [4, 1]
    assert log.habits.counts.tolist() == [1, 1]


def test_a_moment_may_be_given():
    log = log_of([(1, 5, 0), (1, 6, 3)], as_of=2 * SECONDS_PER_DAY)

    assert log.age_days.tolist() == [2]


def test_members_by_orders():
    """Orders on the days 0, 4 and 10 of 1, 2 and 1 products; seen from the end of day 10."""
    table = log_of([(1, 5, 0), (1, 5, 4), (1, 6, 4), (1, 5, 10), (2, 6, 10)]).orders.by_member()

    np.testing.assert_allclose(table[0], [3, 1, 5, 5, 4 / 3, 1])
    np.testing.assert_allclose(table[1], [1, 1, np.nan, np.nan, 1, 1])


def test_a_member_without_orders_has_none_and_nothing_else():
    data = Interactions.from_ids([1, 2], [5, 5], [0, 0])
    table = PurchaseLog.of(data.where(np.array([True, False]))).orders.by_member()

    assert table[1, 0] == 0
    assert np.isnan(table[1, 1:]).all()


def test_the_recent_gap_is_that_of_the_last_four_steps():
    rows = [(1, 5, day) for day in (0, 100, 110, 120, 130, 140)]
    table = log_of(rows).orders.by_member()

    assert table[0, 2] == pytest.approx(140 / 5)
    assert table[0, 3] == pytest.approx(10)


def test_the_first_order_of_a_window_is_each_members_own():
    log = log_of([(1, 5, 2), (1, 6, 4), (1, 7, 4), (1, 8, 6), (2, 5, 9)])
    chosen = log.first_orders(start=3 * SECONDS_PER_DAY, end=8 * SECONDS_PER_DAY)

    assert log.product_rows[chosen].tolist() == [1, 2]


def test_the_matrix_sums_pairs_and_fades():
    log = log_of([(1, 5, 0), (1, 5, 9), (1, 6, 9)])

    assert log.matrix().toarray().tolist() == [[2, 1]]
    np.testing.assert_allclose(log.faded(10.0).toarray(), [[0.5 + 2**-0.1, 2**-0.1]], rtol=1e-5)


def test_sums_over_the_lines_of_a_pair():
    log = log_of([(1, 5, 0), (1, 6, 3), (1, 5, 9)])

    assert log.habits.summed(np.array([1, 10, 100], dtype=np.float32)).tolist() == [101, 10]


def test_an_empty_log_has_no_habits():
    empty = log_of([(1, 5, 3)]).before(0)

    assert len(empty) == len(empty.habits) == 0
    assert empty.habits.find(np.array([0]), np.array([0])).tolist() == [-1]
    assert empty.matrix().toarray().tolist() == [[0]]
