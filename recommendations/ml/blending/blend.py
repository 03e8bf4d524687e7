"""The model that is served: the factorisation, weighted by products' trends and by members' own habits.

For you:    q_uᵀ r_i · trend_i^γ       trend = buys of late against the long run
Buy again:  habit_ui · max(q_uᵀ r_i, ε)^β   habit = the member's own purchases, fading with age

Where members come back and at least five months are known, trees that know both and much more put the
products in order (purchase_ranker.py). Where products are bought once, *for you* is predicted from
the order of purchases (next_product.py). Factorisation, trend and habit serve younger and smaller shops.

The habit is the strong "member's top items" baseline of next-basket research (Hu et al., "Modeling
personalized item frequency information for next-basket recommendation", SIGIR 2020).
"""

from __future__ import annotations

import copy
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from learning.estimator import Progress, part, read_artefact, silent, write_artefact
from learning.interactions import SECONDS_PER_DAY, Interactions
from learning.json_types import JsonMapping
from learning.vocabulary import Vocabulary
from recommendations.ml.factors.als import Als, AlsConfig
from recommendations.ml.held_back import HeldBack
from recommendations.ml.ordering.next_product import NextProduct, NextProductConfig
from recommendations.ml.repeat.ranker import PurchaseRanker, PurchaseRankerConfig
from recommendations.ml.surfaces import BUY_AGAIN, FOR_YOU
from recommendations.ml.weighting import faded, stored_values

EARLIEST_SECOND = 100_000_000
"""Smaller time stamps, before 1973, are positions in a history and no seconds."""
SMALLEST_AFFINITY = np.float32(1e-3)
"""Scores of the factorisation may be slightly negative; a habit must stay positive."""


@dataclass(frozen=True)
class BlendConfig:
    """Chosen on the 28 days before the test window of the demo shop (benchmarks/recommendations)."""

    als: AlsConfig = field(default_factory=AlsConfig)
    trend_days: float = 14.0
    """Half-life of "of late"; the long run has ``long_run_days``."""
    long_run_days: float = 120.0
    trend_exponent: float = 0.5
    habit_half_life_days: float = 90.0
    affinity_exponent: float = 0.25
    with_next: bool = True
    """Without: factorisation, trend and habit alone, whatever the shop; a fit of seconds."""
    ranker: PurchaseRankerConfig = field(default_factory=PurchaseRankerConfig)
    ranked_from_days: float = 150.0
    """Trees need so much history: moments to look back to, and a past before them."""
    ranked_from_repeats: float = 0.1
    """And this share of lines that repeat an earlier purchase."""
    next_product: NextProductConfig = field(default_factory=NextProductConfig)
    read_from_members: int = 500
    """Orders of purchases say enough from so many members on who bought three products, the last one new."""


class Blend:
    """``als_``, ``trend_`` (n_products,) float32, about 1, and ``habits_`` (n_members, n_products)."""

    name: ClassVar[str] = "blend"

    def __init__(self, config: BlendConfig | None = None) -> None:
        self.config = config or BlendConfig()

    @classmethod
    def from_parameters(cls, parameters: JsonMapping) -> Self:
        """The unfitted model of a stored configuration. Raises TypeError on parameters it does not have."""
        ranker = PurchaseRanker.from_parameters(parameters.get("ranker", {})).config
        next_product = NextProduct.from_parameters(parameters.get("next_product", {})).config
        als = AlsConfig(**parameters["als"])
        own = {"als": als, "ranker": ranker, "next_product": next_product}
        return cls(BlendConfig(**{**parameters, **own}))

    @property
    def products_(self) -> Vocabulary:
        return self.als_.products_

    def fit(
        self, interactions: Interactions, /, *, rng: np.random.Generator, progress: Progress = silent
    ) -> Self:
        """Learn the factors, the trends and the habits. Raises ModelFitError."""
        return self._fitted(interactions, rng=rng, progress=progress)

    def fit_further(
        self,
        interactions: Interactions,
        /,
        earlier: Blend,
        *,
        rng: np.random.Generator,
        progress: Progress = silent,
    ) -> Self:
        """The same after ``earlier``, fitted on a beginning of ``interactions``: its work is taken over."""
        return self._fitted(interactions, rng=rng, progress=progress, earlier=earlier.ranker_)

    def fit_with(
        self,
        interactions: Interactions,
        /,
        parts: JsonMapping,
        *,
        rng: np.random.Generator,
        progress: Progress = silent,
    ) -> Self:
        """The same with those ``parts``, by name, that were fitted on the very same ``interactions``."""
        als = parts.get(Als.name)
        same = als if als is not None and als.config == self.config.als else None
        return self._fitted(interactions, rng=rng, progress=progress, als=same)

    def _fitted(
        self,
        interactions: Interactions,
        *,
        rng: np.random.Generator,
        progress: Progress,
        earlier: PurchaseRanker | None = None,
        als: Als | None = None,
    ) -> Self:
        interactions.checked()
        more, steps = self.config.with_next, part(progress, 0.2, 1.0)
        ranked = more and self._worth_ranking(interactions)
        of_factors = part(progress, 0.0, 0.2)
        self.als_ = als or Als(self.config.als).fit(interactions, rng=rng, progress=of_factors)
        self.members_ = interactions.members
        self.ranker_: PurchaseRanker | None = None
        self.next_: NextProduct | None = None
        if ranked:
            ranker = PurchaseRanker(self.config.ranker)
            self.ranker_ = ranker.fit(interactions, rng=rng, progress=steps, earlier=earlier)
        elif more and self._worth_reading(interactions):
            self.next_ = NextProduct(self.config.next_product).fit(interactions, rng=rng, progress=steps)
        self.trend_ = self._trend(interactions)
        self.habits_ = faded(interactions, half_life_days=self.config.habit_half_life_days)
        return self

    def with_history(self, history: Interactions, /) -> Self:
        """The same products and trends, with members and habits read from ``history``."""
        other = copy.copy(self)
        other.members_ = history.members
        if self.ranker_ is not None:
            other.ranker_ = self.ranker_.with_history(history)
            return other  # trees alone put the products in order
        other.als_ = self.als_.with_history(history)
        if self.next_ is not None:
            other.next_ = self.next_.with_history(history)
        known = history.onto_products(self.products_)
        other.habits_ = faded(known, half_life_days=self.config.habit_half_life_days)
        return other

    def score(self, member_rows: NDArray[np.int64], /, *, surface: str = FOR_YOU) -> NDArray[np.float32]:
        """(n, n_products) float32, higher = likelier. On buy-again what was never bought comes last, > 0."""
        if self.ranker_ is not None:
            return self.ranker_.score(member_rows, surface=surface)
        if self.next_ is not None and surface == FOR_YOU:
            return self.next_.score(member_rows)
        affinity = self.als_.score(member_rows)
        if surface != BUY_AGAIN:
            affinity *= self.lift()
            return affinity
        np.maximum(affinity, SMALLEST_AFFINITY, out=affinity)
        habits = self.habits_[member_rows]
        lines = np.repeat(np.arange(len(member_rows)), np.diff(habits.indptr))
        own = self._habit_score(habits.data, affinity[lines, habits.indices])
        affinity *= np.float32(1e-9)  # below the smallest habit, which has faded to 1e-6
        affinity[lines, habits.indices] = own
        return affinity

    def score_pairs(
        self, member_rows: NDArray[np.int64], product_rows: NDArray[np.int64], /, *, surface: str = FOR_YOU
    ) -> NDArray[np.float32]:
        """The scores of n single (member, product) pairs, (n,) float32."""
        if self.ranker_ is not None:
            return self.ranker_.score_pairs(member_rows, product_rows, surface=surface)
        if self.next_ is not None and surface == FOR_YOU:
            return self.next_.score_pairs(member_rows, product_rows)
        affinity = self.als_.score_pairs(member_rows, product_rows)
        if surface != BUY_AGAIN:
            return affinity * self.lift()[product_rows]
        affinity = np.maximum(affinity, SMALLEST_AFFINITY)
        habits = stored_values(self.habits_, member_rows, product_rows)
        return np.where(habits > 0, self._habit_score(habits, affinity), affinity * np.float32(1e-9))

    def _habit_score(self, habits: NDArray[np.float32], affinity: NDArray[np.float32]) -> NDArray[np.float32]:
        return habits * affinity ** np.float32(self.config.affinity_exponent)

    def lift(self) -> NDArray[np.float32]:
        """trend_i^γ, (n_products,): the factor on every *for you* score of a product."""
        return self.trend_ ** np.float32(self.config.trend_exponent)

    def save(self, path: Path) -> None:
        """Write the artefact folder; the factorisation is a folder within it."""
        arrays = {
            "trend": self.trend_,
            "habit_data": self.habits_.data,
            "habit_indices": self.habits_.indices,
            "habit_indptr": self.habits_.indptr,
            "ranked": np.array(self.ranker_ is not None),
            "read": np.array(self.next_ is not None),
        }
        write_artefact(path, name=self.name, parameters=asdict(self.config), arrays=arrays)
        self.als_.save(path / "als")
        if self.ranker_ is not None:
            self.ranker_.save(path / "ranker")
        if self.next_ is not None:
            self.next_.save(path / "next_product")

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what ``save`` wrote. Raises ArtefactError."""
        parameters, arrays = read_artefact(path, name=cls.name)
        model = cls.from_parameters(parameters)
        model.als_ = Als.load(path / "als")
        model.members_ = model.als_.members_
        # older versions know neither
        ranked, read = arrays.get("ranked", False), arrays.get("read", False)
        model.ranker_ = PurchaseRanker.load(path / "ranker") if ranked else None
        model.next_ = NextProduct.load(path / "next_product") if read else None
        model.trend_ = arrays["trend"]
        parts = (arrays["habit_data"], arrays["habit_indices"], arrays["habit_indptr"])
        model.habits_ = sparse.csr_matrix(parts, shape=(len(model.members_), len(model.products_)))
        return model

    def _worth_ranking(self, interactions: Interactions) -> bool:
        days = np.ptp(interactions.timestamps) / SECONDS_PER_DAY
        known = days >= self.config.ranked_from_days
        return bool(known and _repeats(interactions) >= self.config.ranked_from_repeats)

    def _worth_reading(self, interactions: Interactions) -> bool:
        """Young shops where members come back have habits and trends; positions for dates have neither."""
        dated = interactions.timestamps.max() >= EARLIEST_SECOND
        if dated and _repeats(interactions) >= self.config.ranked_from_repeats:
            return False
        n = self.config.read_from_members
        return len(HeldBack.draw(interactions, n, rng=np.random.default_rng(0))) >= n

    def _trend(self, interactions: Interactions) -> NDArray[np.float32]:
        """Buys a day of late over buys a day in the long run, both smoothed by one long-run buy."""
        age = interactions.age_days()
        late, long_run = (
            np.bincount(
                interactions.product_rows, weights=np.exp2(-age / days), minlength=interactions.n_products
            )
            for days in (self.config.trend_days, self.config.long_run_days)
        )
        scale = self.config.long_run_days / self.config.trend_days
        return ((late * scale + 1) / (long_run + 1)).astype(np.float32)


def _repeats(interactions: Interactions) -> float:
    """The share of entries that repeat an earlier one of the same member and product."""
    return float(1.0 - interactions.to_csr().nnz / len(interactions))
