"""What comes next where products are bought once: Amazon Beauty, Amazon Sports, MovieLens 1M.

    python -m benchmarks.recommendations.leave_last_out [--only beauty] [--seeds 1] [--parts validation]
        [--ablation] [--keep folder]

Parameters are learned from all but each member's last two products, the last is asked for from the history
before it, all products ranked but the seen ones: NDCG@10, recall@10, coverage@10. One recipe for all sets,
tuned on second-last products (``--parts validation``). Peers of this run: EASE as published, cosine item-kNN,
our ALS (with the figures of `implicit`). ``--ablation`` asks, on validation, what each part of the pool
adds: exponents from one half of 4,000 members judged on the other, both ways. ``--keep`` writes each fitted
blend into a folder, and asks those again that are there already. Files: under BENCH_DATA.
"""

from __future__ import annotations

import argparse
import itertools
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse

from benchmarks.results import SHORT, Report, options_of, parser_of
from learning.interaction_files import read_attributes, read_interactions
from learning.interactions import Interactions
from learning.measuring import Cost, measured
from learning.metrics import ranking as metrics
from recommendations.ml.blending.blend import Blend, BlendConfig
from recommendations.ml.factors.als import Als, AlsConfig
from recommendations.ml.judging.evaluation import Outcome, judge
from recommendations.ml.judging.trials import Trial, leave_last_out_trial
from recommendations.ml.ordering.ease import Ease, EaseConfig
from recommendations.ml.ordering.next_product import (
    IMPOSSIBLE,
    PARTS,
    NextProduct,
    NextProductConfig,
    pool_exponents,
)
from recommendations.ml.ranking import top_k
from recommendations.ml.recommender import Recommender
from recommendations.ml.sequence.training import TrainingConfig
from recommendations.ml.sequence.transformer import SequenceConfig
from recommendations.ml.surfaces import FOR_YOU

PUBLISHED = {
    "beauty": "SASRec .0318/.0605 · TIGER .0384/.0648 · HSTU .0439/.0788 · eSASRec .0523/.0928",
    "sports": "SASRec .0192/.0350 · TIGER .0225/.0400 · HSTU .0243/.0437 · eSASRec .0323/.0560",
    "ml1m": "HSTU .1719/.3037 · FuXi-α .1813/.3164 · eSASRec .1772/.3133 (other order of equal times)",
}
FILES = {
    "beauty": ("amazon_beauty.csv.gz", "amazon_beauty_attrs.json.gz"),
    "sports": ("amazon_sports.csv.gz", "amazon_sports_attrs.json.gz"),
    "ml1m": ("ml1m.parquet", None),
}
GOALS = {"beauty": (0.062, 0.103, 0.053), "sports": (0.037, 0.062, 0.032), "ml1m": (0.18, 0.31, 0.17)}
"""NDCG@10 and recall@10 of the blend, NDCG@10 of the sequence model alone."""
ABLATED_ON = 4_000


@dataclass(frozen=True, eq=False)
class ItemKnn:
    """Cosine of two products over members; a score is the sum over the member's own (Sarwar et al. 2001)."""

    history: sparse.csr_matrix
    cosines: sparse.csr_matrix

    @classmethod
    def fit(cls, trial: Trial) -> ItemKnn:
        bought = trial.train.to_csr()
        bought.data[:] = 1
        lengths = np.sqrt(np.maximum(np.asarray(bought.sum(axis=0)).ravel(), 1))
        unit = (bought @ sparse.diags(1 / lengths)).tocsr()
        cosines = (unit.T @ unit).tolil()
        cosines.setdiag(0)
        return cls(trial.history.to_csr(), cosines.tocsr())

    def score(self, rows: NDArray[np.int64], /, *, surface: str = FOR_YOU) -> NDArray[np.float32]:
        return np.asarray((self.history[rows] @ self.cosines).toarray(), dtype=np.float32)


def load(name: str, folder: Path) -> Interactions | None:
    """None if the file is not there."""
    file, attributes = FILES[name]
    for place in (folder / "recs", folder):
        if (place / file).is_file():
            interactions = read_interactions(place / file)
            interactions = fewer(interactions) if SHORT else interactions
            return (
                interactions
                if attributes is None
                else interactions.described(read_attributes(place / attributes))
            )
    return None


def fewer(interactions: Interactions) -> Interactions:
    """Every tenth member's, for the short form."""
    some = interactions.member_rows % 10 == 0
    members, products = interactions.members.ids, interactions.products.ids
    return Interactions.from_ids(
        members[interactions.member_rows[some]],
        products[interactions.product_rows[some]],
        interactions.timestamps[some],
    )


def small() -> BlendConfig:
    """A transformer of one short epoch, for the short form."""
    training = TrainingConfig(epochs=1, held_back=200, positions_an_epoch=10_000, patience=1)
    sequence = SequenceConfig(length=20, dimension=32, layers=1, training=training)
    return BlendConfig(
        next_product=NextProductConfig(sequence=sequence, held_back=200, counted_anew_to=0),
        read_from_members=100,
    )


def peers(trial: Trial) -> Iterator[tuple[str, ItemKnn | Recommender]]:
    yield "item-kNN", ItemKnn.fit(trial)
    models: dict[str, Recommender] = {
        "EASE, published": Ease(EaseConfig(history_decay=0.0)),
        "als, 512 factors": Als(AlsConfig(factors=512, half_life_days=None)),
    }
    for name, model in models.items():
        yield name, model.fit(trial.train, rng=np.random.default_rng(1)).with_history(trial.history)


def figures(model: ItemKnn | Recommender, trial: Trial) -> tuple[NDArray[np.float64], float]:
    """(NDCG@10 of each member, recall@10)."""
    seen = trial.history.to_csr()
    ndcg, recall = [], []
    for begin in range(0, len(trial.member_rows), 512):
        rows = trial.member_rows[begin : begin + 512]
        ranked = top_k(model.score(rows, surface=FOR_YOU), 10, exclude=seen[rows])[0]
        hits = metrics.hits_of(ranked, trial.relevant[begin : begin + 512])
        ndcg.append(metrics.ndcg_at_k(hits, trial.n_relevant[begin : begin + 512]))
        recall.append(hits.any(axis=1))
    return np.concatenate(ndcg), float(np.concatenate(recall).mean())


def compare(report: Report, name: str, interactions: Interactions, options: argparse.Namespace) -> None:
    """One fit a seed answers for both parts: parameters never see either."""
    trials = {part: leave_last_out_trial(interactions, part=part) for part in options.parts.split(",")}
    train = next(iter(trials.values())).train
    blend, recall, sequence = GOALS[name]
    print(
        f"\n{name}: {interactions.n_members:,} members, {interactions.n_products:,} products"
        f"\n  published: {PUBLISHED[name]}"
        f"\n  goals: blend {blend}/{recall}, coverage .6, sequence model {sequence}"
    )
    best: dict[str, tuple[str, NDArray[np.float64]]] = {}
    for part, trial in trials.items() if options.peers else ():
        for peer, model in peers(trial):
            ndcg, hit = figures(model, trial)
            print(f"  {part:<10} {peer:<20} {'peer':>4} {ndcg.mean():.4f} {hit:.4f}", flush=True)
            report.add_peer(f"{name}, {part}, blend: ndcg@10", peer, float(ndcg.mean()))
            report.add_peer(f"{name}, {part}, blend: recall@10", peer, hit)
            if part not in best or ndcg.mean() > best[part][1].mean():
                best[part] = (peer, ndcg)
    for seed in map(int, options.seeds.split(",")):
        fitted, cost = _fitted(train, seed, options.keep / f"{name}-{seed}" if options.keep else None)
        for part, trial in trials.items():
            for outcome in _judge(
                fitted.with_history(trial.history), part, trial, seed, cost, best.get(part)
            ):
                keep(report, name, part, outcome)
        if options.ablation and fitted.next_ is not None and "validation" in trials:
            ablation(fitted.next_, trials["validation"])


def _fitted(train: Interactions, seed: int, kept: Path | None) -> tuple[Blend, Cost]:
    """The blend, and what the fit took (nothing, where it is read from ``kept``)."""
    if kept is not None and kept.exists():
        return Blend.load(kept), Cost()
    with measured() as cost:
        fitted = Blend(small() if SHORT else None).fit(train, rng=np.random.default_rng(seed))
    if kept is not None:
        fitted.save(kept)
    return fitted, cost


def _judge(
    served: Blend,
    part: str,
    trial: Trial,
    seed: int,
    cost: Cost,
    best: tuple[str, NDArray[np.float64]] | None,
) -> list[Outcome]:
    """The served pool, then its parts."""
    outcomes = [judge(served, trial, seed=seed, cost=cost)]
    _print(part, outcomes[0], best)
    if served.next_ is None:
        return outcomes
    for model in served.next_.parts_.values():
        outcomes.append(judge(model, trial, seed=seed, cost=Cost()))
        _print(part, outcomes[-1], best)
    named = zip(PARTS, served.next_.exponents_.tolist(), strict=True)
    print("             exponents: " + ", ".join(f"{name} {exponent:.2f}" for name, exponent in named))
    return outcomes


def keep(report: Report, name: str, part: str, outcome: Outcome) -> None:
    """Of the blend with its goals: those are for the test."""
    figures, title = outcome.figures, f"{name}, {part}, {outcome.model}"
    ndcg, recall, sequence = GOALS[name]
    goals: dict[str, float | None] = {}
    if part == "test" and outcome.model == "blend":
        goals = {"ndcg@10": ndcg, "recall@10": recall, "coverage@10": 0.6}
    elif part == "test" and outcome.model == "sequence_transformer":
        goals = {"ndcg@10": sequence}
    for figure in ("ndcg@10", "recall@10", "coverage@10"):
        spread = (figures["ndcg@10_low"], figures["ndcg@10_high"]) if figure == "ndcg@10" else None
        report.add(f"{title}: {figure}", figures[figure], spread=spread, at_least=goals.get(figure))
    if figures["cpu_seconds"]:
        report.add(f"{title}: CPU s of the fit", figures["cpu_seconds"], timed=True)
        report.add(f"{title}: peak MB", figures["peak_rss_mb"], timed=True)


def ablation(model: NextProduct, trial: Trial) -> None:
    """What each part adds on validation, whose products no part has seen."""
    model = model.with_history(trial.history)
    sample = trial.sample(ABLATED_ON, rng=np.random.default_rng(0))
    blocks = [
        [*model.log_shares(sample.member_rows[begin : begin + 256])]
        for begin in range(0, len(sample.member_rows), 256)
    ]
    tables = [torch.cat(lines) for lines in zip(*blocks, strict=True)]
    seen = trial.history.to_csr()[sample.member_rows]
    lines = np.repeat(np.arange(seen.shape[0]), np.diff(seen.indptr))
    for table in tables:
        table[lines, seen.indices] = IMPOSSIBLE
    targets = torch.tensor([rows[0] for rows in sample.relevant])
    order = np.random.default_rng(1).permutation(len(targets))
    halves = np.array_split(order, 2)
    for n in range(1, len(PARTS) + 1):
        for chosen in itertools.combinations(range(len(PARTS)), n):
            scores = [
                _judged([tables[part] for part in chosen], targets, *pair) for pair in _both_ways(halves)
            ]
            names = " + ".join([*PARTS][part] for part in chosen)
            print(f"       {names:<36} {np.mean(scores):.4f}", flush=True)


def _both_ways(halves: Sequence[NDArray[np.int64]]) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    yield halves[0], halves[1]
    yield halves[1], halves[0]


def _judged(
    tables: list[torch.Tensor],
    targets: torch.Tensor,
    learned: NDArray[np.int64],
    judged_on: NDArray[np.int64],
) -> float:
    """NDCG@10 on ``judged_on`` of the pool whose exponents are from ``learned``."""
    start = (0.5,) * len(tables)
    weights = pool_exponents([table[learned] for table in tables], targets[learned], start=start)
    pooled = torch.zeros_like(tables[0][judged_on])
    for weight, table in zip(weights.tolist(), tables, strict=True):
        pooled += weight * table[judged_on]
    hits = torch.topk(pooled, 10, dim=1).indices == targets[judged_on][:, None]
    return float(metrics.ndcg_at_k(hits.numpy(), np.ones(len(judged_on), dtype=np.int64)).mean())


def _print(part: str, outcome: Outcome, best: tuple[str, NDArray[np.float64]] | None) -> None:
    figures, beside = outcome.figures, ""
    if best is not None:
        low, high = metrics.bootstrap_interval(outcome.ndcg - best[1], rng=np.random.default_rng(0))
        beside = f"{low:+.4f} .. {high:+.4f} over {best[0]}"
    cost = (
        f"cpu {figures['cpu_seconds']:.0f} s, {figures['peak_rss_mb']:.0f} MB"
        if figures["cpu_seconds"]
        else ""
    )
    print(
        f"  {part:<10} {outcome.model:<20} {outcome.seed:>4} {figures['ndcg@10']:.4f}"
        f" {figures['recall@10']:.4f}"
        f" [{figures['ndcg@10_low']:.4f} {figures['ndcg@10_high']:.4f}] coverage {figures['coverage@10']:.2f}"
        f"  {beside} {cost}",
        flush=True,
    )


def main() -> None:
    parser = parser_of(__doc__)
    parser.add_argument("--only", default="", help="comma-separated: beauty, sports, ml1m")
    parser.add_argument("--seeds", default="1")
    parser.add_argument("--parts", default="test", help="test, validation or both, separated by a comma")
    parser.add_argument("--peers", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--ablation", action="store_true")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="where fitted blends are kept")
    options = options_of(parser, only="beauty", peers=False)
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "2")))
    folder = Path(os.environ.get("BENCH_DATA") or "data")
    with Report("leave_last_out", data="Amazon Beauty, Amazon Sports, ML-1M", seed=options.seeds) as report:
        for name in FILES:
            if options.only and name not in options.only.split(","):
                continue
            interactions = load(name, folder)
            if interactions is None:
                report.not_run(f"{name}: DATA has no {FILES[name][0]} (5-core sets of S3-Rec, MovieLens 1M)")
                continue
            began = time.monotonic()
            compare(report, name, interactions, options)
            print(f"  ({time.monotonic() - began:.0f} s)")


if __name__ == "__main__":
    main()
