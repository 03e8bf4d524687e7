from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from learning.interactions import SECONDS_PER_DAY, Interactions
from recommendations.ml.weighting import damped, faded, stored_values, values_at


def bought(*days: int) -> Interactions:
    """One member buys one product on each of the days."""
    n = len(days)
    return Interactions.from_ids([1] * n, [5] * n, np.array(days) * SECONDS_PER_DAY)


def test_a_purchase_is_halved_every_half_life():
    assert faded(bought(0, 10, 20), half_life_days=10.0).toarray().tolist() == [[1 / 4 + 1 / 2 + 1]]


def test_without_a_half_life_nothing_fades():
    assert faded(bought(0, 500), half_life_days=None).toarray().tolist() == [[2]]


def test_a_purchase_of_long_ago_stays_an_entry():
    data = Interactions.from_ids([1, 2], [5, 6], np.array([0, 100_000]) * SECONDS_PER_DAY)
    matrix = faded(data, half_life_days=1.0)

    assert matrix.nnz == 2
    assert 0 < matrix[0, 0] <= 1e-6


def test_repeats_count_ever_less():
    strengths = damped(sparse.csr_matrix(np.arange(6, dtype=np.float32)[None, :]))
    steps = np.diff(strengths.toarray()[0])

    assert strengths[0, 1] == pytest.approx(np.log(2))
    assert (np.diff(steps) < 0).all()


def test_damping_leaves_its_input_alone():
    matrix = sparse.csr_matrix(np.array([[3.0]]))
    damped(matrix)

    assert matrix.toarray().tolist() == [[3.0]]


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4)), max_size=12),
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4)), max_size=12),
)
def test_stored_values_are_those_of_the_table(
    stored: list[tuple[int, int]], looked_up: list[tuple[int, int]]
):
    table = np.zeros((4, 5), dtype=np.float32)
    for number, place in enumerate(stored):
        table[place] = number + 1
    rows, columns = np.array(looked_up, dtype=np.int64).reshape(-1, 2).T

    assert stored_values(sparse.csr_matrix(table), rows, columns).tolist() == table[rows, columns].tolist()


def test_values_at_no_places_are_none():
    nowhere = np.zeros(0, dtype=np.int64)

    assert values_at(sparse.csr_matrix(np.eye(2)), nowhere, nowhere).shape == (0,)
    assert values_at(sparse.csr_matrix(np.eye(2)), np.array([0, 1]), np.array([0, 0])).tolist() == [1, 0]
