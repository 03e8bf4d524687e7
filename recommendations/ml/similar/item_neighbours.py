"""Which products go with which: bought together, and similar.

*Together* is the damped cosine of two products over orders, c_ij / √(n_i n_j) · c_ij / (c_ij + β): what
shares orders more often than its frequency explains, and not once only (the cosine of Sarwar et al.,
"Item-based collaborative filtering recommendation algorithms", WWW 2001; the damping of Bell & Koren, KDD
2007). *Similar* adds two views that know nothing of each other: the words of two products, and whether they
are bought with the same third products, as substitutes are although nobody buys both.

Scores are ``rounded``, and equal ones go by product row, smaller first.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from learning.rounding import rounded
from recommendations.ml.ranking import NO_PRODUCT, top_k

LARGEST_BASKET = 100
"""Orders with more products are a reseller's or an import's; each would add n² pairs."""
ROWS_AT_ONCE = 256
CONTEXT_LENGTH = 50
COMPARED_WITH_ALL = 5_000
MOST_PAIRS = 2_000_000


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
    # of very many pairs, those that met once are most, and say least
    enough = 2 if together.nnz > MOST_PAIRS else 1
    other = (together.row != together.col) & (together.data >= enough)
    left, right, common = together.row[other], together.col[other], together.data[other]
    cosine = common / np.sqrt(counts[left] * counts[right]) * common / (common + damping)
    return sparse.csr_matrix((cosine.astype(np.float32), (left, right)), shape=(n_products, n_products))


def nearest_together(
    together: sparse.csr_matrix, k: int, *, allowed: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The best ``k`` of every line of ``together`` among the ``allowed`` products: (rows, scores), (n, k)."""
    kept = together @ sparse.diags(allowed.astype(np.float32))
    best = _strongest(sparse.csr_matrix(kept), k)
    best.data = rounded(best.data)
    n = together.shape[0]
    rows = np.full((n, k), NO_PRODUCT, dtype=np.int64)
    values = np.full((n, k), -np.inf)
    lines = np.repeat(np.arange(n), np.diff(best.indptr))
    order = np.lexsort((best.indices, -best.data, lines))
    order = order[best.data[order] > 0]
    rank = np.arange(len(order)) - np.searchsorted(lines[order], lines[order])
    rows[lines[order], rank], values[lines[order], rank] = best.indices[order], best.data[order]
    return rows, values


def nearest_similar(
    words: NDArray[np.float32],
    together: sparse.csr_matrix,
    k: int,
    *,
    allowed: NDArray[np.bool_],
    groups: NDArray[np.int64],
    word_weight: float = 0.6,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The ``k`` most similar of every product: (rows, scores), both (n, k), scores 0..1.

    ``words`` is (n, d) with lines of length 1 or 0. ``groups`` (n,) says which kind a product is of: above
    COMPARED_WITH_ALL products only those of one kind are compared, since all with all would take n² d steps.
    Places without a product hold NO_PRODUCT and -inf.
    """
    n = together.shape[0]
    rows = np.full((n, k), NO_PRODUCT, dtype=np.int64)
    values = np.full((n, k), -np.inf)
    context = _lengths_of_one(_strongest(together, CONTEXT_LENGTH))
    for members in _blocks(groups if n > COMPARED_WITH_ALL else np.zeros(n, dtype=np.int64)):
        targets = members[allowed[members]]
        if len(targets) == 0:
            continue
        target_words, target_context = words[targets].T, context[targets].T.tocsr()
        for begin in range(0, len(members), ROWS_AT_ONCE):
            some = members[begin : begin + ROWS_AT_ONCE]
            scores = word_weight * np.maximum(words[some] @ target_words, 0)
            scores += (1.0 - word_weight) * (context[some] @ target_context).toarray()
            scores[some[:, None] == targets[None, :]] = 0.0  # nothing is similar to itself
            scores[scores <= 0] = -np.inf
            columns, best = top_k(scores, k)
            rows[some] = np.where(best > 0, targets[columns], NO_PRODUCT)
            values[some] = best
    return rows, values


def _blocks(groups: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """The rows of each group."""
    order = np.argsort(groups, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(groups[order])) + 1) if len(groups) else []


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
