"""A generative adversarial network over the factorisation; the discriminator is served.

Wang et al., "IRGAN: A minimax game for unifying generative and discriminative information retrieval models"
(SIGIR 2017), in its pairwise form, begun from trained factors:

- generator: picks products as if the member had bought them, j ~ softmax(q_uᵀ g_j / τ) over the unbought;
- discriminator: must put what was really bought above the picks, -log σ((q_uᵀ r_i - q_uᵀ r_j) / τ);
- the generator is rewarded for picks that the discriminator believes in. The expectation over its picks is
  exact (a softmax over the batch's products), where IRGAN estimates it by REINFORCE.

Both own one vector a product, as many numbers as the factorisation; q_u is the factorisation's own answer to
a history. In each epoch a share of every history is hidden from q_u, and both learn to predict it: otherwise
they would only learn to repeat q_u's own input.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from learning.estimator import ModelFitError, Progress, part, read_artefact, silent, write_artefact
from learning.exact_products import ExactProducts
from learning.interactions import Interactions
from learning.json_types import JsonMapping
from learning.step_texts import EPOCH, StepText
from learning.vocabulary import Vocabulary
from recommendations.ml.factors.als import Als, AlsConfig
from recommendations.ml.surfaces import FOR_YOU


@dataclass(frozen=True)
class GanConfig:
    """Chosen on a fifth of the training ratings of IRGAN's own split (benchmarks/recommendations/gan.py)."""

    als: AlsConfig = field(default_factory=AlsConfig)
    epochs: int = 10
    """0 leaves the factorisation as it is: the start without the game."""
    hidden_share: float = 0.3
    picks: int = 32
    """The generator's picks for each purchase."""
    temperature: float = 0.15
    learning_rate: float = 1e-3
    generator_rate: float = 1e-3
    anchor: float = 0.03
    """Pull of both players' vectors towards where they began."""
    members_at_once: int = 128
    products_at_once: int = 4_096
    """A larger catalogue plays over a new sample of so many products in each batch."""


class Gan:
    """``product_vectors_`` (n_products, k) float32 are the discriminator's; ``als_`` is where both began."""

    name: ClassVar[str] = "gan"

    def __init__(self, config: GanConfig | None = None) -> None:
        self.config = config or GanConfig()

    @classmethod
    def from_parameters(cls, parameters: JsonMapping) -> Self:
        """The unfitted model of a stored configuration. Raises TypeError on parameters it does not have."""
        als = AlsConfig(**parameters.get("als", {}))
        return cls(GanConfig(**{**parameters, "als": als}))

    @property
    def members_(self) -> Vocabulary:
        return self.als_.members_

    @property
    def products_(self) -> Vocabulary:
        return self.als_.products_

    def fit(
        self, interactions: Interactions, /, *, rng: np.random.Generator, progress: Progress = silent
    ) -> Self:
        """Factorise, then play. Raises ModelFitError."""
        self.als_ = Als(self.config.als).fit(interactions, rng=rng, progress=part(progress, 0.0, 0.4))
        game = _Game(self.config, torch.from_numpy(self.als_.product_vectors_))
        generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
        for done in range(self.config.epochs):
            hidden = rng.random(len(interactions)) < self.config.hidden_share
            shown = self.als_.with_history(interactions.where(~hidden))
            for members, bought, known in _batches(interactions, hidden, self.config, rng):
                game.round(torch.from_numpy(shown.member_vectors_[members]), bought, known, generator)
            progress(0.4 + 0.6 * (done + 1) / self.config.epochs, StepText(EPOCH, n=done + 1))
        self.product_vectors_ = game.discriminator.detach().numpy().copy()
        self.generator_vectors_ = game.generator.detach().numpy().copy()
        if not np.isfinite(self.product_vectors_).all():
            raise ModelFitError("the game did not stay finite; lower the learning rate")
        self.exact_products_ = ExactProducts(self.product_vectors_)
        return self

    def with_history(self, history: Interactions, /) -> Self:
        """The same products, with members folded in from ``history``."""
        other = copy.copy(self)
        other.als_ = self.als_.with_history(history)
        return other

    def score(self, member_rows: NDArray[np.int64], /, *, surface: str = FOR_YOU) -> NDArray[np.float32]:
        """q_uᵀ r_i, (n, n_products) float32, higher = likelier; the same on every surface."""
        return self.exact_products_.of(self.als_.member_vectors_[member_rows])

    def score_pairs(
        self, member_rows: NDArray[np.int64], product_rows: NDArray[np.int64], /, *, surface: str = FOR_YOU
    ) -> NDArray[np.float32]:
        """The scores of n single (member, product) pairs, (n,) float32."""
        return self.exact_products_.of_pairs(self.als_.member_vectors_[member_rows], product_rows)

    def save(self, path: Path) -> None:
        """Write the artefact folder; the factorisation is a folder within it."""
        arrays = {"product_vectors": self.product_vectors_, "generator_vectors": self.generator_vectors_}
        write_artefact(path, name=self.name, parameters=asdict(self.config), arrays=arrays)
        self.als_.save(path / "als")

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what ``save`` wrote. Raises ArtefactError."""
        parameters, arrays = read_artefact(path, name=cls.name)
        model = cls.from_parameters(parameters)
        model.als_ = Als.load(path / "als")
        model.product_vectors_ = arrays["product_vectors"]
        model.exact_products_ = ExactProducts(model.product_vectors_)
        model.generator_vectors_ = arrays["generator_vectors"]
        return model


class _Game:
    """Both players and their optimisers."""

    def __init__(self, config: GanConfig, start: Tensor) -> None:
        self.config, self.start = config, start.clone()
        self.discriminator = start.clone().requires_grad_()
        self.generator = start.clone().requires_grad_()
        self._steps = torch.optim.Adam([self.discriminator], lr=config.learning_rate)
        self._generator_steps = torch.optim.Adam([self.generator], lr=config.generator_rate)

    def round(self, members: Tensor, bought: Tensor, known: Tensor, rng: torch.Generator) -> None:
        """One step of each. ``members`` (b, k); ``bought``, ``known`` (b, n_products) bool."""
        columns = self._columns(bought, rng)
        bought, known = bought[:, columns], known[:, columns]
        truth = bought & (
            members.abs().sum(1, keepdim=True) > 0
        )  # without a history there is nothing to learn
        if not truth.any():
            return
        temperature = self.config.temperature
        wanted = (members @ self.generator[columns].T / temperature).masked_fill(known, -torch.inf)
        chance = wanted.softmax(dim=1).nan_to_num(0.0)
        able = truth & (chance.sum(1, keepdim=True) > 0)
        if not able.any():
            return
        believed = members @ self.discriminator[columns].T / temperature
        line, product = able.nonzero(as_tuple=True)
        picks = torch.multinomial(chance.detach()[line], self.config.picks, replacement=True, generator=rng)
        # what a pick says is divided by its chance: the sum then estimates the softmax over all unbought ones
        rarely = torch.log(self.config.picks * chance.detach()[line].gather(1, picks).clamp_min(1e-9))
        against = believed[line].gather(1, picks) - rarely
        right = believed[line, product].unsqueeze(1)
        loss = (torch.cat((right, against), dim=1).logsumexp(1, keepdim=True) - right).mean()
        self._steps.zero_grad()
        (loss + self._pull(self.discriminator)).backward()  # type: ignore[no-untyped-call]  # torch has no types
        self._steps.step()
        # the pick that the discriminator believes in, less what is gained by picking always the same
        reward = (believed - wanted).detach().masked_fill(known, 0.0)
        baseline = (chance.detach() * reward).sum(1, keepdim=True)
        gain = (chance * (reward - baseline)).sum(1).mean()
        self._generator_steps.zero_grad()
        (self._pull(self.generator) - gain).backward()  # type: ignore[no-untyped-call]  # as above
        self._generator_steps.step()

    def _pull(self, vectors: Tensor) -> Tensor:
        return self.config.anchor * (vectors - self.start).square().sum()

    def _columns(self, bought: Tensor, rng: torch.Generator) -> Tensor:
        n = bought.shape[1]
        if n <= self.config.products_at_once:
            return torch.arange(n)
        drawn = torch.randint(n, (self.config.products_at_once,), generator=rng)
        here = torch.zeros(n, dtype=torch.bool)
        here[drawn] = True
        return (here | bought.any(0)).nonzero().squeeze(1)


def _batches(
    interactions: Interactions, hidden: NDArray[np.bool_], config: GanConfig, rng: np.random.Generator
) -> Iterator[tuple[NDArray[np.int64], Tensor, Tensor]]:
    """Member rows (b,), the hidden and all known products of each, both (b, n_products) bool."""
    known = interactions.to_csr()
    hidden_part = interactions.where(hidden).to_csr()
    members = rng.permutation(np.flatnonzero(np.diff(hidden_part.indptr)))
    for begin in range(0, len(members), config.members_at_once):
        rows = members[begin : begin + config.members_at_once]
        yield (
            rows,
            torch.from_numpy(hidden_part[rows].toarray() > 0),
            torch.from_numpy(known[rows].toarray() > 0),
        )
