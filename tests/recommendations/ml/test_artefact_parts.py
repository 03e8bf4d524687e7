from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from learning.interactions import Interactions
from recommendations.ml.artefact_parts import (
    restored_history,
    restored_matrix,
    stored_history,
    stored_matrix,
)


@pytest.mark.parametrize("shape", [(0, 3), (2, 0), (3, 4)])
def test_a_matrix_is_restored_with_its_shape_and_entries(shape: tuple[int, int]):
    matrix = sparse.random(*shape, density=0.5, format="csr", dtype=np.float32, random_state=1)
    restored = restored_matrix("x", stored_matrix("x", matrix))

    assert restored.shape == shape
    assert restored.dtype == np.float32
    np.testing.assert_array_equal(restored.toarray(), matrix.toarray())


def test_two_matrices_lie_beside_each_other():
    one, other = sparse.csr_matrix(np.eye(2)), sparse.csr_matrix(np.ones((1, 3)))
    arrays = stored_matrix("one", one) | stored_matrix("other", other)

    assert len(arrays) == 8
    assert restored_matrix("other", arrays).toarray().tolist() == [[1, 1, 1]]


def test_entries_that_are_zero_stay_entries():
    matrix = sparse.csr_matrix((np.array([0.0, 2.0]), ([0, 0], [0, 1])), shape=(1, 2))

    assert restored_matrix("x", stored_matrix("x", matrix)).nnz == 2


def test_a_history_keeps_ids_times_and_values():
    history = Interactions.from_ids(["b", "a"], [7, 9], [5, 3], [1.0, 0.5])
    restored = restored_history(stored_history(history))

    assert restored.members == history.members
    assert restored.products == history.products
    assert restored.timestamps.tolist() == [5, 3]
    assert restored.values.tolist() == [1.0, 0.5]
    np.testing.assert_array_equal(restored.to_csr().toarray(), history.to_csr().toarray())
