"""From scores to lists."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse

from learning.rounding import one_unit, rounded

NO_PRODUCT = -1
"""Fills a list that has no further products."""


def top_k(
    scores: NDArray[np.float32],
    k: int,
    *,
    exclude: sparse.csr_matrix | None = None,
    only: sparse.csr_matrix | None = None,
    allowed: NDArray[np.bool_] | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The best ``k`` products of each line of ``scores`` (n, n_products): (rows, scores), both (n, k).

    ``exclude`` and ``only`` are (n, n_products); their stored entries, whatever the values, are what may not,
    or alone may, be listed. ``allowed`` (n_products,) holds for all rows. Short lists end in NO_PRODUCT with
    score -inf. Scores are ``rounded``, then compared; equal ones go by product row, smaller first.
    """
    masked = np.array(scores, dtype=np.float32)
    if only is not None:
        keep = np.full(masked.shape, -np.inf, dtype=np.float32)
        lines, columns = _entries(only)
        keep[lines, columns] = masked[lines, columns]
        masked = keep
    if exclude is not None:
        masked[_entries(exclude)] = -np.inf
    if allowed is not None:
        masked[:, ~allowed] = -np.inf
    return _best(masked, min(k, masked.shape[1]), k)


def _best(masked: NDArray[np.float32], take: int, k: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    # one more than is needed shows whether equal scores cross the edge of the list
    spare = min(take + 1, masked.shape[1])
    best = torch.topk(torch.from_numpy(masked), spare, dim=1)
    rows, values = best.indices.numpy(), rounded(best.values.numpy())
    edge = values[:, take - 1]
    if spare > take:
        for line in np.flatnonzero((values[:, take] == edge) & np.isfinite(edge)):
            near = np.flatnonzero(masked[line] >= edge[line] - one_unit(edge[line]))
            scores = rounded(masked[line, near])
            first = np.lexsort((near, -scores))[:take]
            rows[line, :take], values[line, :take] = near[first], scores[first]
    rows, values = rows[:, :take], values[:, :take]
    order = np.lexsort((rows, -values), axis=1)
    rows, values = np.take_along_axis(rows, order, axis=1), np.take_along_axis(values, order, axis=1)
    rows[np.isneginf(values)] = NO_PRODUCT
    padding = ((0, 0), (0, k - take))
    return (
        np.pad(rows.astype(np.int64), padding, constant_values=NO_PRODUCT),
        np.pad(values, padding, constant_values=-np.inf),
    )


def _entries(matrix: sparse.csr_matrix) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The (line, column) of every stored entry."""
    return np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr)), matrix.indices.astype(np.int64)
