"""Inner products that are the same to the last bit in every batch, on every processor.

BLAS adds the terms of a sum in an order that depends on the processor, the threads and the number of rows,
and sums of floats depend on that order. Sums of whole numbers below 2^53 do not: float64 holds each of them
exactly. So both sides are first rounded to whole steps, small enough to keep what a float32 holds.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
EXACT_BITS = 53
"""Whole numbers up to 2^53 are exact in float64."""


class ExactProducts:
    """Products of any vectors with the rows of ``vectors`` (m, k), which are finite."""

    def __init__(self, vectors: Floats) -> None:
        k = max(1, vectors.shape[1])
        self._bits = (EXACT_BITS - math.ceil(math.log2(k))) // 2  # k products of two such numbers stay exact
        # one step for all rows: the products with one vector are then compared on one scale
        self._step = self._steps(np.abs(vectors).max(initial=0.0))
        self._whole = np.rint(vectors / self._step)

    def of(self, others: Floats) -> Floats:
        """(n, m) float32: each of ``others`` (n, k) with each row."""
        whole, steps = self._on_steps(others)
        products: Floats = np.empty((len(others), len(self._whole)), dtype=np.float32)
        np.multiply(whole @ self._whole.T, steps, out=products, casting="same_kind")
        return products

    def of_pairs(self, others: Floats, rows: NDArray[np.int64]) -> Floats:
        """(n,) float32: each of ``others`` (n, k) with one row, the same bits as in ``of``."""
        whole, steps = self._on_steps(others)
        sums = np.einsum("nk,nk->n", whole, self._whole[rows])
        return np.asarray(sums * steps[:, 0], dtype=np.float32)

    def _on_steps(self, others: Floats) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """``others`` in steps of their own, (n, k), and what a product of two steps is worth, (n, 1)."""
        steps = self._steps(np.abs(others).max(axis=1, initial=0.0))[:, None]
        return np.rint(others / steps), steps * self._step

    def _steps(self, largest: NDArray[np.float64]) -> NDArray[np.float64]:
        """A power of two, so that ``largest`` is at most 2^bits of them."""
        return np.asarray(np.ldexp(1.0, np.frexp(np.asarray(largest, np.float64))[1] - self._bits))
