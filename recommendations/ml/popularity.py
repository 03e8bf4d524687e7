"""What most members buy, newer purchases counting more: the baseline each other model must beat."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from learning.estimator import Progress, read_artefact, silent, write_artefact
from learning.interactions import Interactions
from learning.json_types import JsonMapping
from learning.step_texts import FITTED
from learning.vocabulary import Vocabulary
from recommendations.ml.surfaces import FOR_YOU


@dataclass(frozen=True)
class PopularityConfig:
    """``half_life_days``: age at which a purchase counts half; None counts all alike."""

    half_life_days: float | None = 28.0


class Popularity:
    """Scores a product by its buyers, each counted once, by the age of their newest purchase."""

    name: ClassVar[str] = "popularity"

    def __init__(self, config: PopularityConfig | None = None) -> None:
        self.config = config or PopularityConfig()

    @classmethod
    def from_parameters(cls, parameters: JsonMapping) -> Self:
        """The unfitted model of a stored configuration. Raises TypeError on parameters it does not have."""
        return cls(PopularityConfig(**parameters))

    def fit(
        self, interactions: Interactions, /, *, rng: np.random.Generator, progress: Progress = silent
    ) -> Self:
        """Count. Nothing is drawn from ``rng``. Raises ModelFitError."""
        interactions.checked()
        self.members_ = interactions.members
        self.products_ = interactions.products
        self.product_scores_ = self._count(interactions)
        progress(1.0, FITTED)
        return self

    def with_history(self, history: Interactions, /) -> Self:
        """The same scores for the members of ``history``."""
        other = type(self)(self.config)
        other.members_, other.products_ = history.members, self.products_
        other.product_scores_ = self.product_scores_
        return other

    def score(self, member_rows: NDArray[np.int64], /, *, surface: str = FOR_YOU) -> NDArray[np.float32]:
        """(n, n_products) float32, 0..1, higher = more popular; the same line for each member."""
        return np.repeat(self.product_scores_[None, :], len(member_rows), axis=0)

    def score_pairs(
        self, member_rows: NDArray[np.int64], product_rows: NDArray[np.int64], /, *, surface: str = FOR_YOU
    ) -> NDArray[np.float32]:
        """The scores of n single (member, product) pairs, (n,) float32."""
        return self.product_scores_[product_rows]

    def save(self, path: Path) -> None:
        """Write the artefact folder."""
        arrays = {
            "member_ids": self.members_.ids,
            "product_ids": self.products_.ids,
            "product_scores": self.product_scores_,
        }
        write_artefact(path, name=self.name, parameters=asdict(self.config), arrays=arrays)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what ``save`` wrote. Raises ArtefactError."""
        parameters, arrays = read_artefact(path, name=cls.name)
        model = cls.from_parameters(parameters)
        model.members_ = Vocabulary(arrays["member_ids"])
        model.products_ = Vocabulary(arrays["product_ids"])
        model.product_scores_ = arrays["product_scores"]
        return model

    def _count(self, interactions: Interactions) -> NDArray[np.float32]:
        """Per product the sum over its buyers of 2^(-age of the newest purchase / half-life), scaled to 1."""
        half_life = self.config.half_life_days
        weight = np.exp2(-interactions.age_days() / half_life) if half_life else np.ones(len(interactions))
        pairs = interactions.member_rows * interactions.n_products + interactions.product_rows
        order = np.lexsort((-weight, pairs))
        newest = order[np.r_[True, np.diff(pairs[order]) != 0]]
        counts = np.bincount(
            interactions.product_rows[newest], weights=weight[newest], minlength=interactions.n_products
        )
        return np.asarray(counts / counts.max(), dtype=np.float32)
