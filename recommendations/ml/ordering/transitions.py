"""Which product follows which: directed pairs a few steps apart, damped by popularity. No training.

A member with the history j_1 .. j_m (newest last) gives product i the score

    Σ_p  h_p · C[j_p, i] / ((out_{j_p} + κ)^a · (in_i + κ)^b)   + λ · the same between attributes

C[j, i] counts the pairs "i within ``window`` entries after j", each 1/distance^s, and those the other way
round for a fraction of it; h_p = (steps back + 1)^-d. A step is a moment: one order, however many lines.
Damping by popularity as in item-to-item collaborative filtering (Deshpande & Karypis, "Item-based top-N
recommendation algorithms", TOIS 2004); the direction and distance as in sequence rules (Ludewig & Jannach,
"Evaluation of session-based recommendation algorithms", UMUAI 2018).
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse

from learning.estimator import ModelFitError, Progress, read_artefact, silent, write_artefact
from learning.interactions import SECONDS_PER_DAY, Interactions
from learning.json_types import JsonMapping
from learning.step_texts import FITTED
from learning.vocabulary import Vocabulary
from recommendations.ml.artefact_parts import restored_matrix, stored_matrix
from recommendations.ml.histories import Histories
from recommendations.ml.ordering.attribute_transitions import AttributeTransitions
from recommendations.ml.ranking import NO_PRODUCT
from recommendations.ml.surfaces import FOR_YOU
from recommendations.ml.weighting import values_at


@dataclass(frozen=True)
class TransitionsConfig:
    """Chosen on the second-last products of public histories (benchmarks/recommendations)."""

    window: int = 10
    """Entries, not moments: large baskets would else make pairs without bound."""
    step_decay: float = 0.5
    backward: float = 0.3
    """Weight of "before" against "after"; within one moment both count alike."""
    history_decay: float = 1.2
    source_damping: float = 0.4
    target_damping: float = 0.3
    smoothing: float = 1.0
    half_life_days: float | None = None
    """Age at which a pair counts half; None where time stamps are no seconds, or nothing should fade."""
    attribute_weight: float = 0.3


class ItemTransitions:
    """``counts_``: (n_products, n_products) float32 sparse, C; ``origin_``: second to which ages count."""

    name: ClassVar[str] = "item_transitions"

    def __init__(self, config: TransitionsConfig | None = None) -> None:
        self.config = config or TransitionsConfig()

    @classmethod
    def from_parameters(cls, parameters: JsonMapping) -> Self:
        """The unfitted model of a stored configuration. Raises TypeError on parameters it does not have."""
        return cls(TransitionsConfig(**parameters))

    def fit(
        self, interactions: Interactions, /, *, rng: np.random.Generator, progress: Progress = silent
    ) -> Self:
        """Count. Nothing is drawn from ``rng``. Attributes of the products are used where given.

        Raises ModelFitError.
        """
        interactions.checked()
        self.members_, self.products_ = interactions.members, interactions.products
        self.origin_ = int(interactions.timestamps.max())
        histories = Histories.of(interactions)
        self.counts_ = self._count(histories, np.ones(len(interactions), dtype=np.bool_))
        self.attributes_ = interactions.attributes
        self._prepare()
        self.history_ = self._weighted(histories)
        progress(1.0, FITTED)
        return self

    def with_history(self, history: Interactions, /) -> Self:
        """The same counts for the members of ``history``; products that are not known are passed over."""
        other = copy.copy(self)
        other.members_ = history.members
        other.history_ = self._weighted(Histories.of(history.onto_products(self.products_)))
        return other

    def with_events(self, history: Interactions, new: Interactions, /) -> Self:
        """Counts and histories after the entries ``new``, none of them older than their member's ``history``.

        ``history`` holds all earlier entries of those members (others may be left out), over vocabularies of
        its own. The counts are exactly those of a fit on everything; the cost is that of the new entries.
        Members of the result are those of ``new``. Products that are not known wait for the next fit.
        """
        new.checked()
        known_old, known_new = history.onto_products(self.products_), new.onto_products(self.products_)
        rows = new.members.rows_of(history.members.ids)[known_old.member_rows]
        mine = rows >= 0
        both = Interactions(
            new.members,
            self.products_,
            np.concatenate([rows[mine], known_new.member_rows]),
            np.concatenate([known_old.product_rows[mine], known_new.product_rows]),
            np.concatenate([known_old.timestamps[mine], known_new.timestamps]),
            np.concatenate([known_old.values[mine], known_new.values]),
        )
        fresh = np.arange(len(both)) >= mine.sum()
        order = np.lexsort((both.timestamps, both.member_rows))
        other = copy.copy(self)
        other.members_ = new.members
        other.origin_ = max(self.origin_, int(new.timestamps.max()))
        histories = Histories.of(both)
        added = other._count(histories, fresh[order])
        faded = self._fading(np.array([other.origin_ - self.origin_]))[0]
        other.counts_ = (self.counts_ * faded + added).tocsr().astype(np.float32)
        other._prepare()
        other.history_ = self._weighted(histories)
        return other

    def score(self, member_rows: NDArray[np.int64], /, *, surface: str = FOR_YOU) -> NDArray[np.float32]:
        """(n, n_products) float32, >= 0, higher = likelier next; 0 for all without history."""
        return self._score_histories(self.history_[member_rows])

    def score_pairs(
        self, member_rows: NDArray[np.int64], product_rows: NDArray[np.int64], /, *, surface: str = FOR_YOU
    ) -> NDArray[np.float32]:
        """The scores of n single (member, product) pairs, (n,) float32."""
        lines, own, weights = self._own(member_rows)
        parts = weights * self.between(own, product_rows[lines])
        return np.bincount(lines, weights=parts, minlength=len(member_rows)).astype(np.float32)

    def score_lists(
        self, lists: Sequence[tuple[NDArray[np.int64], NDArray[np.int64]]]
    ) -> NDArray[np.float32]:
        """Scores straight from histories, (len(lists), n_products): for a live re-rank, a cart, a visitor.

        Each history is (product rows of ``products_``, their seconds), in any order; rows of -1 (not known)
        are passed over. Takes a few milliseconds, needs no member and changes nothing.
        """
        rows = np.concatenate(
            [np.asarray(own, dtype=np.int64) for own, _ in lists] or [np.zeros(0, np.int64)]
        )
        seconds = [np.asarray(times, dtype=np.int64) for _, times in lists]
        members = np.repeat(np.arange(len(lists)), [len(times) for times in seconds])
        known = rows >= 0
        history = Interactions(
            Vocabulary(np.arange(len(lists))),
            self.products_,
            members[known],
            rows[known],
            np.concatenate([*seconds, np.zeros(0, dtype=np.int64)])[known],
            np.ones(int(known.sum()), dtype=np.float32),
        )
        return self._score_histories(self._weighted(Histories.of(history)))

    def neighbours(
        self, product_rows: NDArray[np.int64], *, k: int, together: bool = False
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The ``k`` products that best follow each of ``product_rows`` (n,): (rows, scores), both (n, k).

        With ``together`` those that come before or after it alike (*bought together*). Never the product
        itself; short lists end in NO_PRODUCT with score 0.
        """
        n = len(product_rows)
        one = (np.ones(n, dtype=np.float32), (np.arange(n), product_rows))
        history = sparse.csr_matrix(one, shape=(n, len(self.products_)))
        scores = self._score_histories(history, both_ways=together)
        scores[np.arange(n), product_rows] = 0
        take = min(k, scores.shape[1])
        best, rows = (part.numpy() for part in torch.topk(torch.from_numpy(scores), take, dim=1))
        rows = np.where(best > 0, rows, NO_PRODUCT)
        padding = ((0, 0), (0, k - take))
        return np.pad(rows, padding, constant_values=NO_PRODUCT), np.pad(best, padding)

    def between(self, sources: NDArray[np.int64], targets: NDArray[np.int64]) -> NDArray[np.float32]:
        """What each of ``sources`` (n,), bought last, adds to the score of ``targets`` (n,), (n,) float32."""
        counted = values_at(self.counts_, sources, targets)
        parts = counted * self.out_scale_[sources] * self.in_scale_[targets]
        if self.kinds_ is not None and len(sources):
            parts = parts + self.config.attribute_weight * self.kinds_.between(sources, targets)
        return np.asarray(parts, dtype=np.float32)

    def contributions(
        self, member_rows: NDArray[np.int64], product_rows: NDArray[np.int64]
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]]:
        """What each product of a member's history adds to the scores of ``product_rows`` (n, t).

        Yields (places (b,) in ``member_rows``, own product rows (b, h) padded with -1, parts (b, h, t)), as
        ``Als.contributions`` does. The parts of one product sum to its score.
        """
        for place, member in enumerate(member_rows):
            line = self.history_[[member]]
            own, targets = line.indices.astype(np.int64), product_rows[place]
            sources = np.repeat(own, len(targets))
            parts = self.between(sources, np.tile(targets, len(own))).reshape(len(own), len(targets))
            yield np.array([place]), own[None, :], (parts * line.data[:, None])[None, :, :]

    def save(self, path: Path) -> None:
        """Write the artefact folder."""
        arrays = {
            "member_ids": self.members_.ids,
            "product_ids": self.products_.ids,
            "origin": np.array([self.origin_]),
            **stored_matrix("counts", self.counts_),
            **stored_matrix("history", self.history_),
            **({} if self.attributes_ is None else stored_matrix("attributes", self.attributes_)),
        }
        write_artefact(path, name=self.name, parameters=asdict(self.config), arrays=arrays)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what ``save`` wrote. Raises ArtefactError."""
        parameters, arrays = read_artefact(path, name=cls.name)
        model = cls.from_parameters(parameters)
        model.members_, model.products_ = Vocabulary(arrays["member_ids"]), Vocabulary(arrays["product_ids"])
        model.origin_ = int(arrays["origin"][0])
        model.counts_, model.history_ = restored_matrix("counts", arrays), restored_matrix("history", arrays)
        model.attributes_ = restored_matrix("attributes", arrays) if "attributes_data" in arrays else None
        model._prepare()
        return model

    def _count(self, histories: Histories, counted: NDArray[np.bool_]) -> sparse.csr_matrix:
        """C from the pairs whose later entry is ``counted`` (n,)."""
        sources, targets, weights = [], [], []
        fading = self._fading(self.origin_ - histories.timestamps) * histories.values
        for earlier, later in histories.pairs(self.config.window):
            kept = counted[later]
            earlier, later = earlier[kept], later[kept]
            distance = histories.steps[later] - histories.steps[earlier]
            weight = np.maximum(distance, 1).astype(np.float32) ** -self.config.step_decay * fading[later]
            mean = (1 + self.config.backward) / 2
            forth = np.where(distance == 0, mean, 1).astype(np.float32)
            back = np.where(distance == 0, mean, self.config.backward).astype(np.float32)
            sources += [histories.product_rows[earlier], histories.product_rows[later]]
            targets += [histories.product_rows[later], histories.product_rows[earlier]]
            weights += [weight * forth, weight * back]
        shape = (histories.n_products, histories.n_products)
        if not sources:
            return sparse.csr_matrix(shape, dtype=np.float32)
        places = (np.concatenate(sources), np.concatenate(targets))
        counts = sparse.csr_matrix((np.concatenate(weights), places), shape=shape, dtype=np.float32)
        counts.sort_indices()
        if not np.isfinite(counts.data).all():
            raise ModelFitError("the pair counts did not stay finite; give smaller values")
        return counts

    def _fading(self, age_seconds: NDArray[np.int64]) -> NDArray[np.float32]:
        if self.config.half_life_days is None:
            return np.ones(len(age_seconds), dtype=np.float32)
        half_lives = age_seconds / (SECONDS_PER_DAY * self.config.half_life_days)
        return np.exp2(-half_lives).astype(np.float32)

    def _prepare(self) -> None:
        """The scales and attribute steps that follow from the counts."""
        smoothing = self.config.smoothing
        out, into = (np.asarray(self.counts_.sum(axis=axis)).ravel() + smoothing for axis in (1, 0))
        self.out_scale_ = (out**-self.config.source_damping).astype(np.float32)
        self.in_scale_ = (into**-self.config.target_damping).astype(np.float32)
        self.kinds_: AttributeTransitions | None = None
        if self.attributes_ is not None and self.attributes_.nnz and self.config.attribute_weight:
            self.kinds_ = AttributeTransitions().fit(self.counts_, self.attributes_)

    def _weighted(self, histories: Histories) -> sparse.csr_matrix:
        """h: (n_members, n_products), newest moments strongest."""
        recency = (histories.steps_back() + 1).astype(np.float32) ** -self.config.history_decay
        return histories.weighted(recency * histories.values)

    def _score_histories(self, history: sparse.csr_matrix, *, both_ways: bool = False) -> NDArray[np.float32]:
        def scores(counts: sparse.csr_matrix) -> NDArray[np.float32]:
            scores = (history.multiply(self.out_scale_[None, :]).tocsr() @ counts).toarray()
            return np.asarray(scores * self.in_scale_[None, :], dtype=np.float32)

        result = scores(self.counts_)
        if both_ways:
            result += scores(self.counts_.T.tocsr())
        if self.kinds_ is not None:
            result += np.float32(self.config.attribute_weight) * self.kinds_.score(history)
        return result

    def _own(
        self, member_rows: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
        """(place in ``member_rows``, own product, weight) of every entry of the members' histories."""
        lines = self.history_[member_rows]
        places = np.repeat(np.arange(len(member_rows)), np.diff(lines.indptr))
        return places, lines.indices.astype(np.int64), lines.data
