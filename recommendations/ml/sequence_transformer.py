"""A causal transformer over each member's purchases: what comes next, given everything before.

SASRec (Kang & McAuley, "Self-attentive sequential recommendation", ICDM 2018) with the ideas that held-back
purchases favoured: cross-entropy over the whole catalogue instead of one sampled negative (Klenitskiy and
Vasilev, RecSys 2023), cosines with a temperature, learned distances (Zhai et al., HSTU, ICML 2024), a gated
feed-forward (eSASRec, RecSys 2025), and products that share the vectors of their attributes. Batches hold
sequences of like length; logits are made at real places only; a very large catalogue is sampled, with
log-corrected odds.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse
from torch import Tensor
from torch.nn import functional as functions

from learning.estimator import ModelFitError, Progress, read_artefact, silent, write_artefact
from learning.interactions import Interactions
from learning.vocabulary import Vocabulary
from recommendations.ml.histories import Histories
from recommendations.ml.sequence_network import SequenceNetwork
from recommendations.ml.softmax_loss import softmax_loss
from recommendations.ml.surfaces import FOR_YOU

MEMBERS_AT_ONCE = 256


@dataclass(frozen=True)
class SequenceConfig:
    """Chosen on the second-last products of Amazon Beauty."""

    dimension: int = 64
    layers: int = 2
    heads: int = 2
    dropout: float = 0.3
    length: int = 50
    """Newest products that are read."""
    temperature: float = 0.07
    learning_rate: float = 2e-3
    epochs: int = 12
    positions_a_batch: int = 1024
    full_softmax_to: int = 20_000
    """Larger catalogues are sampled: ``negatives`` products a batch beside those that were bought."""
    negatives: int = 2048


class SequenceTransformer:
    """``vectors_``: (n_products, d) and ``states_``: (n_members, d) float32; a score is their product."""

    name: ClassVar[str] = "sequence_transformer"

    def __init__(self, config: SequenceConfig | None = None) -> None:
        self.config = config or SequenceConfig()

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, Any]) -> Self:
        """The unfitted model of a stored configuration. Raises TypeError on parameters it does not have."""
        return cls(SequenceConfig(**parameters))

    def fit(
        self, interactions: Interactions, /, *, rng: np.random.Generator, progress: Progress = silent
    ) -> Self:
        """Train ``epochs`` times over every place. Raises ModelFitError."""
        interactions.checked()
        self.members_, self.products_ = interactions.members, interactions.products
        histories = Histories.of(interactions)
        attributes = _shares(interactions.attributes)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(rng.integers(2**31)))
            self.network_ = self._network(0 if attributes is None else attributes.shape[1])
            self._train(histories, attributes, rng=rng, progress=progress)
        self.network_.eval()
        with torch.no_grad():
            self.table_ = self.network_.table(attributes).detach()
        if not torch.isfinite(self.table_).all():
            raise ModelFitError("the transformer did not stay finite; lower the learning rate")
        self._read(histories)
        return self

    def with_history(self, history: Interactions, /) -> Self:
        """The same network reading ``history``; products it does not know are passed over."""
        other = copy.copy(self)
        other.members_ = history.members
        other._read(Histories.of(history.onto_products(self.products_)))
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
            "member_ids": self.members_.ids,
            "product_ids": self.products_.ids,
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
        model.states_ = arrays["states"]
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

    def _train(
        self, histories: Histories, attributes: Tensor | None, *, rng: np.random.Generator, progress: Progress
    ) -> None:
        windows = _windows(histories, self.config.length)
        if len(windows) == 0:
            return  # nobody has two purchases: there is no order to learn
        products = torch.from_numpy(histories.product_rows)
        frequency = np.bincount(histories.product_rows, minlength=len(self.products_)) / len(products)
        optimizer = torch.optim.AdamW(
            self.network_.parameters(), lr=self.config.learning_rate, weight_decay=0.0, betas=(0.9, 0.98)
        )
        self.network_.train()
        step = 0
        for epoch in range(self.config.epochs):
            for chosen in _batches(windows, self.config.positions_a_batch, rng):
                places, real = _padded(windows[chosen])
                rows = products[places]
                table = self.network_.table(attributes)
                states = self.network_.states(table, rows[:, :-1])[real[:, 1:]]
                loss = self._loss(states, table, rows[:, 1:][real[:, 1:]], frequency, rng)
                optimizer.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it without types
                step += 1
                for group in optimizer.param_groups:
                    group["lr"] = self.config.learning_rate * min(1.0, step / 200)
                optimizer.step()
            progress((epoch + 1) / self.config.epochs, f"sequence transformer, epoch {epoch + 1}")

    def _loss(
        self,
        states: Tensor,
        table: Tensor,
        targets: Tensor,
        frequency: NDArray[np.float64],
        rng: np.random.Generator,
    ) -> Tensor:
        directions = self.network_.directions(states)
        n_products = len(table)
        if n_products <= self.config.full_softmax_to:
            return softmax_loss(directions, functions.normalize(table, dim=1), targets)
        drawn = torch.from_numpy(rng.integers(0, n_products, self.config.negatives))
        sample, places = torch.unique(torch.cat([targets, drawn]), return_inverse=True)
        expected = self.config.negatives / n_products + torch.from_numpy(frequency)[sample] * len(targets)
        offset = -torch.log(expected.clamp_max(1.0)).float()
        vectors = functions.normalize(table[sample], dim=1)
        return softmax_loss(directions, vectors, places[: len(targets)], offset=offset)

    @torch.no_grad()
    def _read(self, histories: Histories) -> None:
        """The state of each member after the newest ``length`` products."""
        self.vectors_ = functions.normalize(self.table_, dim=1).numpy()
        self.states_ = np.zeros((histories.n_members, self.config.dimension), dtype=np.float32)
        products = torch.from_numpy(histories.product_rows)
        ends = histories.starts[1:]
        begins = np.maximum(histories.starts[:-1], ends - self.config.length)
        known = np.flatnonzero(ends > begins)
        known = known[np.argsort((ends - begins)[known], kind="stable")]
        for first in range(0, len(known), MEMBERS_AT_ONCE):
            rows = known[first : first + MEMBERS_AT_ONCE]
            places, real = _padded(np.stack([begins[rows], ends[rows]], axis=1))
            states = self.network_.states(self.table_, products[places])
            last = states[torch.arange(len(rows)), real.sum(dim=1) - 1]
            self.states_[rows] = self.network_.directions(last).numpy()


def _shares(attributes: sparse.csr_matrix | None) -> Tensor | None:
    """(n_products, n_attributes) sparse, each line summing to 1, or empty; None without any."""
    if attributes is None or attributes.nnz == 0:
        return None
    lengths = np.maximum(np.asarray(attributes.sum(axis=1)).ravel(), 1e-12)
    shares = sparse.coo_matrix(sparse.diags(1.0 / lengths) @ attributes)
    places = torch.from_numpy(np.stack([shares.row, shares.col]).astype(np.int64))
    values = torch.from_numpy(shares.data.astype(np.float32))
    return torch.sparse_coo_tensor(places, values, shares.shape, check_invariants=True).coalesce()


def _windows(histories: Histories, length: int) -> NDArray[np.int64]:
    """(n, 2): first and end of pieces of at most ``length`` + 1 entries; every target lies in just one."""
    found: list[tuple[int, int]] = []
    for begin, end in zip(histories.starts[:-1].tolist(), histories.starts[1:].tolist(), strict=True):
        while end - begin >= 2:
            first = max(begin, end - length - 1)
            found.append((first, end))
            end = first + 1
    return np.array(found, dtype=np.int64).reshape(-1, 2)


def _batches(
    windows: NDArray[np.int64], positions: int, rng: np.random.Generator
) -> Iterator[NDArray[np.int64]]:
    """Windows of like lengths, about ``positions`` targets at a time, in random order."""
    lengths = windows[:, 1] - windows[:, 0] - 1
    order = np.argsort(lengths + rng.random(len(lengths)) * 4, kind="stable")
    cuts = np.flatnonzero(np.diff(np.cumsum(lengths[order]) // positions)) + 1
    batches = np.split(order, cuts)
    for place in rng.permutation(len(batches)):
        yield batches[place]


def _padded(windows: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
    """(entry numbers, whether real), both (b, longest); the padding at the end points at entry 0."""
    offsets = np.arange(int((windows[:, 1] - windows[:, 0]).max()))
    places = windows[:, :1] + offsets[None, :]
    real = places < windows[:, 1:]
    return torch.from_numpy(np.where(real, places, 0)), torch.from_numpy(real)
