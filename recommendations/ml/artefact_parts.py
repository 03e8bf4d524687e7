"""Sparse matrices and histories as the arrays of an artefact."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy import sparse

from learning.estimator import Array
from learning.interactions import Interactions
from learning.vocabulary import Vocabulary


def stored_matrix(name: str, matrix: sparse.csr_matrix) -> dict[str, Array]:
    """The arrays ``name_data``, ``name_indices``, ``name_indptr`` and ``name_shape``."""
    shape = np.array(matrix.shape)
    parts = {"data": matrix.data, "indices": matrix.indices, "indptr": matrix.indptr, "shape": shape}
    return {f"{name}_{key}": value for key, value in parts.items()}


def restored_matrix(name: str, arrays: Mapping[str, Array]) -> sparse.csr_matrix:
    """The matrix that ``stored_matrix`` took apart."""
    parts = (arrays[f"{name}_data"], arrays[f"{name}_indices"], arrays[f"{name}_indptr"])
    return sparse.csr_matrix(parts, shape=tuple(arrays[f"{name}_shape"]))


def stored_history(history: Interactions) -> dict[str, Array]:
    """The arrays ``member_ids``, ``product_ids``, ``entries`` and ``values``; attributes are left out."""
    return {
        "member_ids": history.members.ids,
        "product_ids": history.products.ids,
        "entries": np.stack((history.member_rows, history.product_rows, history.timestamps)),
        "values": history.values,
    }


def restored_history(arrays: Mapping[str, Array]) -> Interactions:
    """The history that ``stored_history`` took apart."""
    members, products = Vocabulary(arrays["member_ids"]), Vocabulary(arrays["product_ids"])
    member_rows, product_rows, timestamps = arrays["entries"]
    return Interactions(members, products, member_rows, product_rows, timestamps, arrays["values"])
