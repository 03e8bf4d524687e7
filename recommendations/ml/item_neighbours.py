"""Which products go with which: bought together, and similar.

*Together* is the damped cosine of two products over orders, c_ij / √(n_i n_j) · c_ij / (c_ij + β): what
shares orders more often than its frequency explains, and not once only (the cosine of Sarwar et al.,
"Item-based collaborative filtering recommendation algorithms", WWW 2001; the damping of Bell & Koren, KDD
2007). *Similar* adds two views that know nothing of each other: the words of two products, and whether they
are bought with the same third products, as substitutes are although nobody buys both.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recommendations.ml.ranking import NO_PRODUCT

LARGEST_BASKET = 100
"""Orders with more products are a reseller's or an import's; each would add n² pairs."""
ROWS_AT_ONCE = 256
CONTEXT_LENGTH = 50


def bought_together(
    order_rows: NDArray[np.int64], product_rows: NDArray[np.int64], *, n_products: int, damping: float = 5.0
) -> sparse.csr_matrix:
    """(n_products, n_products) float32, 0..1, higher = oftener in one order; the diagonal is empty.

    The inputs, (n,) each, say which product was in which order; repeats count once.
    """
    if len(order_rows) == 0:
        return sparse.csr_matrix((n_products, n_products), dtype=np.float32)
    _orders, rows = np.unique(order_rows, return_inverse=True)
    shape = (int(rows.max()) + 1, n_products)
    baskets = sparse.csr_matrix((np.ones(len(rows), dtype=np.float32), (rows, product_rows)), shape=shape)
    baskets.data[:] = 1.0
    baskets = baskets[np.diff(baskets.indptr) <= LARGEST_BASKET]
    counts = np.asarray(baskets.sum(axis=0)).ravel()
    together = (baskets.T @ baskets).tocoo()
    other = together.row != together.col
    left, right, common = together.row[other], together.col[other], together.data[other]
    cosine = common / np.sqrt(counts[left] * counts[right]) * common / (common + damping)
    return sparse.csr_matrix((cosine.astype(np.float32), (left, right)), shape=(n_products, n_products))


def nearest_together(
    together: sparse.csr_matrix, k: int, *, allowed: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The best ``k`` of every line of ``together`` among the ``allowed`` products: (rows, scores), (n, k)."""
    return _nearest([(together, None, 1.0)], k, n_products=together.shape[0], allowed=allowed)


def nearest_similar(
    words: sparse.csr_matrix | NDArray[np.float32],
    together: sparse.csr_matrix,
    k: int,
    *,
    allowed: NDArray[np.bool_],
    word_weight: float = 0.6,
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The ``k`` most similar of every product: (rows, scores), both (n, k), scores 0..1.

    ``words`` is (n, d) with lines of length 1 or 0. Places without a product hold NO_PRODUCT and -inf.
    """
    context = _lengths_of_one(_strongest(together, CONTEXT_LENGTH))
    parts = [(words, words.T, word_weight), (context, context.T.tocsr(), 1.0 - word_weight)]
    return _nearest(parts, k, n_products=together.shape[0], allowed=allowed)


def _nearest(
    parts: list[tuple[object, object | None, float]], k: int, *, n_products: int, allowed: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    rows = np.full((n_products, k), NO_PRODUCT, dtype=np.int64)
    values = np.full((n_products, k), -np.inf, dtype=np.float32)
    take = min(k, n_products)
    for begin in range(0, n_products, ROWS_AT_ONCE):
        end = min(begin + ROWS_AT_ONCE, n_products)
        scores = np.zeros((end - begin, n_products), dtype=np.float32)
        for left, right, weight in parts:
            piece = left[begin:end] if right is None else left[begin:end] @ right  # type: ignore[index]
            scores += weight * (piece.toarray() if sparse.issparse(piece) else piece)
        scores[:, ~allowed] = 0.0
        scores[np.arange(end - begin), np.arange(begin, end)] = 0.0  # nothing goes with itself
        found = np.argpartition(-scores, take - 1, axis=1)[:, :take]
        found_values = np.take_along_axis(scores, found, axis=1)
        order = np.lexsort((found, -found_values), axis=1)
        found = np.take_along_axis(found, order, axis=1)
        found_values = np.take_along_axis(found_values, order, axis=1)
        rows[begin:end, :take] = np.where(found_values > 0, found, NO_PRODUCT)
        values[begin:end, :take] = np.where(found_values > 0, found_values, -np.inf)
    return rows, values


def _strongest(matrix: sparse.csr_matrix, most: int) -> sparse.csr_matrix:
    """``matrix`` with only the ``most`` largest entries of every line."""
    lines = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    order = np.lexsort((-matrix.data, lines))
    rank = np.arange(len(order)) - matrix.indptr[lines[order]]
    keep = order[rank < most]
    parts = (matrix.data[keep], (lines[keep], matrix.indices[keep]))
    return sparse.csr_matrix(parts, shape=matrix.shape)


def _lengths_of_one(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    norms = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    scale = np.divide(1.0, norms, out=np.zeros_like(norms), where=norms > 0)
    return (sparse.diags(scale.astype(np.float32)) @ matrix).tocsr()
