"""Judging recommenders on a file: the trial, the lists of a model, and their figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from learning.interaction_files import InputError
from learning.json_types import JsonObject
from learning.measuring import Cost, measured
from learning.metrics import ranking as metrics
from learning.vocabulary import Ids
from recommendations.ml.judging.trials import Trial
from recommendations.ml.model_list import MODELS, recommender
from recommendations.ml.ranking import top_k
from recommendations.ml.recommender import Recommender

MEMBERS_AT_ONCE = 256
K = 10


@dataclass(frozen=True, eq=False)
class Outcome:
    """One model on one trial: its lists, best first, and the figures of each member."""

    model: str
    fold: int
    seed: int
    member_ids: Ids
    product_ids: Ids
    ndcg: NDArray[np.float64]
    figures: JsonObject = field(default_factory=dict)
    """Numbers and words by name; ``by_history_length`` and ``by_group`` hold figures of parts."""


def evaluate(
    trial: Trial,
    *,
    model: str,
    seed: int,
    list_length: int = K,
    groups: Mapping[str, str] | None = None,
    unfitted: Recommender | None = None,
) -> Outcome:
    """Fit ``model`` on the trial's training part and judge its lists. Raises InputError, ModelFitError.

    ``unfitted`` is that model with settings other than its defaults.
    """
    if model not in MODELS:
        raise InputError(f"there is no model {model!r}; known: {', '.join(MODELS)}")
    with measured() as cost:
        fitted = (unfitted or recommender(model)).fit(trial.train, rng=np.random.default_rng(seed))
    if trial.history is not trial.train:
        fitted = fitted.with_history(trial.history)
    return judge(fitted, trial, seed=seed, cost=cost, list_length=list_length, groups=groups)


def judge(
    fitted: Recommender,
    trial: Trial,
    *,
    seed: int,
    cost: Cost,
    list_length: int = K,
    groups: Mapping[str, str] | None = None,
) -> Outcome:
    """The figures of a fitted model, whose member rows are those of ``trial.history``.

    ``groups``: the text of a member's id -> what group the member is in, for figures by group.
    """
    ranked = _lists(fitted, trial, k=max(K, list_length))
    hits = metrics.hits_of(ranked[:, :K], trial.relevant)
    ndcg = metrics.ndcg_at_k(hits, trial.n_relevant)
    low, high = metrics.bootstrap_interval(ndcg, rng=np.random.default_rng(seed), draws=300)
    train = trial.train.to_csr()
    buyers = np.bincount(train.indices, minlength=train.shape[1]).astype(np.int64)
    recall = metrics.recall_at_k(hits, trial.n_relevant)
    figures: JsonObject = {
        "model": fitted.name,
        "fold": trial.fold,
        "fit_seconds": round(cost.wall_seconds, 3),
        "cpu_seconds": round(cost.cpu_seconds, 3),
        "peak_rss_mb": round(cost.peak_rss_mb, 1),
        "ndcg@10": float(ndcg.mean()),
        "recall@10": float(recall.mean()),
        "mrr@10": float(metrics.mrr_at_k(hits).mean()),
        "coverage@10": metrics.coverage(ranked[:, :K], n_products=len(buyers)),
        "map@10": float(metrics.average_precision_at_k(hits, trial.n_relevant).mean()),
        "novelty@10": metrics.novelty(ranked[:, :K], buyers=buyers, n_members=trial.train.n_members),
        "popularity_share@10": metrics.popularity_share(ranked[:, :K], buyers=buyers),
        **_diversity(trial, ranked[:, :K]),
        "ndcg@10_low": low,
        "ndcg@10_high": high,
        "seed": seed,
        "surface": trial.surface,
        "members": len(trial.member_rows),
        "products": len(buyers),
        **_by_part(trial, {"ndcg@10": ndcg, "recall@10": recall}, groups),
    }
    member_ids = trial.history.members.ids[trial.member_rows]
    product_ids = _product_ids(trial, ranked[:, :list_length])
    return Outcome(fitted.name, trial.fold, seed, member_ids, product_ids, ndcg, figures)


def _diversity(trial: Trial, ranked: NDArray[np.int64]) -> dict[str, float]:
    """How unlike the products of a list are; nothing where no list has two whose attributes are known."""
    if trial.train.attributes is None:
        return {}
    values = metrics.intra_list_diversity(ranked, trial.train.attributes)
    known = values[~np.isnan(values)]
    return {"diversity@10": float(known.mean())} if len(known) else {}


def _by_part(
    trial: Trial, values: Mapping[str, NDArray[np.float64]], groups: Mapping[str, str] | None
) -> dict[str, dict[str, dict[str, float]]]:
    """Means over members with short, medium and long histories, and over groups where they are given."""
    counts = np.bincount(trial.history.member_rows, minlength=trial.history.n_members)[trial.member_rows]
    parts = metrics.by_part({**values, "entries": counts.astype(np.float64)}, metrics.history_thirds(counts))
    figures = {"by_history_length": parts}
    if groups is not None:
        ids = trial.history.members.ids[trial.member_rows].tolist()
        labels = np.array([groups.get(str(key), "") for key in ids], dtype=np.str_)
        figures["by_group"] = metrics.by_part(values, labels)
    return figures


def _lists(fitted: Recommender, trial: Trial, *, k: int) -> NDArray[np.int64]:
    seen = trial.history.to_csr()
    parts: list[NDArray[np.int64]] = []
    for begin in range(0, len(trial.member_rows), MEMBERS_AT_ONCE):
        rows = trial.member_rows[begin : begin + MEMBERS_AT_ONCE]
        scores = fitted.score(rows, surface=trial.surface)
        parts.append(top_k(scores, k, exclude=seen[rows] if trial.exclude_seen else None)[0])
    return np.concatenate(parts)


def _product_ids(trial: Trial, ranked: NDArray[np.int64]) -> Ids:
    """Ids of the ranked rows; the empty places of a short list hold -1, or "" among text ids."""
    ids = trial.train.products.ids
    nothing = np.array("" if ids.dtype.kind == "U" else -1, dtype=ids.dtype)
    return np.where(ranked >= 0, ids[ranked], nothing)
