from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from recommendations.ml.ranking import NO_PRODUCT, one_of_each, top_k, with_siblings

SCORES = np.array([[0.1, 0.9, 0.5, 0.7]], dtype=np.float32)


def entries(*columns: int) -> sparse.csr_matrix:
    return sparse.csr_matrix((np.ones(len(columns)), ([0] * len(columns), columns)), shape=(1, 4))


def test_the_best_come_first():
    rows, values = top_k(SCORES, 3)

    assert rows.tolist() == [[1, 3, 2]]
    np.testing.assert_allclose(values, [[0.9, 0.7, 0.5]])


def test_excluded_products_are_passed_over():
    assert top_k(SCORES, 2, exclude=entries(1))[0].tolist() == [[3, 2]]


def test_only_those_named_are_listed_and_the_rest_stays_empty():
    rows, values = top_k(SCORES, 3, only=entries(0, 2))

    assert rows.tolist() == [[2, 0, NO_PRODUCT]]
    assert values[0, 2] == -np.inf


def test_products_that_may_not_be_shown_are_left_out():
    assert top_k(SCORES, 4, allowed=np.array([True, False, True, False]))[0].tolist() == [[2, 0, -1, -1]]


def test_lists_longer_than_the_catalogue_end_empty():
    assert top_k(SCORES, 6)[0].tolist() == [[1, 3, 2, 0, -1, -1]]


def test_equal_scores_go_by_product_row_also_across_the_edge():
    scores = np.zeros((1, 5000), dtype=np.float32)
    scores[0, 4000] = 1

    assert top_k(scores, 4)[0].tolist() == [[4000, 0, 1, 2]]


@st.composite
def questions(draw: st.DrawFn) -> tuple[np.ndarray, int, set[int], set[int] | None, set[int]]:
    """(scores of a member with many ties, k, excluded, only these, allowed)."""
    m = draw(st.integers(1, 8))
    scores = draw(st.lists(st.integers(-2, 2), min_size=m, max_size=m))
    some = st.sets(st.integers(0, m - 1))
    return (
        np.array([scores], dtype=np.float32),
        draw(st.integers(1, 10)),
        draw(some),
        draw(st.none() | some),
        draw(some),
    )


@given(questions())
def test_lists_agree_with_a_plain_sort(question: tuple[np.ndarray, int, set[int], set[int] | None, set[int]]):
    scores, k, excluded, only, allowed = question
    m = scores.shape[1]
    listed = [row for row in range(m) if row not in excluded and row in allowed]
    listed = [row for row in listed if only is None or row in only]
    listed = sorted(listed, key=lambda row: (-scores[0, row], row))[:k]

    rows, values = top_k(
        scores,
        k,
        exclude=marked(excluded, m),
        only=None if only is None else marked(only, m),
        allowed=np.isin(np.arange(m), list(allowed)),
    )
    assert rows[0].tolist() == listed + [NO_PRODUCT] * (k - len(listed))
    assert values[0, : len(listed)].tolist() == scores[0, listed].tolist()
    assert np.isneginf(values[0, len(listed) :]).all()


def marked(columns: set[int], m: int) -> sparse.csr_matrix:
    places = sorted(columns)
    return sparse.csr_matrix((np.zeros(len(places)), ([0] * len(places), places)), shape=(1, m))


def test_a_shorter_list_is_the_beginning_of_a_longer_one():
    scores = np.random.default_rng(3).integers(0, 5, (20, 40)).astype(np.float32)
    longest = top_k(scores, 40)[0]

    for k in (1, 7, 39):
        assert (top_k(scores, k)[0] == longest[:, :k]).all()


def test_members_are_listed_independently_of_each_other():
    scores = np.random.default_rng(4).integers(0, 3, (6, 10)).astype(np.float32)
    together = top_k(scores, 4)[0]

    assert together.tolist() == [top_k(scores[line : line + 1], 4)[0][0].tolist() for line in range(6)]


def test_the_scores_given_are_not_changed():
    scores = SCORES.copy()
    top_k(scores, 2, exclude=entries(1))

    assert scores.tolist() == SCORES.tolist()


def test_lines_with_ties_are_the_same_alone_and_among_others(monkeypatch):
    scores = np.random.default_rng(3).integers(0, 4, size=(40, 300)).astype(np.float32)
    scores[7, 2:] = -np.inf  # hardly anything to choose from
    alone = [top_k(scores[line : line + 1], 20) for line in range(len(scores))]
    monkeypatch.setattr("recommendations.ml.ranking.SORTED_AT_ONCE", 1_000)

    rows, values = top_k(scores, 20)

    np.testing.assert_array_equal(rows, np.concatenate([rows for rows, _values in alone]))
    np.testing.assert_array_equal(values, np.concatenate([values for _rows, values in alone]))
    naive = np.argsort(-scores[0], kind="stable")[:20]
    assert rows[0].tolist() == naive.tolist()


def test_of_each_group_the_first_is_kept():
    ranked = np.array([[4, 0, 1, 2, 3], [3, 2, 0, -1, -1]])
    best = np.array([[0.9, 0.8, 0.7, 0.6, 0.5], [0.9, 0.8, 0.7, -np.inf, -np.inf]])
    groups = np.array([7, 7, -1, 8, -1])

    rows, values = one_of_each(ranked, best, groups=groups, k=4)

    assert rows.tolist() == [[4, 0, 2, 3], [3, 2, 0, NO_PRODUCT]]
    np.testing.assert_allclose(values[0], [0.9, 0.8, 0.6, 0.5])
    one = np.array([[0, 1]])
    rows, values = one_of_each(one, one.astype(np.float64), groups=np.array([5, 5]), k=2)
    assert (rows.tolist(), values[0, 1]) == ([[0, NO_PRODUCT]], -np.inf)


def test_what_is_owned_is_so_with_all_of_its_group():
    own = with_siblings(entries(1), np.array([3, 3, -1, 9]))

    assert own.toarray().astype(bool).tolist() == [[True, True, False, False]]
    assert with_siblings(entries(2), np.array([3, 3, -1, 9])).toarray().astype(bool).tolist() == [
        [False, False, True, False]
    ]
