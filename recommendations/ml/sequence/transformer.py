"""A causal transformer over each member's purchases: what comes next, given everything before.

SASRec (Kang & McAuley, "Self-attentive sequential recommendation", ICDM 2018) with the changes that did
better on held-back purchases: cross-entropy over the whole catalogue instead of one sampled negative
(Klenitskiy and Vasilev, RecSys 2023), cosines with a temperature, learned distances (Zhai et al., HSTU, ICML
2024), a gated feed-forward (eSASRec, RecSys 2025), and products that share the vectors of their attributes.
Batches hold sequences of like length; logits are made at real places only; a very large catalogue is sampled,
with log-corrected odds.
"""

from __future__ import annotations

import copy
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse
from torch import Tensor
from torch.nn import functional as functions

from learning.estimator import ModelFitError, Progress, read_artefact, silent, write_artefact
from learning.interactions import Interactions
from learning.json_types import JsonMapping
from learning.vocabulary import Vocabulary
from recommendations.ml.artefact_parts import restored_history, stored_history
from recommendations.ml.held_back import HeldBack
from recommendations.ml.histories import Histories
from recommendations.ml.occlusion import ExplainedByOcclusion
from recommendations.ml.sequence.network import SequenceNetwork
from recommendations.ml.sequence.training import TrainingConfig, last_states, train
from recommendations.ml.surfaces import FOR_YOU


@dataclass(frozen=True)
class SequenceConfig:
    """Chosen on the second-last products of Amazon Beauty and ML-1M."""

    dimension: int = 128
    layers: int = 2
    heads: int = 2
    dropout: float = 0.3
    length: int = 200
    """Newest products that are read."""
    temperature: float = 0.07
    training: TrainingConfig = field(default_factory=TrainingConfig)


class SequenceTransformer(ExplainedByOcclusion):
    """``vectors_``: (n_products, d) and ``states_``: (n_members, d) float32; a score is their product."""

    name: ClassVar[str] = "sequence_transformer"

    def __init__(self, config: SequenceConfig | None = None) -> None:
        self.config = config or SequenceConfig()

    @classmethod
    def from_parameters(cls, parameters: JsonMapping) -> Self:
        """The unfitted model of a stored configuration. Raises TypeError on parameters it does not have."""
        training = TrainingConfig(**parameters.get("training", {}))
        return cls(SequenceConfig(**{**parameters, "training": training}))

    def fit(
        self,
        interactions: Interactions,
        /,
        *,
        rng: np.random.Generator,
        progress: Progress = silent,
        held: HeldBack | None = None,
    ) -> Self:
        """Train until what is ``held`` back is predicted no better; by default some members' newest products.

        ``interactions`` must not hold what a caller holds back. Raises ModelFitError.
        """
        interactions.checked()
        self.members_, self.products_ = interactions.members, interactions.products
        known, attributes = interactions, _shares(interactions.attributes)
        if held is None:
            held = HeldBack.draw(interactions, self.config.training.held_back, rng=rng)
            known = interactions.where(held.rest) if held.tells else interactions
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(rng.integers(2**31)))
            self.network_ = self._network(0 if attributes is None else attributes.shape[1])
            train(
                self.network_,
                Histories.of(known),
                attributes,
                held=held,
                config=self.config.training,
                length=self.config.length,
                rng=rng,
                progress=progress,
            )
        self.network_.eval()
        with torch.no_grad():
            self.table_ = self.network_.table(attributes).detach()
        if not torch.isfinite(self.table_).all():
            raise ModelFitError("the transformer did not stay finite; lower the learning rate")
        self.vectors_ = functions.normalize(self.table_, dim=1).numpy()
        self._read(interactions)
        return self

    def with_history(self, history: Interactions, /) -> Self:
        """The same network reading ``history``; products it does not know are passed over."""
        other = copy.copy(self)
        other.members_ = history.members
        other._read(history.onto_products(self.products_))
        return other

    def score(self, member_rows: NDArray[np.int64], /, *, surface: str = FOR_YOU) -> NDArray[np.float32]:
        """(n, n_products) float32 logits, higher = likelier next; 0 for members without known products."""
        scores: NDArray[np.float32] = self.states_[member_rows] @ self.vectors_.T
        return scores

    def score_pairs(
        self, member_rows: NDArray[np.int64], product_rows: NDArray[np.int64], /, *, surface: str = FOR_YOU
    ) -> NDArray[np.float32]:
        """The scores of n single (member, product) pairs, (n,) float32."""
        members, products = self.states_[member_rows], self.vectors_[product_rows]
        return np.asarray(np.einsum("nd,nd->n", members, products), dtype=np.float32)

    def save(self, path: Path) -> None:
        """Write the artefact folder."""
        weights = {
            f"network.{name}": value.numpy()
            for name, value in self.network_.state_dict().items()
            if not name.startswith("table.")
        }
        arrays = {
            **stored_history(self.history_),
            "table": self.table_.numpy(),
            "states": self.states_,
            **weights,
        }
        write_artefact(path, name=self.name, parameters=asdict(self.config), arrays=arrays)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what ``save`` wrote. Raises ArtefactError."""
        parameters, arrays = read_artefact(path, name=cls.name)
        model = cls.from_parameters(parameters)
        model.members_, model.products_ = Vocabulary(arrays["member_ids"]), Vocabulary(arrays["product_ids"])
        model.network_ = model._network(0)
        weights = {
            key.removeprefix("network."): torch.from_numpy(value)
            for key, value in arrays.items()
            if key.startswith("network.")
        }
        model.network_.load_state_dict(weights, strict=False)  # the table is stored whole, beside it
        model.network_.eval()
        model.table_ = torch.from_numpy(arrays["table"])
        model.vectors_ = functions.normalize(model.table_, dim=1).numpy()
        model.history_, model.states_ = restored_history(arrays), arrays["states"]
        return model

    def _network(self, n_attributes: int) -> SequenceNetwork:
        config = self.config
        return SequenceNetwork(
            len(self.products_),
            n_attributes,
            dimension=config.dimension,
            layers=config.layers,
            heads=config.heads,
            dropout=config.dropout,
            length=config.length,
            temperature=config.temperature,
        )

    @torch.no_grad()
    def _read(self, history: Interactions) -> None:
        """The state of each member after the newest ``length`` products."""
        self.history_, histories = history, Histories.of(history)
        self.states_ = np.zeros((histories.n_members, self.config.dimension), dtype=np.float32)
        ends = histories.starts[1:]
        begins = np.maximum(histories.starts[:-1], ends - self.config.length)
        known = np.flatnonzero(ends > begins)
        products = torch.from_numpy(histories.product_rows)
        spans = np.stack([begins[known], ends[known]], axis=1)
        self.states_[known] = last_states(self.network_, self.table_, products, spans).numpy()


def _shares(attributes: sparse.csr_matrix | None) -> Tensor | None:
    """(n_products, n_attributes) sparse, each line summing to 1, or empty; None without any."""
    if attributes is None or attributes.nnz == 0:
        return None
    lengths = np.maximum(np.asarray(attributes.sum(axis=1)).ravel(), 1e-12)
    shares = sparse.coo_matrix(sparse.diags(1.0 / lengths) @ attributes)
    places = torch.from_numpy(np.stack([shares.row, shares.col]).astype(np.int64))
    values = torch.from_numpy(shares.data.astype(np.float32))
    return torch.sparse_coo_tensor(places, values, shares.shape, check_invariants=True).coalesce()
