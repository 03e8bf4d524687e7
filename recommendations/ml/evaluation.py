"""Judging recommenders on a file: who is asked, what was right, and how good the lists are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from learning import ranking_metrics as metrics
from learning.interaction_files import InputError
from learning.interactions import Interactions
from learning.measuring import Cost, measured
from learning.splitting import leave_last_out, rolling_folds
from recommendations.ml.als import Als
from recommendations.ml.blend import Blend
from recommendations.ml.gan import Gan
from recommendations.ml.item_transitions import ItemTransitions
from recommendations.ml.neural_cf import NeuralCf
from recommendations.ml.popularity import Popularity
from recommendations.ml.purchase_ranker import PurchaseRanker
from recommendations.ml.ranking import top_k
from recommendations.ml.recommender import Recommender
from recommendations.ml.sequence_transformer import SequenceTransformer
from recommendations.ml.surfaces import BUY_AGAIN, FOR_YOU

MODELS: dict[str, type[Recommender]] = {
    "popularity": Popularity,
    "item_transitions": ItemTransitions,
    "als": Als,
    "neural_cf": NeuralCf,
    "gan": Gan,
    "sequence_transformer": SequenceTransformer,
    "purchase_ranker": PurchaseRanker,
    "blend": Blend,
}
MEMBERS_AT_ONCE = 256
K = 10


@dataclass(frozen=True, eq=False)
class Trial:
    """One fold: what a model may learn from, and what it is asked.

    ``relevant[n]`` holds the product rows (of ``train.products``) that were right for the member in row
    ``member_rows[n]`` of ``history.members``; ``n_relevant`` counts also those that no model could know.
    """

    fold: int
    surface: str
    train: Interactions
    history: Interactions
    member_rows: NDArray[np.int64]
    relevant: list[NDArray[np.int64]]
    n_relevant: NDArray[np.int64]
    exclude_seen: bool

    def sample(self, n: int, *, rng: np.random.Generator) -> Trial:
        """The same trial over at most ``n`` of its members, drawn from ``rng``."""
        if len(self.member_rows) <= n:
            return self
        chosen = np.sort(rng.choice(len(self.member_rows), size=n, replace=False))
        return replace(
            self,
            member_rows=self.member_rows[chosen],
            relevant=[self.relevant[line] for line in chosen],
            n_relevant=self.n_relevant[chosen],
        )


@dataclass(frozen=True, eq=False)
class Outcome:
    """One model on one trial: its lists, best first, and the figures of each member."""

    model: str
    fold: int
    seed: int
    member_ids: NDArray[Any]
    product_ids: NDArray[Any]
    ndcg: NDArray[np.float64]
    figures: dict[str, float | int | str] = field(default_factory=dict)


def leave_last_out_trial(interactions: Interactions, *, part: str = "test") -> Trial:
    """Each member's last product is asked for; the history is all before it, the parameters come from all but
    the last two. With ``part="validation"`` the second-last is asked for, from the history before it.

    Seen products are excluded; a member whose product was seen before cannot be answered and is left out.
    Raises InputError when no member is left.
    """
    split = leave_last_out(interactions.member_rows, interactions.timestamps)
    train = interactions.where(_mask(len(interactions), split.train, split.short))
    asked, extra = (split.test, split.validation) if part == "test" else (split.validation, split.train[:0])
    history = interactions.where(_mask(len(interactions), split.train, split.short, extra))
    member_rows, product_rows = interactions.member_rows[asked], interactions.product_rows[asked]
    new = ~_contains(history.to_csr(), member_rows, product_rows)
    if not new.any():
        raise InputError("no member has three products of which the last is new; leave-last-out needs one")
    relevant = list(product_rows[new][:, None])  # one product each
    ones = np.ones(len(relevant), dtype=np.int64)
    return Trial(0, FOR_YOU, train, history, member_rows[new], relevant, ones, exclude_seen=True)


def time_split_trials(
    interactions: Interactions, *, cut: int, horizon_days: int, surface: str, folds: int = 1
) -> Iterator[Trial]:
    """One global cut a fold. *buy-again* asks for the first order after the cut, everything ranked; *for-you*
    for the products bought within the horizon that are new to the member. Members need a past.

    Raises InputError when a side of the cut is empty.
    """
    cuts = rolling_folds(interactions.timestamps, first_cut=cut, horizon_days=horizon_days, folds=folds)
    for fold, (before, after) in enumerate(cuts):
        if not before.any() or not after.any():
            side = "before the cut" if not before.any() else f"in the {horizon_days} days from the cut"
            raise InputError(f"fold {fold}: there are no interactions {side}; choose another --cut")
        yield _time_split_trial(interactions, before=before, after=after, fold=fold, surface=surface)


def evaluate(trial: Trial, *, model: str, seed: int, list_length: int = K) -> Outcome:
    """Fit ``model`` on the trial's training part and judge its lists. Raises InputError, ModelFitError."""
    if model not in MODELS:
        raise InputError(f"there is no model {model!r}; known: {', '.join(MODELS)}")
    with measured() as cost:
        fitted: Recommender = MODELS[model]().fit(trial.train, rng=np.random.default_rng(seed))
    if trial.history is not trial.train:
        fitted = fitted.with_history(trial.history)
    return judge(fitted, trial, seed=seed, cost=cost, list_length=list_length)


def judge(fitted: Recommender, trial: Trial, *, seed: int, cost: Cost, list_length: int = K) -> Outcome:
    """The figures of a fitted model, whose member rows are those of ``trial.history``."""
    ranked = _lists(fitted, trial, k=max(K, list_length))
    hits = metrics.hits_of(ranked[:, :K], trial.relevant)
    ndcg = metrics.ndcg_at_k(hits, trial.n_relevant)
    low, high = metrics.bootstrap_interval(ndcg, rng=np.random.default_rng(seed), draws=300)
    train = trial.train.to_csr()
    buyers = np.bincount(train.indices, minlength=train.shape[1]).astype(np.int64)
    figures: dict[str, float | int | str] = {
        "model": fitted.name,
        "fold": trial.fold,
        "fit_seconds": round(cost.wall_seconds, 3),
        "cpu_seconds": round(cost.cpu_seconds, 3),
        "peak_rss_mb": round(cost.peak_rss_mb, 1),
        "ndcg@10": float(ndcg.mean()),
        "recall@10": float(metrics.recall_at_k(hits, trial.n_relevant).mean()),
        "mrr@10": float(metrics.mrr_at_k(hits).mean()),
        "coverage@10": metrics.coverage(ranked[:, :K], n_products=len(buyers)),
        "map@10": float(metrics.average_precision_at_k(hits, trial.n_relevant).mean()),
        "novelty@10": metrics.novelty(ranked[:, :K], buyers=buyers, n_members=trial.train.n_members),
        "popularity_share@10": metrics.popularity_share(ranked[:, :K], buyers=buyers),
        "ndcg@10_low": low,
        "ndcg@10_high": high,
        "seed": seed,
        "surface": trial.surface,
        "members": len(trial.member_rows),
        "products": len(buyers),
    }
    member_ids = trial.history.members.ids[trial.member_rows]
    product_ids = _product_ids(trial, ranked[:, :list_length])
    return Outcome(fitted.name, trial.fold, seed, member_ids, product_ids, ndcg, figures)


def _time_split_trial(
    interactions: Interactions,
    *,
    before: NDArray[np.bool_],
    after: NDArray[np.bool_],
    fold: int,
    surface: str,
) -> Trial:
    train = interactions.where(before).narrowed()
    window = interactions.where(after)
    member_rows = train.members.rows_of(interactions.members.ids)[window.member_rows]
    product_rows = train.products.rows_of(interactions.products.ids)[window.product_rows]
    keep = member_rows >= 0
    if surface == BUY_AGAIN:
        first = np.full(interactions.n_members, np.iinfo(np.int64).max)
        np.minimum.at(first, window.member_rows, window.timestamps)
        keep &= window.timestamps == first[window.member_rows]
    else:
        keep &= ~_contains(train.to_csr(), member_rows, product_rows)
    # the product's row in the whole file tells apart those the training part does not know
    wanted = np.unique(np.stack([member_rows[keep], window.product_rows[keep], product_rows[keep]]), axis=1)
    if wanted.shape[1] == 0:
        raise InputError(f"fold {fold}: nobody with orders before the cut can be asked about {surface}")
    asked, starts, n_relevant = np.unique(wanted[0], return_index=True, return_counts=True)
    relevant = [rows[rows >= 0] for rows in np.split(wanted[2], starts[1:])]
    return Trial(fold, surface, train, train, asked, relevant, n_relevant, exclude_seen=surface == FOR_YOU)


def _lists(fitted: Recommender, trial: Trial, *, k: int) -> NDArray[np.int64]:
    seen = trial.history.to_csr()
    parts: list[NDArray[np.int64]] = []
    for begin in range(0, len(trial.member_rows), MEMBERS_AT_ONCE):
        rows = trial.member_rows[begin : begin + MEMBERS_AT_ONCE]
        scores = fitted.score(rows, surface=trial.surface)
        parts.append(top_k(scores, k, exclude=seen[rows] if trial.exclude_seen else None)[0])
    return np.concatenate(parts)


def _product_ids(trial: Trial, ranked: NDArray[np.int64]) -> NDArray[Any]:
    """Ids of the ranked rows; the empty places of a short list hold -1, or "" among text ids."""
    ids = trial.train.products.ids
    nothing = np.array("" if ids.dtype.kind == "U" else -1, dtype=ids.dtype)
    return np.where(ranked >= 0, ids[ranked], nothing)


def _contains(
    matrix: sparse.csr_matrix, rows: NDArray[np.int64], columns: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Whether ``matrix`` stores an entry at each (row, column), (n,) bool; False where either is -1."""
    lines = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    stored = lines * matrix.shape[1] + matrix.indices
    known = (rows >= 0) & (columns >= 0)
    # numpy's own choice would be a table of all possible pairs, gigabytes of it
    return known & np.isin(rows * matrix.shape[1] + columns, stored, kind="sort")


def _mask(n: int, *parts: Sequence[int] | NDArray[np.int64]) -> NDArray[np.bool_]:
    mask = np.zeros(n, dtype=np.bool_)
    for part in parts:
        mask[part] = True
    return mask
