"""From scores to lists."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse

from learning.rounding import one_unit, rounded

SORTED_AT_ONCE = 2_000_000
"""Scores of lines with ties that are sorted together: 16 MB."""
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


def with_siblings(own: sparse.csr_matrix, groups: NDArray[np.int64]) -> sparse.csr_matrix:
    """``own`` (n, n_products) with entries for all products of the groups that a line has an entry of.

    ``groups`` (n_products,): -1 for what is in no group.
    """
    variants = np.flatnonzero(groups >= 0)
    _ids, columns = np.unique(groups[variants], return_inverse=True)
    shape = (len(groups), len(_ids))
    member_of = sparse.csr_matrix((np.ones(len(variants), np.float32), (variants, columns)), shape=shape)
    return sparse.csr_matrix(own + own @ member_of @ member_of.T)


def one_of_each(
    ranked: NDArray[np.int64], best: NDArray[np.float64], *, groups: NDArray[np.int64], k: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """What ``top_k`` gave, with the first product of each group only: (rows, scores), both (n, k)."""
    # products in no group, and empty places, are groups of their own
    own = np.where((ranked >= 0) & (groups[ranked] >= 0), groups[ranked], -1 - np.arange(ranked.shape[1]))
    order = np.argsort(own, axis=1, kind="stable")
    in_order = np.take_along_axis(own, order, axis=1)
    repeats = np.zeros(own.shape, dtype=np.bool_)
    again = np.pad(in_order[:, 1:] == in_order[:, :-1], ((0, 0), (1, 0)))
    np.put_along_axis(repeats, order, again, axis=1)
    places = np.argsort(repeats, axis=1, kind="stable")[:, :k]
    rows, values = np.take_along_axis(ranked, places, axis=1), np.take_along_axis(best, places, axis=1)
    dropped = np.take_along_axis(repeats, places, axis=1)
    rows[dropped], values[dropped] = NO_PRODUCT, -np.inf
    return rows, values


def _best(masked: NDArray[np.float32], take: int, k: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    # one more than is needed shows whether equal scores cross the edge of the list
    spare = min(take + 1, masked.shape[1])
    best = torch.topk(torch.from_numpy(masked), spare, dim=1)
    rows, values = best.indices.numpy(), rounded(best.values.numpy())
    edge = values[:, take - 1]
    rows, ordered = rows[:, :take], values[:, :take]
    if spare > take:
        tied = np.flatnonzero((values[:, take] == edge) & np.isfinite(edge))
        for some in _slices(tied, masked, edge=edge):
            rows[some], ordered[some] = _settled(masked[some], edge=edge[some], take=take)
    rows, ordered = _in_order(rows, ordered)
    rows[np.isneginf(ordered)] = NO_PRODUCT
    if take == k:
        return rows.astype(np.int64), ordered
    padding = ((0, 0), (0, k - take))
    return (
        np.pad(rows.astype(np.int64), padding, constant_values=NO_PRODUCT),
        np.pad(ordered, padding, constant_values=-np.inf),
    )


def _near(masked: NDArray[np.float32], edge: NDArray[np.float64]) -> NDArray[np.int64]:
    """(n,) how many of each line may be as good as its last place, or better."""
    return np.asarray((masked >= (edge - one_unit(edge))[:, None]).sum(axis=1))


def _slices(
    lines: NDArray[np.int64], masked: NDArray[np.float32], *, edge: NDArray[np.float64]
) -> Iterator[NDArray[np.int64]]:
    """``lines``, those with about as many near products together, few enough to be sorted at once."""
    if not len(lines):
        return
    counts = _near(masked[lines], edge[lines])
    order = np.argsort(counts, kind="stable")
    lines, counts = lines[order], counts[order]
    begin = 0
    while begin < len(lines):
        # the slice may grow while its widest line, the last one, times its lines is small enough
        sizes = counts[begin:] * np.arange(1, len(lines) - begin + 1)
        end = begin + max(1, int(np.searchsorted(sizes, SORTED_AT_ONCE, side="right")))
        yield lines[begin:end]
        begin = end


def _settled(
    masked: NDArray[np.float32], *, edge: NDArray[np.float64], take: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The best ``take`` of lines in which equal scores cross the edge of the list."""
    best = torch.topk(torch.from_numpy(masked), int(_near(masked, edge).max()), dim=1)
    rows, values = _in_order(best.indices.numpy(), rounded(best.values.numpy()))
    return rows[:, :take], values[:, :take]


def _in_order(
    rows: NDArray[np.int64], values: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Each line by score, higher first, then by product row."""
    order = np.lexsort((rows, -values), axis=1)
    return np.take_along_axis(rows, order, axis=1), np.take_along_axis(values, order, axis=1)


def _entries(matrix: sparse.csr_matrix) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The (line, column) of every stored entry."""
    return np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr)), matrix.indices.astype(np.int64)
