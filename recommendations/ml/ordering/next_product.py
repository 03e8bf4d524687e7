"""What comes next where products are bought once: three models, pooled into one probability.

    p(i | history)  ∝  Π_c  p_c(i | history)^w_c  /  (1 + n_i)^d

A logarithmic opinion pool (Genest & Zidek, "Combining probability distributions", Statistical Science 1986)
of item transitions, linear transitions and the sequence transformer. The exponents w_c are those that make
the newest products of members likeliest which no part has seen (maximum likelihood over the catalogue).
Products bought n_i times are then damped a little in favour of rarer ones: the lists of all members together
show more of the catalogue, and are as accurate.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import ClassVar, Self, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from learning.coordinate_search import climb
from learning.estimator import Progress, part, read_artefact, silent, write_artefact
from learning.interactions import Interactions
from learning.json_types import JsonMapping
from learning.step_texts import FITTED
from learning.vocabulary import Vocabulary
from recommendations.ml.held_back import HeldBack
from recommendations.ml.occlusion import ExplainedByOcclusion
from recommendations.ml.ordering.linear import LinearConfig, LinearTransitions
from recommendations.ml.ordering.transitions import ItemTransitions, TransitionsConfig
from recommendations.ml.recommender import Recommender
from recommendations.ml.sequence.transformer import SequenceConfig, SequenceTransformer
from recommendations.ml.surfaces import FOR_YOU

Rows = NDArray[np.int64]
Floats = NDArray[np.float32]
PARTS: Mapping[str, type[Recommender]] = {
    "transitions": ItemTransitions,
    "linear": LinearTransitions,
    "sequence": SequenceTransformer,
}
COUNTING: Mapping[str, tuple[float, ...]] = {
    "history_decay": (0.3, 0.5, 0.8, 1.2, 1.6),
    "target_damping": (0.0, 0.1, 0.2, 0.3, 0.4),
    "attribute_weight": (0.0, 0.1, 0.3, 0.6),
    "backward": (0.1, 0.3, 0.6),
}
"""The settings of the transitions that are chosen by each shop's held-back products."""
MEMBERS_AT_ONCE = 256
IMPOSSIBLE = -1e4
"""As a logarithm; -inf would have no gradient."""
PULL = 1e-3
LARGEST_TABLE = 150_000_000
"""Numbers that the pooling may hold at once: members x products x parts."""


@dataclass(frozen=True)
class NextProductConfig:
    """One recipe for all shops, chosen on the second-last products of Amazon Beauty and ML-1M."""

    transitions: TransitionsConfig = field(default_factory=TransitionsConfig)
    linear: LinearConfig = field(default_factory=LinearConfig)
    sequence: SequenceConfig = field(default_factory=SequenceConfig)
    held_back: int = 2_000
    """Members whose newest product decides when the transformer stops, and how the parts are pooled."""
    counted_anew_to: int = 2_000_000
    """Entries up to which the settings of the transitions are chosen again, by some twenty quick fits."""
    floor: float = 0.1
    """Of a part that counts, this share is spread evenly over the catalogue: nothing is impossible."""
    exponents: tuple[float, ...] = (0.5, 0.3, 0.5)
    """Where too little can be held back to tell better."""
    popularity_damping: float = 0.1
    """d above; 0 ranks by the pool alone."""


class NextProduct(ExplainedByOcclusion):
    """``parts_``: name -> fitted model; ``exponents_``: (n_parts,) float32, >= 0; ``log_counts_``:
    (n_products,) float32, log(1 + purchases)."""

    name: ClassVar[str] = "next_product"

    def __init__(self, config: NextProductConfig | None = None) -> None:
        self.config = config or NextProductConfig()

    @classmethod
    def from_parameters(cls, parameters: JsonMapping) -> Self:
        """The unfitted model of a stored configuration. Raises TypeError on parameters it does not have."""
        given = dict(parameters)
        given["transitions"] = ItemTransitions.from_parameters(given.get("transitions", {})).config
        given["linear"] = LinearTransitions.from_parameters(given.get("linear", {})).config
        given["sequence"] = SequenceTransformer.from_parameters(given.get("sequence", {})).config
        given["exponents"] = tuple(given.get("exponents", NextProductConfig.exponents))
        return cls(NextProductConfig(**given))

    @property
    def members_(self) -> Vocabulary:
        return self.history_.members

    @property
    def products_(self) -> Vocabulary:
        return self.history_.products

    def fit(
        self, interactions: Interactions, /, *, rng: np.random.Generator, progress: Progress = silent
    ) -> Self:
        """Fit the parts, and their exponents on what they have not seen. Raises ModelFitError."""
        interactions.checked()
        held = HeldBack.draw(interactions, self.config.held_back, rng=rng)
        rest = interactions.where(held.rest) if held.tells else interactions
        counting = self._tuned_counting(held, rest, rng) if held.tells else self.config.transitions
        transitions = ItemTransitions(counting).fit(rest, rng=rng)
        linear = LinearTransitions(self.config.linear).fit(rest, rng=rng)
        sequence = SequenceTransformer(self.config.sequence).fit(
            rest, rng=rng, held=held, progress=part(progress, 0.2, 0.95)
        )
        self.parts_: dict[str, Recommender] = dict(zip(PARTS, (transitions, linear, sequence), strict=True))
        self.exponents_ = np.array(self.config.exponents, dtype=np.float32)
        if held.tells:
            self.exponents_ = self._pooled(held, rest)
            self.parts_["transitions"] = ItemTransitions(counting).fit(interactions, rng=rng)
        counts = np.bincount(interactions.product_rows, minlength=interactions.n_products)
        self.log_counts_ = np.log1p(counts).astype(np.float32)
        self._read(interactions)
        progress(1.0, FITTED)
        return self

    def with_history(self, history: Interactions, /) -> Self:
        """The same parts for the members of ``history``; products that are not known are passed over."""
        other = copy.copy(self)
        other._read(history.onto_products(self.products_))
        return other

    def score(self, member_rows: Rows, /, *, surface: str = FOR_YOU) -> Floats:
        """(n, n_products) float32: the chance of being next, rarer products favoured a little; a line sums to
        1, and is 0 without known history."""
        chances = torch.softmax(self._logits(member_rows), dim=1)
        chances[torch.from_numpy(self.lengths_[member_rows] == 0)] = 0.0
        return np.asarray(chances.numpy())

    def score_pairs(self, member_rows: Rows, product_rows: Rows, /, *, surface: str = FOR_YOU) -> Floats:
        """The scores of n single (member, product) pairs, (n,) float32."""
        members, lines = np.unique(member_rows, return_inverse=True)
        gaps = np.zeros(len(member_rows), dtype=np.float32)
        for first in range(0, len(members), MEMBERS_AT_ONCE):
            mine = np.flatnonzero((lines >= first) & (lines < first + MEMBERS_AT_ONCE))
            scores = self.score(members[first : first + MEMBERS_AT_ONCE], surface=surface)
            gaps[mine] = scores[lines[mine] - first, product_rows[mine]]
        return gaps

    def evidence(self, scores: Floats) -> Floats:
        """Chances on the scale on which the parts add up."""
        return np.asarray(np.log(np.maximum(scores, np.float32(1e-12))))

    def save(self, path: Path) -> None:
        """Write the artefact folder; each part is a folder within it."""
        arrays = {"exponents": self.exponents_, "log_counts": self.log_counts_}
        write_artefact(path, name=self.name, parameters=asdict(self.config), arrays=arrays)
        for name, model in self.parts_.items():
            model.save(path / name)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what ``save`` wrote. Raises ArtefactError."""
        parameters, arrays = read_artefact(path, name=cls.name)
        model = cls.from_parameters(parameters)
        model.exponents_, model.log_counts_ = arrays["exponents"], arrays["log_counts"]
        model.parts_ = {name: kind.load(path / name) for name, kind in PARTS.items()}
        model._keep(cast("SequenceTransformer", model.parts_["sequence"]).history_)
        return model

    def _read(self, history: Interactions) -> None:
        self.parts_ = {name: model.with_history(history) for name, model in self.parts_.items()}
        self._keep(history)

    def _keep(self, history: Interactions) -> None:
        self.history_ = history
        self.lengths_ = np.bincount(history.member_rows, minlength=history.n_members)

    def _logits(self, member_rows: Rows) -> Tensor:
        """(n, n_products): the logarithm of the pool over (1 + n_i)^d, up to a constant of each line."""
        damping = torch.from_numpy(self.config.popularity_damping * self.log_counts_)
        total = -damping.repeat(len(member_rows), 1)
        for weight, shares in zip(self.exponents_.tolist(), self.log_shares(member_rows), strict=True):
            total += weight * shares
        return total

    def log_shares(self, member_rows: Rows) -> Iterator[Tensor]:
        """Each part's log-probabilities, (n, n_products)."""
        for name, model in self.parts_.items():
            scores = torch.from_numpy(np.array(model.score(member_rows)))
            yield torch.log_softmax(scores, dim=1) if name == "sequence" else self._counted(scores)

    def _counted(self, scores: Tensor) -> Tensor:
        """Scores that are no logits, as shares of their sum with a floor, in logs."""
        scores.clamp_(min=0.0)
        scores /= scores.sum(dim=1, keepdim=True).clamp_min(1e-12)
        floor = self.config.floor / scores.shape[1]
        return scores.add_(floor).log_()

    def _tuned_counting(
        self, held: HeldBack, rest: Interactions, rng: np.random.Generator
    ) -> TransitionsConfig:
        """How to count, best for what is held back; shops differ most in how far back and how popular."""
        if len(rest) > self.config.counted_anew_to:
            return self.config.transitions
        owned = rest.to_csr()[held.member_rows]

        def measure(changes: JsonMapping) -> float:
            model = ItemTransitions(replace(self.config.transitions, **changes)).fit(rest, rng=rng)
            return held.ndcg(lambda lines: model.score(held.member_rows[lines]), owned)

        space = dict(COUNTING)
        if rest.attributes is None or rest.attributes.nnz == 0:
            del space["attribute_weight"]
        start = {name: getattr(self.config.transitions, name) for name in space}
        return replace(self.config.transitions, **climb(space, measure, start=start))

    def _pooled(self, held: HeldBack, rest: Interactions) -> Floats:
        """The exponents, from at most as many held-back products as fit into memory."""
        n = max(1, min(len(held), LARGEST_TABLE // (len(PARTS) * rest.n_products)))
        rows, targets = held.member_rows[:n], torch.from_numpy(held.targets[:n])
        blocks = [rows[first : first + MEMBERS_AT_ONCE] for first in range(0, n, MEMBERS_AT_ONCE)]
        shares = [
            torch.cat(lines) for lines in zip(*([*self.log_shares(block)] for block in blocks), strict=True)
        ]
        owned = rest.to_csr()[rows]
        lines = np.repeat(np.arange(n), np.diff(owned.indptr))
        for table in shares:
            table[lines, owned.indices] = IMPOSSIBLE
        return pool_exponents(shares, targets, start=self.config.exponents)


def pool_exponents(shares: list[Tensor], targets: Tensor, *, start: tuple[float, ...]) -> Floats:
    """The exponents >= 0 under which ``targets`` (n,) are likeliest, given tables (n, m) of log-shares.

    A small penalty towards ``start`` keeps the exponents of similar parts close.
    """
    given = torch.tensor(start)
    weights = given.clone().requires_grad_()
    lines = torch.arange(len(targets))
    optimizer = torch.optim.LBFGS([weights], max_iter=40, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimizer.zero_grad()
        surprise = _surprise(weights.clamp_min(0.0), shares, lines, targets)
        value = surprise + PULL * (weights - given).square().sum()
        value.backward()  # type: ignore[no-untyped-call]  # torch leaves it without types
        return value

    optimizer.step(loss)  # type: ignore[no-untyped-call]  # an untyped optimizer
    return np.asarray(weights.detach().clamp_min(0.0).numpy())


def _surprise(weights: Tensor, shares: list[Tensor], lines: Tensor, targets: Tensor) -> Tensor:
    """Mean -log p(target) of the pool."""
    pooled = torch.zeros_like(shares[0])
    for weight, table in zip(weights, shares, strict=True):
        pooled = pooled + weight * table
    return (torch.logsumexp(pooled, dim=1) - pooled[lines, targets]).mean()
