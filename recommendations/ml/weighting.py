"""Weights of a member's purchases: logarithmic in repeats, halved with age."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from learning.interactions import Interactions


def faded(interactions: Interactions, *, half_life_days: float | None) -> sparse.csr_matrix:
    """(n_members, n_products) float32: each entry's value halved every ``half_life_days``, summed per pair.

    Ages count back from the newest entry; None lets nothing fade.
    """
    if half_life_days is None:
        return interactions.to_csr()
    decay = np.exp2(-interactions.age_days() / np.float32(half_life_days))
    # a pair of long ago must stay an entry, however small its weight
    return interactions.to_csr(np.maximum(interactions.values * decay, np.float32(1e-6)))


def damped(strengths: sparse.csr_matrix) -> sparse.csr_matrix:
    """log(1 + strength), entry by entry: the tenth purchase counts less than the second."""
    return sparse.csr_matrix(
        (np.log1p(strengths.data), strengths.indices, strengths.indptr), shape=strengths.shape
    )


def stored_values(
    matrix: sparse.csr_matrix, rows: NDArray[np.int64], columns: NDArray[np.int64]
) -> NDArray[np.float32]:
    """``matrix[rows, columns]`` as (n,), 0 where nothing is stored; its columns must be sorted."""
    lines = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    stored = lines * matrix.shape[1] + matrix.indices
    wanted = rows * matrix.shape[1] + columns
    if len(stored) == 0:
        return np.zeros(len(wanted), dtype=np.float32)
    places = np.searchsorted(stored, wanted).clip(max=len(stored) - 1)
    return np.where(stored[places] == wanted, matrix.data[places], 0).astype(np.float32)


def values_at(
    matrix: sparse.csr_matrix, rows: NDArray[np.int64], columns: NDArray[np.int64]
) -> NDArray[np.float32]:
    """``matrix[rows, columns]`` as (n,), for a few entries of a large matrix; scipy fails on none."""
    if len(rows) == 0:
        return np.zeros(0, dtype=np.float32)
    return np.asarray(matrix[rows, columns], dtype=np.float32).ravel()
