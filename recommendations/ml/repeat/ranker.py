"""A learned ranker for repeat purchases: what is bought again, and which new products sell to whom.

1. The state of the shop at several earlier moments is rebuilt (purchase_snapshot.py): for each member the
   products that may come next, with features of habit, due-ness, trend, season and similar members.
2. What was bought within the next four weeks is the label; boosted trees learn to rank it
   (LambdaMART: Burges, "From RankNet to LambdaRank to LambdaMART", 2010), one forest for each surface.
3. The same features as of now, and the trees, give the scores.

Where the history is too short for that, habit and neighbours are added up without trees.
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

from learning.boosting import lightgbm as lgb
from learning.estimator import Array, ArtefactError, Progress, part, read_artefact, silent, write_artefact
from learning.interactions import SECONDS_PER_DAY, Interactions
from learning.json_types import JsonMapping
from learning.step_texts import FITTED, PAIRS, StepText
from learning.vocabulary import Vocabulary
from recommendations.ml.artefact_parts import restored_matrix, stored_matrix
from recommendations.ml.repeat.features import NAMES, PRODUCT_NAMES
from recommendations.ml.repeat.forests import ForestSettings, forest_of, learn_forests
from recommendations.ml.repeat.kinds import kinds_of
from recommendations.ml.repeat.log import PurchaseLog, purchase_value
from recommendations.ml.repeat.snapshot import CandidateConfig, Pairs, Snapshot
from recommendations.ml.repeat.training_pairs import TrainingPairs, joined, thinned
from recommendations.ml.repeat.user_neighbours import Neighbours, NeighboursConfig
from recommendations.ml.surfaces import BUY_AGAIN, FOR_YOU, SURFACES

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]
FLOOR = np.float32(-10.0)
"""Below every tree sum: products that are no candidates, the more popular ones less far."""


@dataclass(frozen=True)
class PurchaseRankerConfig:
    """Chosen on the 28 days before the test windows (benchmarks/recommendations/repeat_purchases.py)."""

    neighbours: NeighboursConfig = field(default_factory=NeighboursConfig)
    candidates: CandidateConfig = field(default_factory=CandidateConfig)
    horizon_days: int = 28
    step_days: int = 14
    moments: int = 6
    """Moments looked back to, ``step_days`` apart; three more of last year's season where it is known."""
    least_past_days: int = 60
    """A moment needs so much history before it."""
    members_a_moment: int = 650
    negatives: int = 45
    """Candidates a member that were not bought and are learned from, on average."""
    trees: int = 130
    leaves: tuple[int, ...] = (15, 8)
    """One forest for each, averaged. Larger trees learn the noise of a shop of 70,000 products."""
    least_in_leaf: int = 200
    learning_rate: float = 0.05


class PurchaseRanker:
    """``forests_``: surface -> boosters; ``snapshot_``: the shop as of the newest purchase."""

    name: ClassVar[str] = "purchase_ranker"

    def __init__(self, config: PurchaseRankerConfig | None = None) -> None:
        self.config = config or PurchaseRankerConfig()
        self._learned: Vocabulary
        self._kept: dict[tuple[str, bytes], tuple[Pairs, Floats]] = {}
        self._signals: dict[bytes, list[Floats]] = {}

    @classmethod
    def from_parameters(cls, parameters: JsonMapping) -> Self:
        """The unfitted model of a stored configuration. Raises TypeError on parameters it does not have."""
        given = dict(parameters)
        given["neighbours"] = NeighboursConfig(**given.get("neighbours", {}))
        given["candidates"] = CandidateConfig(**given.get("candidates", {}))
        given["leaves"] = tuple(given.get("leaves", PurchaseRankerConfig.leaves))
        return cls(PurchaseRankerConfig(**given))

    def fit(
        self,
        interactions: Interactions,
        /,
        *,
        rng: np.random.Generator,
        progress: Progress = silent,
        earlier: PurchaseRanker | None = None,
    ) -> Self:
        """Fit the trees on earlier states of the shop, and keep its state as of now. Raises ModelFitError.

        ``earlier`` was fitted on a beginning of these very purchases: the training pairs of moments that both
        look back to are taken from it.
        """
        interactions.checked()
        self.members_, self.products_ = interactions.members, interactions.products
        self._learned = interactions.members
        self.least_value_ = purchase_value(interactions)
        log = PurchaseLog.of(interactions, least_value=self.least_value_)
        kinds = kinds_of(interactions.attributes, interactions.n_products)
        moments = self._moments(log)
        self.examples_: dict[int, dict[str, TrainingPairs]] = {}
        for done, moment in enumerate(moments):
            known = None if earlier is None else earlier.examples_of(moment, config=self.config)
            self.examples_[moment] = known or self._training_pairs(log, moment, kinds, rng)
            progress(0.6 * (done + 1) / len(moments), StepText(PAIRS, n=done + 1, total=len(moments)))
        learned = {
            surface: learn_forests(
                [examples[surface] for examples in self.examples_.values()],
                settings=ForestSettings(
                    self.config.trees,
                    self.config.leaves,
                    self.config.least_in_leaf,
                    self.config.learning_rate,
                ),
                rng=rng,
                progress=part(progress, 0.6 + 0.15 * n, 0.75 + 0.15 * n),
            )
            for n, surface in enumerate(SURFACES)
        }
        self.forests_ = {surface: forests for surface, (forests, _) in learned.items()}
        self.scales_ = {surface: scales for surface, (_, scales) in learned.items()}
        self.as_of_ = log.as_of
        self.snapshot_ = Snapshot.fit(log, self.config.neighbours, kinds)
        self._forget()
        progress(1.0, FITTED)
        return self

    def with_history(self, history: Interactions, /) -> Self:
        """The same trees, products and neighbours, for the members of ``history``.

        A part of the members gets what it gets among all of them, given the ``as_of`` of all of them.
        """
        other = copy.copy(self)
        known = history.onto_products(self.products_)
        newest = int(known.timestamps.max(initial=0)) if known.as_of is None else known.as_of
        today = (newest // SECONDS_PER_DAY + 1) * SECONDS_PER_DAY
        log = PurchaseLog.of(known, as_of=max(self.as_of_, today), least_value=self.least_value_)
        themselves = self._learned.rows_of(history.members.ids)
        other.members_ = history.members
        other.snapshot_ = self.snapshot_.with_members(log, themselves)
        other._forget()
        return other

    def score(self, member_rows: NDArray[np.int64], /, *, surface: str = FOR_YOU) -> NDArray[np.float32]:
        """(n, n_products) float32, > 0, higher = likelier; no candidates get about e^FLOOR."""
        scores = np.repeat(self._floor()[None, :], len(member_rows), axis=0)
        pairs, values = self._scored(member_rows, surface)
        scores[pairs.lines, pairs.product_rows] = values
        return np.exp(scores)

    def score_pairs(
        self, member_rows: NDArray[np.int64], product_rows: NDArray[np.int64], /, *, surface: str = FOR_YOU
    ) -> NDArray[np.float32]:
        """The scores of n single (member, product) pairs, (n,) float32."""
        scores = self._floor()[product_rows]
        if len(member_rows) == 0:
            return np.exp(scores)
        members, lines = np.unique(member_rows, return_inverse=True)
        pairs, values = self._scored(members, surface)
        n = len(self.products_)
        stored = pairs.lines * n + pairs.product_rows  # grows
        wanted = lines * n + product_rows
        at = np.searchsorted(stored, wanted).clip(max=max(len(stored) - 1, 0))
        if len(stored):
            scores = np.where(stored[at] == wanted, values[at], scores)
        return np.exp(scores).astype(np.float32)

    def contributions(
        self, member_rows: NDArray[np.int64], product_rows: NDArray[np.int64]
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]]:
        """How much each own product of a member adds to ``product_rows`` (n, t).

        Yields, a member at a time, places (1,), own products (1, h) and parts (1, h, t): the terms of the
        item-item sums that are features of the trees, those of newer purchases larger. Trees have no exact
        terms.
        """
        for place, member in enumerate(member_rows):
            own, parts = self.snapshot_.terms(int(member), product_rows[place])
            yield np.array([place]), own[None, :], parts[None, :, :]

    def importance(self, surface: str) -> dict[str, float]:
        """Feature -> its share of the trees' gain, largest first; {} where there are no trees."""
        gains = np.zeros(len(NAMES))
        for forest in self.forests_[surface]:
            gains += forest.feature_importance("gain")
        if not gains.sum():
            return {}
        order = np.argsort(-gains, kind="stable")
        return {NAMES[n]: float(gains[n] / gains.sum()) for n in order}

    def save(self, path: Path) -> None:
        """Write the artefact folder; the trees in LightGBM's own text format."""
        shop, log = self.snapshot_.neighbours, self.snapshot_.log
        arrays: dict[str, Array] = {
            "member_ids": self.members_.ids,
            "learned_ids": self._learned.ids,
            "product_ids": self.products_.ids,
            "as_of": np.array([self.as_of_, log.as_of]),
            "least_value": np.array(self.least_value_),
            "products": self.snapshot_.products,
            "kinds": self.snapshot_.product_kinds,
            "universe": shop.universe,
            "together": shop.together,
            "next_order": shop.next_order,
            "ease_places": shop.ease_places,
            "log": np.stack((log.member_rows, log.product_rows, log.timestamps)),
        }
        for name in ("follows", "tastes", "ever", "lately"):
            arrays |= stored_matrix(name, getattr(shop, name))
        arrays["forests"] = np.array([len(self.forests_[surface]) for surface in SURFACES])
        for surface in SURFACES:
            arrays[f"scales_{surface}"] = self.scales_[surface]
        write_artefact(path, name=self.name, parameters=asdict(self.config), arrays=arrays)
        for surface in SURFACES:
            for n, forest in enumerate(self.forests_[surface]):
                (path / f"{surface}-{n}.txt").write_text(forest.model_to_string(), encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what ``save`` wrote. Raises ArtefactError."""
        parameters, arrays = read_artefact(path, name=cls.name)
        if arrays["products"].shape[1] != len(PRODUCT_NAMES):
            raise ArtefactError(f"{path.name} is of an older version, with other features; train it again")
        model = cls.from_parameters(parameters)
        model.members_, model.products_ = Vocabulary(arrays["member_ids"]), Vocabulary(arrays["product_ids"])
        model._learned = Vocabulary(arrays["learned_ids"])
        model.as_of_, model.least_value_ = int(arrays["as_of"][0]), float(arrays["least_value"])
        matrices = {name: restored_matrix(name, arrays) for name in ("follows", "tastes", "ever", "lately")}
        shop = Neighbours(
            config=model.config.neighbours,
            universe=arrays["universe"],
            together=arrays["together"],
            next_order=arrays["next_order"],
            ease_places=arrays["ease_places"],
            **matrices,
        )
        sizes = (len(model.members_), len(model.products_))
        members, products, seconds = arrays["log"]
        log = PurchaseLog(*sizes, members, products, seconds, int(arrays["as_of"][1]))
        themselves = model._learned.rows_of(model.members_.ids)
        model.snapshot_ = Snapshot(log, shop, arrays["products"], arrays["kinds"], themselves)
        try:
            model.forests_ = {
                surface: [
                    forest_of((path / f"{surface}-{n}.txt").read_text("utf-8")) for n in range(int(count))
                ]
                for surface, count in zip(SURFACES, arrays["forests"], strict=True)
            }
        except (OSError, lgb.basic.LightGBMError) as error:
            raise ArtefactError(f"cannot read the trees in {path.name}: {error}") from error
        model.scales_ = {surface: arrays[f"scales_{surface}"] for surface in SURFACES}
        return model

    # --- looking back

    def examples_of(self, moment: int, *, config: PurchaseRankerConfig) -> dict[str, TrainingPairs] | None:
        """What was learned from at ``moment`` with this ``config``; None unless all of its answers were in.

        A loaded model remembers none.
        """
        answered = moment + config.horizon_days * SECONDS_PER_DAY <= self.as_of_
        return getattr(self, "examples_", {}).get(moment) if answered and config == self.config else None

    def _moments(self, log: PurchaseLog) -> list[int]:
        """Unix seconds, newest first, each with history before it and the whole horizon after it known."""
        config = self.config
        recent = [config.horizon_days + n * config.step_days for n in range(config.moments)]
        season = [364 + n * config.step_days for n in (-1, 0, 1)]
        oldest = float(log.age_days.max()) if len(log) else 0.0
        days = [day for day in recent if day + config.least_past_days <= oldest]
        days += [day for day in season if day + 3 * config.least_past_days <= oldest and day > recent[-1]]
        return [log.as_of - day * SECONDS_PER_DAY for day in days]

    def _training_pairs(
        self, log: PurchaseLog, moment: int, kinds: Rows, rng: np.random.Generator
    ) -> dict[str, TrainingPairs]:
        past = log.before(moment)
        snapshot = Snapshot.fit(past, self.config.neighbours, kinds)
        answers = {surface: self._answers(log, past, surface) for surface in SURFACES}
        members = np.unique(np.concatenate([pairs // log.n_products for pairs in answers.values()]))
        if len(members) > self.config.members_a_moment:
            members = np.sort(rng.choice(members, self.config.members_a_moment, replace=False))
        examples: dict[str, list[TrainingPairs]] = {surface: [] for surface in SURFACES}
        for rows in _batches(members):
            signals = snapshot.signals(rows)
            for surface in SURFACES:
                config = self.config.candidates
                pairs = snapshot.candidates(rows, surface=surface, config=config, signals=signals)
                keys = rows[pairs.lines] * log.n_products + pairs.product_rows
                right = np.isin(keys, answers[surface])
                examples[surface].append(thinned(pairs, right, self.config.negatives, rng))
        return {surface: joined(parts) for surface, parts in examples.items()}

    def _answers(self, log: PurchaseLog, past: PurchaseLog, surface: str) -> Rows:
        """member row * n_products + product row of what was right after ``past``, sorted."""
        end = past.as_of + self.config.horizon_days * SECONDS_PER_DAY
        if surface == BUY_AGAIN:
            lines = log.first_orders(start=past.as_of, end=end)
        else:
            lines = (log.timestamps >= past.as_of) & (log.timestamps < end)
        members, products = log.member_rows[lines], log.product_rows[lines]
        keep = np.bincount(past.member_rows, minlength=log.n_members)[members] > 0
        if surface != BUY_AGAIN:
            keep &= past.habits.find(members, products) < 0
        return np.unique(members[keep] * log.n_products + products[keep])

    # --- scoring

    def _scored(self, member_rows: Rows, surface: str) -> tuple[Pairs, Floats]:
        """Candidates and their scores; those of the last call are kept, since reasons need them again."""
        key = (surface, member_rows.tobytes())
        if key not in self._kept:
            parts = [self._of_batch(rows, surface) for rows in _batches(member_rows)]
            offsets = np.cumsum([0, *(len(rows) for rows in _batches(member_rows))])
            none = np.zeros(0, dtype=np.int64)
            pairs = Pairs(
                np.concatenate([none, *(p.lines + o for (p, _), o in zip(parts, offsets, strict=False))]),
                np.concatenate([none, *(p.product_rows for p, _ in parts)]),
                np.zeros((0, 0), dtype=np.float32),
            )
            values = np.concatenate([np.zeros(0, dtype=np.float32), *(scores for _, scores in parts)])
            self._kept = {key: (pairs, values)}
        return self._kept[key]

    def _of_batch(self, member_rows: Rows, surface: str) -> tuple[Pairs, Floats]:
        key = member_rows.tobytes()
        if key not in self._signals:  # the other surface asks for the same members next
            self._signals = {key: self.snapshot_.signals(member_rows)}
        pairs = self.snapshot_.candidates(
            member_rows, surface=surface, config=self.config.candidates, signals=self._signals[key]
        )
        if not len(pairs.lines):
            return pairs, np.zeros(0, dtype=np.float32)
        forests = self.forests_[surface]
        if not forests:
            return pairs, pairs.without_trees(surface)
        total = np.zeros(len(pairs.lines))
        for forest, scale in zip(forests, self.scales_[surface], strict=True):
            total += scale * forest.predict(pairs.features, num_threads=torch.get_num_threads())
        return pairs, np.maximum(total / len(forests), FLOOR + 2).astype(np.float32)

    def _floor(self) -> Floats:
        """(n_products,): FLOOR and, at most 1 above it, what sells."""
        sold = np.nan_to_num(self.snapshot_.products[:, NAMES.index("sold_28d")])
        return (FLOOR + sold / max(float(sold.max(initial=0.0)), 1e-6)).astype(np.float32)

    def _forget(self) -> None:
        self._kept = {}
        self._signals = {}


def _batches(member_rows: Rows, size: int = 512) -> list[Rows]:
    return [member_rows[begin : begin + size] for begin in range(0, len(member_rows), size)]
