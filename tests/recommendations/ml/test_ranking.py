from __future__ import annotations

import numpy as np
from scipy import sparse

from recommendations.ml.ranking import NO_PRODUCT, top_k

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
