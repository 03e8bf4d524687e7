"""What closed-form item-item models share: a matrix W of weights between products, and a member as a weighted
history h. Scores are h·W, so that each product's share of a score is exact, and members need no training.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse

from learning.estimator import ModelFitError, Progress, read_artefact, silent, write_artefact
from learning.interactions import Interactions
from learning.step_texts import FITTED
from learning.vocabulary import Vocabulary
from recommendations.ml.artefact_parts import restored_matrix, stored_matrix
from recommendations.ml.histories import Histories
from recommendations.ml.surfaces import FOR_YOU
from recommendations.ml.weighting import values_at

Floats = NDArray[np.float32]
ROWS_AT_ONCE = 1024


class ItemWeights:
    """``weights_``: (n_products, n_products) float32 sparse, W; ``history_``: (n_members, n_products), h.

    A model says in ``_weights`` how W is learned, in ``_strengths`` how much each entry of a history counts.
    """

    name: ClassVar[str]
    config: Any

    def fit(
        self, interactions: Interactions, /, *, rng: np.random.Generator, progress: Progress = silent
    ) -> Self:
        """Solve. Nothing is drawn from ``rng``. Raises ModelFitError."""
        interactions.checked()
        self.members_, self.products_ = interactions.members, interactions.products
        histories = Histories.of(interactions)
        self.weights_ = self._weights(histories, interactions.attributes)
        if not np.isfinite(self.weights_.data).all():
            raise ModelFitError(f"{self.name} did not stay finite; raise the regularization")
        self.history_ = self._weighted(histories)
        progress(1.0, FITTED)
        return self

    def with_history(self, history: Interactions, /) -> Self:
        """The same weights for the members of ``history``; products that are not known are passed over."""
        other = copy.copy(self)
        other.members_ = history.members
        other.history_ = self._weighted(Histories.of(history.onto_products(self.products_)))
        return other

    def score(self, member_rows: NDArray[np.int64], /, *, surface: str = FOR_YOU) -> Floats:
        """(n, n_products) float32, higher = likelier; 0 for members without history."""
        return np.asarray((self.history_[member_rows] @ self.weights_).toarray(), dtype=np.float32)

    def score_pairs(
        self, member_rows: NDArray[np.int64], product_rows: NDArray[np.int64], /, *, surface: str = FOR_YOU
    ) -> Floats:
        """The scores of n single (member, product) pairs, (n,) float32."""
        lines = self.history_[member_rows]
        places = np.repeat(np.arange(len(member_rows)), np.diff(lines.indptr))
        weights = values_at(self.weights_, lines.indices, product_rows[places])
        return np.bincount(places, weights=lines.data * weights, minlength=len(member_rows)).astype(
            np.float32
        )

    def contributions(
        self, member_rows: NDArray[np.int64], product_rows: NDArray[np.int64]
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], Floats]]:
        """What each own product of a member adds to the scores of ``product_rows`` (n, t).

        Yields (places (1,), own products (1, h), parts (1, h, t)), as ``Als.contributions`` does.
        """
        for place, member in enumerate(member_rows):
            line = self.history_[[member]]
            own = line.indices.astype(np.int64)
            weights = self.weights_[own][:, product_rows[place]].toarray()
            yield np.array([place]), own[None, :], (weights * line.data[:, None])[None, :, :]

    def save(self, path: Path) -> None:
        """Write the artefact folder."""
        arrays = {
            "member_ids": self.members_.ids,
            "product_ids": self.products_.ids,
            **stored_matrix("weights", self.weights_),
            **stored_matrix("history", self.history_),
        }
        write_artefact(path, name=self.name, parameters=asdict(self.config), arrays=arrays)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what ``save`` wrote. Raises ArtefactError."""
        parameters, arrays = read_artefact(path, name=cls.name)
        model = cls.from_parameters(parameters)
        model.members_, model.products_ = Vocabulary(arrays["member_ids"]), Vocabulary(arrays["product_ids"])
        model.weights_ = restored_matrix("weights", arrays)
        model.history_ = restored_matrix("history", arrays)
        return model

    @classmethod
    def from_parameters(cls, parameters: Any) -> Self:
        """The unfitted model of a stored configuration. Raises TypeError on parameters it does not have."""
        raise NotImplementedError

    def _weights(self, histories: Histories, attributes: sparse.csr_matrix | None) -> sparse.csr_matrix:
        raise NotImplementedError

    def _strengths(self, histories: Histories) -> Floats:
        raise NotImplementedError

    def _weighted(self, histories: Histories) -> sparse.csr_matrix:
        return histories.weighted(self._strengths(histories))


def most_bought(histories: Histories, n: int) -> NDArray[np.int64]:
    """The rows of the ``n`` products with most entries, in their own order; all that were ever bought."""
    counts = np.bincount(histories.product_rows, minlength=histories.n_products)
    chosen = np.argsort(-counts, kind="stable")[:n]
    return np.sort(chosen[counts[chosen] > 0])


def inverted(gram: torch.Tensor) -> torch.Tensor:
    """The inverse of a positive definite (n, n) matrix. Raises ModelFitError where it is none."""
    try:
        return torch.cholesky_inverse(torch.linalg.cholesky(gram))
    except torch.linalg.LinAlgError as error:  # type: ignore[attr-defined]  # missing in torch's stubs
        raise ModelFitError("the equations cannot be solved; raise the regularization") from error


def strongest(lines: torch.Tensor, k: int) -> sparse.csr_matrix:
    """The ``k`` entries of each line of (n, m) that lie farthest from 0."""
    k = min(k, lines.shape[1])
    _sizes, columns = torch.topk(lines.abs(), k, dim=1, sorted=False)
    columns = columns.sort(dim=1).values
    values = torch.gather(lines, 1, columns)
    starts = np.arange(len(lines) + 1) * k
    matrix = sparse.csr_matrix((values.numpy().ravel(), columns.numpy().ravel(), starts), shape=lines.shape)
    matrix.eliminate_zeros()
    return matrix


def among_all(inside: sparse.csr_matrix, chosen: NDArray[np.int64], n_products: int) -> sparse.csr_matrix:
    """A matrix between the ``chosen`` products (n,) as one between all ``n_products``."""
    cells = inside.tocoo()
    places = (chosen[cells.row], chosen[cells.col])
    return sparse.csr_matrix((cells.data, places), shape=(n_products, n_products), dtype=np.float32)
