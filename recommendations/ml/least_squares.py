"""Solving many small ridge regressions at once: the half-steps of ALS.

For each row u of a sparse matrix of extra confidences d_ui > 0, with factors y_i of the other side:

    (YᵀY + Σ_i d_ui y_i y_iᵀ + λ_u I) x_u = Σ_i (1 + d_ui) y_i

Rows are grouped by length and padded, so that the sums become batched matrix products.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse
from torch import Tensor

PADDED_ENTRIES = 1 << 15
"""Entries gathered at once; 32 k x 64 floats are 8 MB, which the processor's cache still serves."""


def solve_by_conjugate_gradient(
    extra: sparse.csr_matrix, *, fixed: Tensor, start: Tensor, ridge: NDArray[np.float32], steps: int
) -> Tensor:
    """A few conjugate-gradient steps from ``start`` (n, k); cheap, and enough within an alternation."""
    gram = fixed.T @ fixed
    damping = torch.from_numpy(ridge).unsqueeze(1)
    result = torch.zeros_like(start)

    def solve(batch: Batch) -> None:
        rows = batch.rows
        system = _System(gram, damping[rows], fixed[batch.columns], batch.weights)
        target = torch.bmm((batch.weights + batch.mask).unsqueeze(1), system.near).squeeze(1)
        result[rows] = _conjugate_gradient(system, target, start[rows], steps=steps)

    n_threads = torch.get_num_threads()
    if n_threads == 1:
        for batch in _batches(extra, at_least=8):
            solve(batch)
        return result
    # Batches are independent, so a thread each needs no barrier. Torch's own threads meet at one after every
    # operation, and on a busy machine wait there for the one that has lost its core: 20 times as long.
    torch.set_num_threads(1)
    try:
        with ThreadPoolExecutor(n_threads) as pool:
            for done in pool.map(solve, _batches(extra, at_least=8)):
                assert done is None  # noqa: S101  # going through the results raises what a thread raised
    finally:
        torch.set_num_threads(n_threads)
    return result


@dataclass(frozen=True, eq=False)
class _System:
    """The left sides of a batch of equations, applied to vectors without ever being formed."""

    gram: Tensor  # (k, k)
    damping: Tensor  # (b, 1)
    near: Tensor  # (b, l, k)
    weights: Tensor  # (b, l)

    def times(self, vectors: Tensor) -> Tensor:
        inner = torch.bmm(self.near, vectors.unsqueeze(2)).squeeze(2) * self.weights  # (b, l)
        own = torch.bmm(inner.unsqueeze(1), self.near).squeeze(1)
        return own.addmm_(vectors, self.gram).addcmul_(self.damping, vectors)


def _conjugate_gradient(system: _System, target: Tensor, x: Tensor, *, steps: int) -> Tensor:
    residual = target - system.times(x)
    direction = residual
    squared = (residual * residual).sum(1, keepdim=True)
    for _ in range(steps):
        image = system.times(direction)
        # a row that is already solved has nothing to divide
        step = squared / (direction * image).sum(1, keepdim=True).clamp_min(1e-30)
        x = x + step * direction
        residual = residual - step * image
        previous, squared = squared, (residual * residual).sum(1, keepdim=True)
        direction = residual + squared / previous.clamp_min(1e-30) * direction
    return x


def solve_exactly(
    extra: sparse.csr_matrix,
    *,
    fixed: Tensor,
    ridge: NDArray[np.float32],
    gram: NDArray[np.float64] | None = None,
) -> Tensor:
    """The exact solutions in float64, (n, k) float32; 0 for rows without entries.

    ``gram`` is ``fixed``ᵀ ``fixed`` where it is known already: for one member it is most of the work.
    """
    if gram is None:
        wide = fixed.double()
        gram = (wide.T @ wide).numpy()
    result = np.zeros((extra.shape[0], fixed.shape[1]), dtype=np.float32)
    for rows, columns, weights, left in left_sides(extra, fixed=fixed, gram=gram, ridge=ridge):
        confidence = ((1.0 + weights) * (columns >= 0)).unsqueeze(2)
        target = torch.bmm(fixed[columns.clamp_min(0)].transpose(1, 2), confidence)
        result[rows] = np.linalg.solve(left, target.double().numpy())[:, :, 0]
    return torch.from_numpy(result)


def left_sides(
    extra: sparse.csr_matrix, *, fixed: Tensor, gram: NDArray[np.float64], ridge: NDArray[np.float32]
) -> Iterator[tuple[NDArray[np.int64], Tensor, Tensor, NDArray[np.float64]]]:
    """YᵀY + Σ_i d_ui y_i y_iᵀ + λ_u I, to be solved for any right side, a batch of rows at a time.

    Yields row numbers (b,), column numbers (b, l) int64 padded with -1, d (b, l) float32, and the matrices
    (b, k, k) float64 for numpy's solver, which on many small systems is ten times as quick as torch's. Rows
    without entries are left out.
    """
    base, identity = torch.from_numpy(gram), torch.eye(fixed.shape[1], dtype=torch.float64)
    # a row's own k x k matrix is as large as k entries, so no row may count for fewer
    for batch in _batches(extra, at_least=fixed.shape[1]):
        near = fixed[batch.columns]  # (b, l, k)
        damping = torch.from_numpy(ridge)[batch.rows].double()[:, None, None] * identity
        own = torch.bmm((near * batch.weights.unsqueeze(2)).transpose(1, 2), near)
        left = (base + damping + own.double()).numpy()
        yield batch.rows.numpy(), torch.where(batch.mask > 0, batch.columns, -1), batch.weights, left


@dataclass(frozen=True, eq=False)
class Batch:
    """Rows of like lengths, padded to the longest. Padding points at column 0 with d = mask = 0."""

    rows: Tensor  # (b,) int64
    columns: Tensor  # (b, l) int64
    weights: Tensor  # (b, l) float32: d
    mask: Tensor  # (b, l) float32: 1 for an entry, 0 for padding


def _batches(extra: sparse.csr_matrix, *, at_least: int = 1) -> Iterator[Batch]:
    """All rows that have entries, a row counting for ``at_least`` so many."""
    lengths = np.diff(extra.indptr)
    order = np.argsort(lengths, kind="stable")
    order = order[np.searchsorted(lengths[order], 1) :]
    begin = 0
    while begin < len(order):
        # lengths grow along ``order``: as many rows as fit when padded to the last of them
        sizes = np.maximum(lengths[order[begin : begin + PADDED_ENTRIES]], at_least).astype(np.int64)
        fits = np.searchsorted(sizes * np.arange(1, len(sizes) + 1), PADDED_ENTRIES, side="right")
        rows = order[begin : begin + max(1, int(fits))]
        longest = int(lengths[rows[-1]])
        offsets = np.arange(longest)
        inside = offsets[None, :] < lengths[rows][:, None]
        places = np.where(inside, extra.indptr[rows][:, None] + offsets[None, :], 0)
        columns = np.where(inside, extra.indices[places], 0).astype(np.int64)
        weights = np.where(inside, extra.data[places], 0).astype(np.float32)
        mask = inside.astype(np.float32)
        yield Batch(*map(torch.from_numpy, (rows.astype(np.int64), columns, weights, mask)))
        begin += len(rows)
