"""Which kind of product follows which: transitions between attributes (category, brand), for rare products.

A product is the bundle of its attributes, weighted by their rarity (idf) and scaled to length 1; a step from
product i to product j is a step from each attribute of i to each of j. A product too rare to have
transitions of its own gets those of its attributes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse


class AttributeTransitions:
    """``bundles_``: (n_products, n_attributes) float32 sparse; ``steps_``: (n_attributes, n_attributes)."""

    def __init__(self, *, damping: float = 0.5, smoothing: float = 1e-3) -> None:
        self.damping = damping
        self.smoothing = smoothing

    def fit(self, pairs: sparse.csr_matrix, attributes: sparse.csr_matrix) -> AttributeTransitions:
        """Carry the pair counts (n_products, n_products) over to the attributes of the products."""
        self.bundles_ = bundles(attributes)
        counts = (self.bundles_.T @ pairs @ self.bundles_).toarray()
        out, into = counts.sum(axis=1) + self.smoothing, counts.sum(axis=0) + self.smoothing
        self.steps_ = (counts / (out[:, None] * into[None, :]) ** self.damping).astype(np.float32)
        return self

    def score(self, history: sparse.csr_matrix) -> NDArray[np.float32]:
        """(n, n_products) float32, >= 0, for weighted histories (n, n_products)."""
        kinds = np.asarray((history @ self.bundles_) @ self.steps_, dtype=np.float32)
        return np.ascontiguousarray((self.bundles_ @ kinds.T).T)

    def between(self, sources: NDArray[np.int64], targets: NDArray[np.int64]) -> NDArray[np.float32]:
        """What one unit of ``sources`` (n,) adds to the score of ``targets`` (n,), (n,) float32."""
        kinds = self.bundles_[sources] @ self.steps_
        return np.asarray(self.bundles_[targets].multiply(kinds).sum(axis=1), dtype=np.float32).ravel()


def bundles(attributes: sparse.csr_matrix) -> sparse.csr_matrix:
    """(n_products, n_attributes) float32: attributes weighted by rarity, lines of length 1 or empty."""
    n_products = attributes.shape[0]
    carriers = np.bincount(attributes.indices, minlength=attributes.shape[1])
    rarity = np.log(1.0 + n_products / np.maximum(carriers, 1))
    weighted = attributes.multiply(rarity[None, :]).tocsr()
    lengths = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1)).ravel())
    scale = np.divide(1.0, lengths, out=np.zeros_like(lengths), where=lengths > 0)
    return sparse.csr_matrix(sparse.diags(scale) @ weighted, dtype=np.float32)
