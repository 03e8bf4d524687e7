"""Sparse matrices as the arrays of an artefact."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse


def stored_matrix(name: str, matrix: sparse.csr_matrix) -> dict[str, NDArray[Any]]:
    """The arrays ``name_data``, ``name_indices``, ``name_indptr`` and ``name_shape``."""
    shape = np.array(matrix.shape)
    parts = {"data": matrix.data, "indices": matrix.indices, "indptr": matrix.indptr, "shape": shape}
    return {f"{name}_{key}": value for key, value in parts.items()}


def restored_matrix(name: str, arrays: Mapping[str, NDArray[Any]]) -> sparse.csr_matrix:
    """The matrix that ``stored_matrix`` took apart."""
    parts = (arrays[f"{name}_data"], arrays[f"{name}_indices"], arrays[f"{name}_indptr"])
    return sparse.csr_matrix(parts, shape=tuple(arrays[f"{name}_shape"]))
