"""Counting by outcome against a double loop."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fraud.ml.counting.counters import OUTCOMES
from fraud.ml.counting.windows import NEVER, KnownOf, Windows

WINDOW = 5
moments = st.one_of(st.just(None), st.integers(0, 9))
rows = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 9), moments, moments), max_size=12)


def counted(
    orders: list[tuple[int, int, int | None, int | None]], outcome: str
) -> tuple[list[int], list[int], list[int]]:
    """Orders, money and different amounts, each order costing what its number in the list is, modulo 3."""
    ordered = sorted(orders, key=lambda one: one[:2])
    columns = [
        np.array([NEVER if value is None else value for value in column], np.int64)
        for column in (zip(*ordered, strict=True) if ordered else [[]] * 4)
    ]
    keys, at, approved, declined = columns
    windows = Windows.of(
        keys=keys, at=at, seconds=WINDOW,
        stretches=KnownOf(approved, declined, np.full_like(at, NEVER)).stretches("orders", outcome),
        with_itself=outcome in ("", "placed"),
    )  # fmt: skip
    amounts = np.arange(len(at)) % 3
    ones = np.ones(len(at), np.int64)
    return windows.sums(ones).tolist(), windows.sums(amounts).tolist(), windows.distinct(amounts).tolist()


def is_counted(order: tuple[int, int, int | None, int | None], outcome: str, *, now: int) -> bool:
    """What the newest of the two moments up to ``now`` says; of two at once, that it was approved."""
    _key, _at, approved, declined = order
    known = [(moment, word) for moment, word in ((declined, "declined"), (approved, "approved"))
             if moment is not None and moment <= now]  # fmt: skip
    last = sorted(known, key=lambda one: one[0])[-1][1] if known else "open"
    return {"": last != "declined", "placed": True}.get(outcome, last == outcome)


@pytest.mark.parametrize("outcome", ["", *OUTCOMES])
@given(orders=rows)
def test_counters_by_outcome_agree_with_a_double_loop(
    outcome: str, orders: list[tuple[int, int, int | None, int | None]]
):
    n_orders, money, distinct = counted(orders, outcome)
    ordered = sorted(orders, key=lambda one: one[:2])

    for row, (key, now, _approved, _declined) in enumerate(ordered):
        near = [
            number
            for number, other in enumerate(ordered[:row])
            if other[0] == key and now - other[1] < WINDOW and is_counted(other, outcome, now=now)
        ]
        near += [row] if outcome in ("", "placed") else []
        assert n_orders[row] == len(near)
        assert money[row] == sum(number % 3 for number in near)
        assert distinct[row] == len({number % 3 for number in near})


def test_unknown_values_are_not_counted_as_different():
    windows = Windows(2, np.array([0, 1]), np.array([0, 1]), np.array([2, 2]))

    assert windows.distinct(np.array([-1, 4])).tolist() == [0, 1]
