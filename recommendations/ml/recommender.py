"""What the models of this family share: one signature for scores, on every surface."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from learning.estimator import Progress, silent
from learning.interactions import Interactions
from learning.json_types import JsonMapping
from learning.vocabulary import Vocabulary
from recommendations.ml.surfaces import FOR_YOU


@runtime_checkable
class Recommender(Protocol):
    """An estimator whose rows are members and whose columns are the products it was fitted on."""

    name: ClassVar[str]
    config: Any
    """A frozen dataclass."""

    @classmethod
    def from_parameters(cls, parameters: JsonMapping) -> Self:
        """The unfitted model of a stored configuration. Raises TypeError on parameters it does not have."""

    @property
    def members_(self) -> Vocabulary:
        """Whose rows ``score`` takes."""

    @property
    def products_(self) -> Vocabulary:
        """What the columns of the scores are."""

    def fit(
        self, interactions: Interactions, /, *, rng: np.random.Generator, progress: Progress = silent
    ) -> Self:
        """Learn from ``interactions``. Raises ModelFitError."""

    def with_history(self, history: Interactions, /) -> Self:
        """The same learned products, for the members of ``history`` as they are known from it alone."""

    def score(self, member_rows: NDArray[np.int64], /, *, surface: str = FOR_YOU) -> NDArray[np.float32]:
        """(n, n_products) float32, higher = likelier to be bought next. Nothing is excluded."""

    def score_pairs(
        self, member_rows: NDArray[np.int64], product_rows: NDArray[np.int64], /, *, surface: str = FOR_YOU
    ) -> NDArray[np.float32]:
        """The same scores for n single (member, product) pairs, (n,) float32."""

    def save(self, path: Path) -> None:
        """Write the artefact folder."""

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what ``save`` wrote. Raises ArtefactError."""
