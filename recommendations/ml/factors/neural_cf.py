"""Embedding, dot product, sigmoid, binary cross-entropy: R̂_ui = σ(q_uᵀ r_i + b_i).

The simplest neural collaborative filter (He et al., "Neural collaborative filtering", WWW 2017; that the dot
product is the better choice within it: Rendle et al., "Neural collaborative filtering vs. matrix
factorization revisited", RecSys 2020). Each purchase gets several negative products, drawn by popularity^0.75
and half as often evenly: from one evenly drawn negative little is learned beyond popularity.
"""

from __future__ import annotations

import copy
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import softplus
from torch.optim.lr_scheduler import LinearLR

from learning.estimator import ModelFitError, Progress, read_artefact, silent, write_artefact
from learning.interactions import Interactions
from learning.json_types import JsonMapping
from learning.step_texts import EPOCH, StepText
from learning.vocabulary import Vocabulary
from recommendations.ml.surfaces import FOR_YOU


@dataclass(frozen=True)
class NeuralCfConfig:
    """Chosen on a fifth of the training ratings of IRGAN's own split (benchmarks/recommendations/gan.py)."""

    embedding_size: int = 16
    epochs: int = 15
    negatives: int = 16
    learning_rate: float = 0.01
    reg: float = 3e-3
    batch_size: int = 512
    fold_in_steps: int = 60
    """Steps that find a new member's vector, the products standing still."""


class NeuralCf:
    """q_u is ``member_vectors_[u]``, r_i ``product_vectors_[i]``, b_i ``product_biases_[i]``."""

    name: ClassVar[str] = "neural_cf"

    def __init__(self, config: NeuralCfConfig | None = None) -> None:
        self.config = config or NeuralCfConfig()

    @classmethod
    def from_parameters(cls, parameters: JsonMapping) -> Self:
        """The unfitted model of a stored configuration. Raises TypeError on parameters it does not have."""
        return cls(NeuralCfConfig(**parameters))

    def fit(
        self, interactions: Interactions, /, *, rng: np.random.Generator, progress: Progress = silent
    ) -> Self:
        """Learn all embeddings. Raises ModelFitError."""
        interactions.checked()
        self.members_, self.products_ = interactions.members, interactions.products
        matrix = interactions.to_csr()
        members = torch.from_numpy(np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr)))
        products = torch.from_numpy(matrix.indices.astype(np.int64))
        self.chances_ = _chances(np.bincount(matrix.indices, minlength=matrix.shape[1]))
        generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
        size, scale = self.config.embedding_size, 0.1
        q = (torch.randn(matrix.shape[0], size, generator=generator) * scale).requires_grad_()
        r = (torch.randn(matrix.shape[1], size, generator=generator) * scale).requires_grad_()
        b = torch.zeros(matrix.shape[1], requires_grad=True)
        optimizer = torch.optim.Adam([q, r, b], lr=self.config.learning_rate)
        epochs = self.config.epochs
        fading = LinearLR(
            optimizer, start_factor=1.0, end_factor=0.0, total_iters=epochs
        )  # the last ones settle
        for done in range(epochs):
            shuffled = torch.randperm(len(members), generator=generator)
            for places in torch.split(shuffled, self.config.batch_size):
                negatives = self._drawn(len(places), generator)
                loss = self._loss(q, r, b, members[places], products[places], negatives)
                optimizer.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it without types
                optimizer.step()
            fading.step()
            progress((done + 1) / epochs, StepText(EPOCH, n=done + 1))
        self.member_vectors_, self.product_vectors_ = q.detach().numpy(), r.detach().numpy()
        self.product_biases_ = b.detach().numpy()
        if not (np.isfinite(self.member_vectors_).all() and np.isfinite(self.product_vectors_).all()):
            raise ModelFitError("the network did not stay finite; lower the learning rate")
        return self

    def with_history(self, history: Interactions, /) -> Self:
        """The same products; members, new ones included, get the vector that fits ``history`` best."""
        other = copy.copy(self)
        other.members_ = history.members
        matrix = history.onto_products(self.products_).to_csr()
        members = torch.from_numpy(np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr)))
        products = torch.from_numpy(matrix.indices.astype(np.int64))
        q = torch.zeros(matrix.shape[0], self.config.embedding_size, requires_grad=True)
        r, b = torch.from_numpy(self.product_vectors_), torch.from_numpy(self.product_biases_)
        generator = torch.Generator().manual_seed(0)
        optimizer = torch.optim.Adam([q], lr=0.05)
        for _ in range(self.config.fold_in_steps if len(members) else 0):
            own, negatives = q[members], self._drawn(1, generator)[0]  # one draw for all members
            error = softplus(-(own * r[products]).sum(1) - b[products])
            error = error + softplus(own @ r[negatives].T + b[negatives]).sum(1)
            # as strong as in the fit, whoever else is folded in: a sum of terms of one purchase each
            penalty = self.config.reg * self.config.batch_size * own.square().mean(1)
            optimizer.zero_grad()
            (error + penalty).sum().backward()  # type: ignore[no-untyped-call]  # as above
            optimizer.step()
        other.member_vectors_ = q.detach().numpy()
        return other

    def score(self, member_rows: NDArray[np.int64], /, *, surface: str = FOR_YOU) -> NDArray[np.float32]:
        """σ(q_uᵀ r_i + b_i), (n, n_products) float32, 0..1, higher = likelier; the same on every surface."""
        logits = self.member_vectors_[member_rows] @ self.product_vectors_.T + self.product_biases_
        return torch.sigmoid(torch.from_numpy(logits)).numpy()

    def score_pairs(
        self, member_rows: NDArray[np.int64], product_rows: NDArray[np.int64], /, *, surface: str = FOR_YOU
    ) -> NDArray[np.float32]:
        """The scores of n single (member, product) pairs, (n,) float32."""
        members, products = self.member_vectors_[member_rows], self.product_vectors_[product_rows]
        logits = np.einsum("nk,nk->n", members, products) + self.product_biases_[product_rows]
        return torch.sigmoid(torch.from_numpy(logits)).numpy()

    def save(self, path: Path) -> None:
        """Write the artefact folder."""
        arrays = {
            "member_ids": self.members_.ids,
            "product_ids": self.products_.ids,
            "member_vectors": self.member_vectors_,
            "product_vectors": self.product_vectors_,
            "product_biases": self.product_biases_,
            "chances": self.chances_.numpy(),
        }
        write_artefact(path, name=self.name, parameters=asdict(self.config), arrays=arrays)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what ``save`` wrote. Raises ArtefactError."""
        parameters, arrays = read_artefact(path, name=cls.name)
        model = cls.from_parameters(parameters)
        model.members_, model.products_ = Vocabulary(arrays["member_ids"]), Vocabulary(arrays["product_ids"])
        model.member_vectors_, model.product_vectors_ = arrays["member_vectors"], arrays["product_vectors"]
        model.product_biases_, model.chances_ = arrays["product_biases"], torch.from_numpy(arrays["chances"])
        return model

    def _drawn(self, n: int, generator: torch.Generator) -> Tensor:
        """(n, negatives) product rows; the cumulated chances make a draw one look-up."""
        at = torch.rand(n, self.config.negatives, generator=generator)
        return torch.searchsorted(self.chances_, at).clamp_max(len(self.chances_) - 1)

    def _loss(
        self, q: Tensor, r: Tensor, b: Tensor, members: Tensor, products: Tensor, negatives: Tensor
    ) -> Tensor:
        """BCE with label 1 for purchases and 0 for draws, summed per purchase, plus L2."""
        own = q[members]  # (n, k)
        bought = (own * r[products]).sum(1) + b[products]
        drawn = torch.bmm(r[negatives], own.unsqueeze(2)).squeeze(2) + b[negatives]
        error = softplus(-bought) + softplus(drawn).sum(1)
        return error.mean() + self.config.reg * len(members) * (
            own.square().mean() + r[products].square().mean()
        )


def _chances(buyers: NDArray[np.int64]) -> Tensor:
    """Cumulated chances of being drawn: two thirds by buyers^0.75, one third evenly, (n_products,)."""
    damped = np.maximum(buyers, 1) ** 0.75
    mixed = 2 / 3 * damped / damped.sum() + 1 / 3 / len(buyers)
    return torch.from_numpy(np.cumsum(mixed).astype(np.float32))
