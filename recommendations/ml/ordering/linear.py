"""The next product as a linear function of those before: ridge regression over every place of every history.

    W = (SᵀS + λ K⁻¹)⁻¹ SᵀT        h = fading history

A row of S holds the products before a place, each step back fading, and the row of T the product there. The
session-aware linear model SLIT of Choi, Kim, Lee, Shim & Lee, "Session-aware linear item-item models for
session-based recommendation" (WWW 2021), with a prior K = I + α A Aᵀ over the products' attributes A: a rare
product then shares the weights of products with its attributes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse

from learning.json_types import JsonMapping
from recommendations.ml.histories import Histories
from recommendations.ml.ordering.attribute_transitions import bundles
from recommendations.ml.ordering.item_weights import (
    ROWS_AT_ONCE,
    ItemWeights,
    among_all,
    inverted,
    most_bought,
    strongest,
)


@dataclass(frozen=True)
class LinearConfig:
    """Chosen on the second-last products of Amazon Beauty and ML-1M."""

    regularization: float = 100.0
    fading: float = 0.8
    """A product counts this much of the one after it, in S and in h."""
    window: int = 12
    """Entries that S looks back."""
    attribute_weight: float = 3.0
    """α; 0 leaves attributes out."""
    largest: int = 12_000
    """Products with most buyers that take part; cost grows with the cube, memory with the square."""
    kept_a_product: int = 500
    """Weights that are kept of each product; the others are nearly 0."""


class LinearTransitions(ItemWeights):
    """See ``ItemWeights``."""

    name: ClassVar[str] = "linear_transitions"

    def __init__(self, config: LinearConfig | None = None) -> None:
        self.config = config or LinearConfig()

    @classmethod
    def from_parameters(cls, parameters: JsonMapping) -> Self:
        """The unfitted model of a stored configuration. Raises TypeError on parameters it does not have."""
        return cls(LinearConfig(**parameters))

    def _weights(self, histories: Histories, attributes: sparse.csr_matrix | None) -> sparse.csr_matrix:
        config = self.config
        chosen = most_bought(histories, config.largest)
        before, after = self._places(histories, chosen)
        gram = torch.from_numpy((before.T @ before).toarray())
        kinds = None if attributes is None or attributes.nnz == 0 else bundles(attributes[chosen])
        if kinds is None or config.attribute_weight == 0:
            gram.diagonal().add_(config.regularization)
        else:
            gram += config.regularization * _precision(kinds, config.attribute_weight)
        inverse = inverted(gram)
        del gram
        crossed = (before.T @ after).tocsr()
        kept = []
        for first in range(0, len(chosen), ROWS_AT_ONCE):
            lines = np.ascontiguousarray((crossed.T @ inverse[first : first + ROWS_AT_ONCE].numpy().T).T)
            kept.append(strongest(torch.from_numpy(lines.astype(np.float32)), config.kept_a_product))
        return among_all(sparse.vstack(kept, format="csr"), chosen, histories.n_products)

    def _places(
        self, histories: Histories, chosen: NDArray[np.int64]
    ) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
        """S and T, (n entries, n chosen) float32."""
        place = np.full(histories.n_products, -1)
        place[chosen] = np.arange(len(chosen))
        products, shape = place[histories.product_rows], (len(histories.product_rows), len(chosen))
        rows, columns, values = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], [np.zeros(0)]
        for earlier, later in histories.pairs(self.config.window):
            known = products[earlier] >= 0
            earlier, later = earlier[known], later[known]
            apart = histories.steps[later] - histories.steps[earlier]
            rows.append(later)
            columns.append(products[earlier])
            values.append(self.config.fading ** np.maximum(apart - 1, 0) * histories.values[earlier])
        parts = (np.concatenate(values).astype(np.float32), (np.concatenate(rows), np.concatenate(columns)))
        before = sparse.csr_matrix(parts, shape=shape)
        lines = np.flatnonzero((np.diff(before.indptr) > 0) & (products >= 0))
        ones = np.ones(len(lines), dtype=np.float32)
        after = sparse.csr_matrix((ones, (np.arange(len(lines)), products[lines])), (len(lines), len(chosen)))
        return before[lines], after

    def _strengths(self, histories: Histories) -> NDArray[np.float32]:
        fading = self.config.fading ** histories.steps_back()
        return np.asarray(np.maximum(fading, 1e-6) * histories.values, dtype=np.float32)


def _precision(kinds: sparse.csr_matrix, weight: float) -> torch.Tensor:
    """(I + α A Aᵀ)⁻¹, (n, n), by Woodbury's identity: only a matrix between attributes is inverted."""
    inner = torch.from_numpy((kinds.T @ kinds).toarray().astype(np.float32)) * weight
    inner.diagonal().add_(1.0)
    dense = torch.from_numpy(kinds.toarray())
    weights = dense @ inverted(inner)
    precision = weights @ dense.T
    precision *= -weight
    precision.diagonal().add_(1.0)
    return precision
