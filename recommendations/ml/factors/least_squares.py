"""Solving many small ridge regressions at once: the half-steps of ALS.

For each row u of a sparse matrix of extra confidences d_ui > 0, with factors y_i of the other side:

    (YᵀY + Σ_i d_ui y_i y_iᵀ + λ_u I) x_u = Σ_i c_ui y_i,    c_ui = 1 + d_ui

Along the axes of YᵀY all that rows share is diagonal, A_u = Λ + λ_u, and with factors z_i = A^-½ y_i it is
the identity. A row with few entries is then solved exactly by a system as small (Woodbury's identity),

    x_u = A^-½ Zᵀ (c - √d (I + √d ZZᵀ √d)⁻¹ √d ZZᵀ c)

and one with many by a few conjugate-gradient steps: neither ever meets a k × k matrix. Rows are grouped by
length and padded, so that the sums become batched matrix products.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Self, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse
from torch import Tensor
from torch.nn import functional as functions

FLOATS_AT_ONCE = 1 << 19
"""Factors gathered at once, in floats: 2 MB, which fits in the processor's cache."""
SHORT = 32
"""Rows with at most so many entries are solved exactly within an alternation, longer ones by steps."""
ROWS_AT_ONCE = 4_096
RIDGE_STEP = 1.1
SMALLEST_RIDGE = 1e-6
Piece = TypeVar("Piece")
Result = TypeVar("Result")


class Workers:
    """Runs independent pieces of work, one thread each, without barriers between them.

    Torch's own threads have a barrier after every operation; on a busy machine they wait there, spinning, for
    a thread without a core: 20 times as long. Without ``pool`` the caller's thread does all.
    """

    def __init__(self, pool: ThreadPoolExecutor | None = None) -> None:
        self._pool = pool

    def map(self, work: Callable[[Piece], Result], pieces: Iterable[Piece]) -> list[Result]:
        """The results in order; raises what ``work`` raised."""
        return list(map(work, pieces) if self._pool is None else self._pool.map(work, pieces))


@contextlib.contextmanager
def workers_of_torch() -> Iterator[Workers]:
    """As many workers as torch has threads, which are its only ones while the block runs."""
    n_threads = torch.get_num_threads()
    if n_threads == 1:
        yield Workers()
        return
    torch.set_num_threads(1)
    try:
        with ThreadPoolExecutor(n_threads) as pool:
            yield Workers(pool)
    finally:
        torch.set_num_threads(n_threads)


@dataclass(frozen=True, eq=False)
class Axes:
    """The factors of one side along the axes of their own Gram matrix YᵀY = V Λ Vᵀ."""

    turned: Tensor  # (n, k): Y V
    curvature: Tensor  # (k,): Λ, >= 0
    rotation: Tensor  # (k, k): V

    @classmethod
    def of(cls, factors: Tensor, *, workers: Workers | None = None) -> Self:
        workers = workers or Workers()
        begins = range(0, max(len(factors), 1), ROWS_AT_ONCE)
        parts = [factors[begin : begin + ROWS_AT_ONCE] for begin in begins]
        gram = torch.stack(workers.map(lambda part: part.T @ part, parts)).sum(0)
        curvature, rotation = _axes_of(gram)
        turned = torch.cat(workers.map(lambda part: part @ rotation, parts))
        return cls(turned, curvature.clamp_min(0), rotation)


def _axes_of(gram: Tensor) -> tuple[Tensor, Tensor]:
    """Eigenvalues, rising, and eigenvectors.

    Single precision fails where all but one axis are as good as empty, now with an error, now with NaN.
    """
    with contextlib.suppress(RuntimeError):
        curvature, rotation = torch.linalg.eigh(gram)
        if curvature.isfinite().all() and rotation.isfinite().all():
            return curvature, rotation
    curvature, rotation = torch.linalg.eigh(gram.double())
    return curvature.to(gram.dtype), rotation.to(gram.dtype)


class Alternation:
    """The rows of ``extra`` laid out once, to be solved again and again as the other side changes.

    ``ridge`` (n,) is λ_u, here rounded to steps of a tenth, so that many rows share one A: each level of λ is
    one piece of work.
    """

    def __init__(self, extra: sparse.csr_matrix, *, ridge: NDArray[np.float32], factors: int) -> None:
        self.shape = (extra.shape[0], factors)
        steps = np.rint(np.log(np.maximum(ridge, SMALLEST_RIDGE)) / np.log(RIDGE_STEP))
        entries = max(1, FLOATS_AT_ONCE // factors)
        self.levels: list[tuple[float, list[Batch]]] = []
        for step in np.unique(steps):
            rows = np.flatnonzero(steps == step)
            batches = list(_batches(extra, rows, at_least=4, entries=entries, cut=SHORT))
            self.levels.append((float(RIDGE_STEP**step), batches))

    def half_step(self, *, axes: Axes, start: Tensor, steps: int, workers: Workers | None = None) -> Tensor:
        """The solutions (n, k) along ``axes``, 0 for rows without entries.

        Exact for short rows; for long ones ``steps`` conjugate-gradient steps from ``start`` (n, k), which
        lies along the axes that the factors had before.
        """
        result = torch.zeros(self.shape)

        def solve(level: tuple[float, list[Batch]]) -> None:
            ridge, batches = level
            scale = (axes.curvature + ridge).rsqrt()  # A^-1/2
            table = axes.turned * scale
            for batch in batches:
                if batch.columns.shape[1] <= SHORT:
                    solved = _few_entries(table, batch)
                else:
                    begun = start.index_select(0, batch.rows) @ axes.rotation / scale
                    solved = _conjugate_gradient(table, batch, begun, steps=steps)
                result.index_copy_(0, batch.rows, solved.mul_(scale))

        (workers or Workers()).map(solve, self.levels)
        return result


def solve_exactly(
    extra: sparse.csr_matrix, *, axes: Axes, ridge: NDArray[np.float32], workers: Workers | None = None
) -> Tensor:
    """The exact solutions, (n, k) float32, along the factors' own directions; 0 for rows without entries.

    ``axes`` are those of factors in float64.
    """
    k = axes.turned.shape[1]
    damping = torch.from_numpy(ridge).double()
    result = torch.zeros((extra.shape[0], k))

    def solve(batch: Batch) -> None:
        scale = (axes.curvature + damping[batch.rows].unsqueeze(1)).rsqrt()
        if batch.columns.shape[1] <= k:
            solved = _few_entries(axes.turned, batch, scale=scale)
        else:
            near = _near(axes.turned, batch) * scale.unsqueeze(1)
            left = torch.bmm((near * batch.weights.double().unsqueeze(2)).transpose(1, 2), near)
            left.diagonal(dim1=1, dim2=2).add_(1.0)
            solved = _solved(left, _mixed(axes.turned, batch, batch.confidence) * scale)
        result.index_copy_(0, batch.rows, ((solved * scale) @ axes.rotation.T).float())

    everyone = np.arange(extra.shape[0])
    batches = _batches(extra, everyone, at_least=4, entries=max(1, FLOATS_AT_ONCE // (2 * k)), cut=k)
    (workers or Workers()).map(solve, batches)
    return result


def _few_entries(table: Tensor, batch: Batch, *, scale: Tensor | None = None) -> Tensor:
    """A^½ x by Woodbury's identity, (b, k): systems (b, l, l). Padding has d = 0, a line of the identity.

    ``table`` holds the z_i, or, with ``scale`` (b, k) for A^-½ of each row, what becomes them when
    multiplied.
    """
    near = _near(table, batch)
    if scale is not None:
        near *= scale.unsqueeze(1)
    alike = torch.bmm(near, near.transpose(1, 2))  # ZZᵀ
    root, confidence = batch.weights.to(table.dtype).sqrt(), batch.confidence.to(table.dtype)
    right = (alike * confidence.unsqueeze(1)).sum(2).mul_(root)
    left = alike.mul_(root.unsqueeze(1)).mul_(root.unsqueeze(2))
    left.diagonal(dim1=1, dim2=2).add_(1.0)
    mixed = _mixed(table, batch, confidence - root * _solved(left, right))
    return mixed if scale is None else mixed * scale


def _near(table: Tensor, batch: Batch) -> Tensor:
    """The factors of each row's entries, (b, l, k). A fifth of the time of ``table[batch.columns]``."""
    return table.index_select(0, batch.columns.reshape(-1)).view(*batch.columns.shape, table.shape[1])


def _mixed(table: Tensor, batch: Batch, shares: Tensor) -> Tensor:
    """Σ_i shares_i z_i, (b, k)."""
    shares = shares.to(table.dtype)
    return functions.embedding_bag(batch.columns, table, per_sample_weights=shares, mode="sum")


def _solved(left: Tensor, right: Tensor) -> Tensor:
    """(b, n) of positive definite systems (b, n, n).

    Small ones are eliminated side by side, a step for all of them: LAPACK needs microseconds for each.
    For larger ones numpy's solver is ten times as quick as torch's.
    """
    n = right.shape[1]
    if n > SHORT:
        return torch.from_numpy(np.linalg.solve(left.numpy(), right.unsqueeze(2).numpy())).squeeze(2)
    rows = torch.cat([left, right.unsqueeze(2)], dim=2).permute(1, 2, 0).contiguous()  # (n, n + 1, b)
    for step in range(n):
        # positive definite: no pivot is ever near 0
        pivot = rows[step, step + 1 :].div_(rows[step, step])
        rows[step + 1 :, step + 1 :].addcmul_(rows[step + 1 :, step, None], pivot[None], value=-1)
    solved = rows[:, n]
    for step in range(n - 1, 0, -1):
        solved[:step].addcmul_(rows[:step, step], solved[step], value=-1)
    return solved.T


def _conjugate_gradient(table: Tensor, batch: Batch, x: Tensor, *, steps: int) -> Tensor:
    """A^½ x, (b, k), by steps from ``x``: the systems are I + Zᵀ d Z."""
    near = _near(table, batch)

    def times(vectors: Tensor) -> Tensor:
        inner = torch.bmm(near, vectors.unsqueeze(2)).squeeze(2) * batch.weights  # (b, l)
        return _mixed(table, batch, inner).add_(vectors)

    residual = _mixed(table, batch, batch.confidence) - times(x)
    direction = residual
    squared = (residual * residual).sum(1, keepdim=True)
    for _ in range(steps):
        image = times(direction)
        # a row that is already solved has nothing to divide
        step = squared / (direction * image).sum(1, keepdim=True).clamp_min(1e-30)
        x = x + step * direction
        residual = residual - step * image
        previous, squared = squared, (residual * residual).sum(1, keepdim=True)
        direction = residual + squared / previous.clamp_min(1e-30) * direction
    return x


def left_sides(
    extra: sparse.csr_matrix, *, fixed: Tensor, gram: NDArray[np.float64], ridge: NDArray[np.float32]
) -> Iterator[tuple[NDArray[np.int64], Tensor, Tensor, NDArray[np.float64]]]:
    """YᵀY + Σ_i d_ui y_i y_iᵀ + λ_u I, to be solved for any right side, a batch of rows at a time.

    Yields row numbers (b,), column numbers (b, l) int64 padded with -1, d (b, l) float32, and the matrices
    (b, k, k) float64. Rows without entries are left out.
    """
    k = fixed.shape[1]
    base, identity = torch.from_numpy(gram), torch.eye(k, dtype=torch.float64)
    # a row's own k x k matrix is as large as k entries, so no row may count for fewer
    everyone = np.arange(extra.shape[0])
    for batch in _batches(extra, everyone, at_least=k, entries=max(1, 4 * FLOATS_AT_ONCE // k)):
        near = fixed[batch.columns]  # (b, l, k)
        damping = torch.from_numpy(ridge)[batch.rows].double()[:, None, None] * identity
        own = torch.bmm((near * batch.weights.unsqueeze(2)).transpose(1, 2), near)
        left = (base + damping + own.double()).numpy()
        yield batch.rows.numpy(), torch.where(batch.confidence > 0, batch.columns, -1), batch.weights, left


@dataclass(frozen=True, eq=False)
class Batch:
    """Rows of like lengths, padded to the longest. Padding points at column 0 with d = c = 0."""

    rows: Tensor  # (b,) int64
    columns: Tensor  # (b, l) int64
    weights: Tensor  # (b, l) float32: d
    confidence: Tensor  # (b, l) float32: c = 1 + d


def _batches(
    extra: sparse.csr_matrix, rows: NDArray[np.int64], *, at_least: int, entries: int, cut: int = 0
) -> Iterator[Batch]:
    """Those of ``rows`` that have entries, about ``entries`` at a time, a row counting for ``at_least``.

    No batch holds rows with at most ``cut`` entries and such with more.
    """
    lengths = np.diff(extra.indptr)[rows]
    order = np.argsort(lengths, kind="stable")
    rows, lengths = rows[order], lengths[order]
    first, longer = np.searchsorted(lengths, [1, cut + 1])
    for begin, end in ((first, longer), (max(first, longer), len(rows))):
        while begin < end:
            # lengths grow: as many rows as fit when padded to the last of them
            sizes = np.maximum(lengths[begin : min(begin + entries, end)], at_least).astype(np.int64)
            fits = np.searchsorted(sizes * np.arange(1, len(sizes) + 1), entries, side="right")
            some = slice(begin, begin + max(1, int(fits)))
            yield _padded(extra, rows[some], lengths[some])
            begin = some.stop


def _padded(extra: sparse.csr_matrix, rows: NDArray[np.int64], lengths: NDArray[np.int32]) -> Batch:
    offsets = np.arange(int(lengths[-1]))
    inside = offsets[None, :] < lengths[:, None]
    places = np.where(inside, extra.indptr[rows][:, None] + offsets[None, :], 0)
    columns = np.where(inside, extra.indices[places], 0).astype(np.int64)
    weights = np.where(inside, extra.data[places], 0).astype(np.float32)
    return Batch(*map(torch.from_numpy, (rows, columns, weights, weights + inside.astype(np.float32))))
