from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from learning.interactions import Interactions
from recommendations.ml.histories import Histories

purchases = st.lists(
    st.tuples(st.integers(1, 4), st.integers(10, 13), st.integers(0, 5)), min_size=1, max_size=20
)


def of_rows(rows: list[tuple[int, int, int]]) -> Histories:
    """Rows of (member, product, second)."""
    return Histories.of(Interactions.from_ids(*np.array(rows).T))


def test_entries_are_sorted_by_member_then_time():
    histories = of_rows([(2, 10, 5), (1, 11, 9), (2, 12, 1), (1, 10, 3)])

    assert histories.member_rows.tolist() == [0, 0, 1, 1]
    assert histories.timestamps.tolist() == [3, 9, 1, 5]
    assert histories.starts.tolist() == [0, 2, 4]


def test_one_moment_is_one_step_however_many_lines():
    histories = of_rows([(1, 10, 0), (1, 11, 0), (1, 12, 4), (1, 10, 7)])

    assert histories.steps.tolist() == [0, 0, 1, 2]
    assert histories.steps_back().tolist() == [2, 2, 1, 0]


def test_equal_times_keep_the_order_of_the_file():
    assert of_rows([(1, 12, 0), (1, 10, 0), (1, 11, 0)]).product_rows.tolist() == [2, 0, 1]


def test_a_member_without_entries_has_an_empty_span():
    data = Interactions.from_ids([1, 2, 3], [10, 10, 10], [0, 0, 0])
    histories = Histories.of(data.where(np.array([True, False, True])))

    assert histories.starts.tolist() == [0, 1, 1, 2]
    assert histories.steps_back().tolist() == [0, 0]


def test_pairs_are_of_one_member_and_within_the_window():
    histories = of_rows([(1, 10, 0), (1, 11, 1), (1, 12, 2), (2, 10, 0), (2, 11, 1)])
    pairs = [
        (int(one), int(other))
        for earlier, later in histories.pairs(1)
        for one, other in zip(earlier, later, strict=True)
    ]

    assert pairs == [(0, 1), (1, 2), (3, 4)]


@given(purchases, st.integers(1, 6))
def test_pairs_are_all_that_a_double_loop_finds(rows: list[tuple[int, int, int]], window: int):
    histories = of_rows(rows)
    members, n = histories.member_rows, len(rows)
    expected = {
        (one, other)
        for one in range(n)
        for other in range(one + 1, min(one + window, n - 1) + 1)
        if members[one] == members[other]
    }
    pairs = [pair for earlier, later in histories.pairs(window) for pair in zip(earlier, later, strict=True)]

    assert {(int(one), int(other)) for one, other in pairs} == expected
    assert len(pairs) == len(expected)


@given(purchases)
def test_steps_back_count_the_later_moments(rows: list[tuple[int, int, int]]):
    histories = of_rows(rows)
    for at, back in enumerate(histories.steps_back().tolist()):
        mine = histories.member_rows == histories.member_rows[at]
        assert back == len(
            set(histories.timestamps[mine & (histories.timestamps > histories.timestamps[at])].tolist())
        )


def test_weights_of_a_pair_are_summed():
    histories = of_rows([(1, 10, 0), (1, 10, 1), (1, 11, 1)])
    weights = np.array([1, 2, 4], dtype=np.float32)

    assert histories.weighted(weights).toarray().tolist() == [[3, 4]]
    assert histories.weighted(weights).dtype == np.float32
