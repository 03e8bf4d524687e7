"""The adversarial game on IRGAN's own split of MovieLens 100K: what does it gain over its start?

    python -m benchmarks.recommendations.gan [--seeds 1,2,3] [--validation]

Ratings of 4 and 5 are what a member likes; all products that are not among those in training are ranked, for
the 456 members who have any in the test. P@5 and NDCG@5, means over members. Published by IRGAN (Wang et al.,
SIGIR 2017): .3785 / .4053, begun from .3474 / .3749. Beside ours: its own start (the same factorisation
without the game), EASE, implicit ALS and neural_cf, all in this run.

``--validation`` judges on 45 % of what half of the members like in training, as the published test too asks
half of the members: settings were chosen there. The files (for research only) are looked for under
BENCH_DATA.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from benchmarks.peers.repeat_purchases import Scorer, ease
from benchmarks.results import Report, options_of, parser_of
from learning.interactions import Interactions
from learning.metrics import ranking as metrics
from recommendations.ml.factors.als import Als, AlsConfig
from recommendations.ml.factors.gan import Gan, GanConfig
from recommendations.ml.factors.neural_cf import NeuralCf, NeuralCfConfig
from recommendations.ml.ranking import top_k
from recommendations.ml.recommender import Recommender

LIKED, K = 4, 5
FIGURES = ("P@5", "NDCG@5")
PUBLISHED = {"IRGAN as published": (0.3785, 0.4053), "its start, published": (0.3474, 0.3749)}
START = AlsConfig(factors=96, iterations=8, alpha=4.0, regularization=0.025, half_life_days=None)
FILES = ("ml100k_irgan_train.csv.gz", "ml100k_irgan_test.csv.gz")


def liked(folder: Path) -> list[pd.DataFrame] | None:
    """What members like in training and in the test; None if the files are not there."""
    for place in (folder / "recs", folder):
        if all((place / name).is_file() for name in FILES):
            frames = [pd.read_csv(place / name) for name in FILES]
            return [frame[frame["rating"] >= LIKED] for frame in frames]
    return None


def held_back(train: pd.DataFrame) -> list[pd.DataFrame]:
    """The training part in two: what is left, and 45 % of the likes of 460 members."""
    rng = np.random.default_rng(0)
    members = rng.choice(train["user"].unique(), 460, replace=False)
    held_out = train["user"].isin(members).to_numpy() & (rng.random(len(train)) < 0.45)
    return [train[~held_out], train[held_out]]


def judged(score: Scorer, train: Interactions, held_out: pd.DataFrame) -> tuple[float, float, int]:
    """(P@5, NDCG@5, members asked)."""
    wanted = {member: rows["item"].to_numpy() for member, rows in held_out.groupby("user")}
    members = np.array([member for member in wanted if member in set(train.members.ids.tolist())])
    rows = train.members.rows_of(members)
    ranked = top_k(score(rows), K, exclude=train.to_csr()[rows])[0]
    relevant = [train.products.rows_of(wanted[member]) for member in members.tolist()]
    hits = metrics.hits_of(ranked, relevant)
    n_relevant = np.array([len(own) for own in relevant])
    ndcg = metrics.ndcg_at_k(hits, n_relevant)
    return float(metrics.precision_at_k(hits).mean()), float(ndcg.mean()), len(rows)


def interactions_of(frame: pd.DataFrame) -> Interactions:
    times = np.zeros(len(frame), dtype=np.int64)
    return Interactions.from_ids(frame["user"].to_numpy(), frame["item"].to_numpy(), times)


def main() -> None:
    parser = parser_of(__doc__)
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--epochs", type=int, help="of the game and of neural_cf; their own, unless told")
    parser.add_argument("--validation", action="store_true")
    options = options_of(parser, seeds="1", epochs=2)
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "2")))
    with Report("gan", data="MovieLens 100K, IRGAN's split", seed=options.seeds) as report:
        frames = liked(Path(os.environ.get("BENCH_DATA") or "data"))
        if frames is None:
            report.not_run(f"DATA has no {' and '.join(FILES)} (IRGAN's repository, item recommendation)")
            return
        compare(report, frames, options)


def compare(report: Report, frames: list[pd.DataFrame], options: argparse.Namespace) -> None:
    train_frame, held_out = held_back(frames[0]) if options.validation else frames
    train = interactions_of(train_frame)
    print(f"{len(train):,} likes; P@5, NDCG@5. Published: IRGAN .3785 .4053, its start .3474 .3749")
    outcome = judged(ease(train), train, held_out)
    _print("ease", "", outcome, 0.0)
    for figure, value in zip(FIGURES, outcome[:2], strict=True):
        report.add_peer(f"gan: {figure}", "ease", value)
    for peer, printed in PUBLISHED.items():
        for figure, value in zip(FIGURES, printed, strict=True):
            report.add_peer(f"gan: {figure}", peer, value)
    more = {} if options.epochs is None else {"epochs": options.epochs}
    for seed in map(int, options.seeds.split(",")):
        models: dict[str, Recommender] = {
            "als": Als(START),
            "neural_cf": NeuralCf(NeuralCfConfig(**more)),
            "gan, not played": Gan(GanConfig(als=START, epochs=0)),
            "gan": Gan(GanConfig(als=START, **more)),
        }
        for name, model in models.items():
            cpu = time.process_time()
            model.fit(train, rng=np.random.default_rng(seed))
            seconds = time.process_time() - cpu
            outcome = judged(model.score, train, held_out)
            _print(name, str(seed), outcome, seconds)
            for figure, value in zip(FIGURES, outcome[:2], strict=True):
                report.add(f"{name}: {figure}", value)


def _print(name: str, seed: str, outcome: tuple[float, float, int], cpu_seconds: float) -> None:
    precision, ndcg, members = outcome
    print(
        f"  {name:<16} {seed:>2} {precision:.4f} {ndcg:.4f}  {members} members  cpu {cpu_seconds:.1f} s",
        flush=True,
    )


if __name__ == "__main__":
    main()
