"""EASE: each product explained by all others, in closed form.

Steck, "Embarrassingly shallow autoencoders for sparse data" (WWW 2019): W = I - P / diag(P) with
P = (XᵀX + λI)⁻¹. A history may count its newest products most, which tells what comes next better than the
unordered set of the paper (``history_decay`` 0).
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
from recommendations.ml.ordering.item_weights import (
    ROWS_AT_ONCE,
    ItemWeights,
    among_all,
    inverted,
    most_bought,
    strongest,
)


@dataclass(frozen=True)
class EaseConfig:
    """Chosen on the second-last products of Amazon Beauty and ML-1M."""

    regularization: float = 300.0
    history_decay: float = 1.0
    """h_p = (steps back + 1)^-d."""
    largest: int = 12_000
    """Products with most buyers that take part; cost grows with the cube, memory with the square."""
    kept_a_product: int = 500
    """Weights that are kept of each product; the others are nearly 0."""


class Ease(ItemWeights):
    """See ``ItemWeights``. A product adds nothing to its own score."""

    name: ClassVar[str] = "ease"

    def __init__(self, config: EaseConfig | None = None) -> None:
        self.config = config or EaseConfig()

    @classmethod
    def from_parameters(cls, parameters: JsonMapping) -> Self:
        """The unfitted model of a stored configuration. Raises TypeError on parameters it does not have."""
        return cls(EaseConfig(**parameters))

    def _weights(self, histories: Histories, attributes: sparse.csr_matrix | None) -> sparse.csr_matrix:
        chosen = most_bought(histories, self.config.largest)
        bought = histories.weighted(np.ones(len(histories.product_rows), dtype=np.float32))[:, chosen]
        weights = ease_weights(bought, self.config.regularization)
        kept = [
            strongest(torch.from_numpy(weights[first : first + ROWS_AT_ONCE]), self.config.kept_a_product)
            for first in range(0, len(chosen), ROWS_AT_ONCE)
        ]
        return among_all(sparse.vstack(kept, format="csr"), chosen, histories.n_products)

    def _strengths(self, histories: Histories) -> NDArray[np.float32]:
        decay = (histories.steps_back() + 1.0) ** -self.config.history_decay
        return np.asarray(decay * histories.values, dtype=np.float32)


def ease_weights(bought: sparse.csr_matrix, regularization: float) -> NDArray[np.float32]:
    """W, (n_products, n_products) float32 with an empty diagonal; values of ``bought`` count as 1."""
    binary = bought.copy()
    binary.data[:] = 1
    gram = torch.from_numpy((binary.T @ binary).toarray())
    gram.diagonal().add_(regularization)
    weights = inverted(gram)
    weights /= -weights.diagonal()
    weights.fill_diagonal_(0)
    return np.asarray(weights.numpy())
