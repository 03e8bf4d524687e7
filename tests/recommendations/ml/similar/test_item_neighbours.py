from __future__ import annotations

import numpy as np
import pytest

from recommendations.ml.similar import item_neighbours
from recommendations.ml.similar.item_neighbours import bought_together, nearest_similar, nearest_together

EVERYTHING = np.ones(4, dtype=np.bool_)


def baskets() -> tuple[np.ndarray, np.ndarray]:
    """Products 0 and 1 share three orders, 2 joins one of them, 3 is bought alone; an order names 0 twice."""
    orders = [0, 0, 0, 1, 1, 2, 2, 2, 3]
    products = [0, 0, 1, 0, 1, 0, 1, 2, 3]
    return np.array(orders), np.array(products)


def test_the_damped_cosine_is_the_one_of_the_formula():
    together = bought_together(*baskets(), n_products=4, damping=5.0)

    assert together[0, 1] == pytest.approx(3 / 3 * 3 / 8)
    assert together[0, 2] == pytest.approx(1 / np.sqrt(3) * 1 / 6)
    assert together[0, 0] == together[3, 0] == 0


def test_without_orders_nothing_goes_together():
    nothing = np.zeros(0, dtype=np.int64)

    assert bought_together(nothing, nothing, n_products=4).nnz == 0


def test_the_nearest_come_first_and_only_the_allowed():
    together = bought_together(*baskets(), n_products=4)
    rows, values = nearest_together(together, 3, allowed=EVERYTHING)

    assert rows.tolist() == [[1, 2, -1], [0, 2, -1], [0, 1, -1], [-1, -1, -1]]
    assert values[0, 0] > values[0, 1] > -np.inf
    allowed = np.array([True, False, True, True])
    assert nearest_together(together, 3, allowed=allowed)[0][0].tolist() == [2, -1, -1]


def test_similar_products_share_words_or_are_bought_with_the_same():
    words = np.array([[1, 0], [0, 1], [1, 0], [0, 0]], dtype=np.float32)
    together = bought_together(*baskets(), n_products=4)
    rows, _values = nearest_similar(
        words, together, 2, allowed=EVERYTHING, groups=np.zeros(4, dtype=np.int64), word_weight=0.6
    )

    assert rows[0, 0] == 2
    assert rows[3].tolist() == [-1, -1]


def test_a_large_catalogue_is_compared_within_its_kinds(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(item_neighbours, "COMPARED_WITH_ALL", 3)
    words = np.ones((4, 1), dtype=np.float32)
    together = bought_together(*baskets(), n_products=4)
    groups = np.array([7, 8, 7, 8])
    rows, _values = nearest_similar(words, together, 3, allowed=EVERYTHING, groups=groups)

    assert rows.tolist() == [[2, -1, -1], [3, -1, -1], [0, -1, -1], [1, -1, -1]]
