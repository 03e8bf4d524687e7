"""How fast recommenders learn and write, beside those that a shop would otherwise install.

    python -m benchmarks.recommendations.speed [--parts transitions,als,sequence,lists] [--threads 2]
        [--factors 64,512] [--iterations 15] [--rounds 3] [--epochs 2] [--households 2469 | --shop var]

``transitions``: fit on Amazon Beauty (goal 1.5 s). ``als``: against `implicit`, at the same factors,
iterations and threads, rounds of both in turn, a seed each; goal: wall at most 1.0 times, NDCG no lower.
``sequence``: CPU seconds an epoch (every training place once) against RecTools' SASRec of the same dimension,
layers, heads, length and loss; goal at most 0.2 times, NDCG no lower after as many epochs (an epoch of the
peer takes some seven CPU minutes). NDCG@10 is leave-last-out's.
``lists``: the best products of every household of the demo on both surfaces, with reasons, written back by
the model that a retrain makes live (goal 20 s); needs no data, but some minutes for the retrain.

Beauty is looked for under BENCH_DATA, the peers in .venv-peers or where PEERS_PYTHON says.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.recommendations.leave_last_out import fewer
from benchmarks.results import SHORT, Report, options_of, parser_of
from learning.interaction_files import read_interactions
from learning.measuring import measured
from learning.metrics import ranking as metrics
from recommendations.ml.factors.als import Als, AlsConfig
from recommendations.ml.judging.trials import Trial, leave_last_out_trial
from recommendations.ml.ordering.transitions import ItemTransitions
from recommendations.ml.ranking import top_k
from recommendations.ml.recommender import Recommender
from recommendations.ml.sequence.training import TrainingConfig
from recommendations.ml.sequence.transformer import SequenceConfig, SequenceTransformer

SEED = 1
PARTS = ("transitions", "als", "sequence", "lists")
FILE = "amazon_beauty.csv.gz"
MEMBERS_AT_ONCE = 512
PEER_LENGTH = 50
"""The peer pads every history to its full length: with our 200 its epoch would cost four times as much."""

# each one's best on the second-last products at 64 factors, of thirteen pairs of α from 20 to 320 and λ
OUR_ALS = AlsConfig(alpha=160.0, regularization=1.6e-2, half_life_days=None)
THEIR_ALS = {"alpha": 160.0, "regularization": 30.0}


@dataclass(frozen=True)
class Run:
    """One fit: what it took, and how good its lists are."""

    wall: float
    cpu: float
    ndcg: float


def beauty() -> Trial | None:
    folder = Path(os.environ.get("BENCH_DATA") or "data")
    for place in (folder / "recs", folder):
        if (place / FILE).is_file():
            interactions = read_interactions(place / FILE)
            return leave_last_out_trial(fewer(interactions) if SHORT else interactions)
    return None


def ours(model: Recommender, trial: Trial, *, seed: int = SEED) -> Run:
    with measured() as cost:
        model = model.fit(trial.train, rng=np.random.default_rng(seed))
    ready = model.with_history(trial.history)
    seen = trial.history.to_csr()
    parts = [
        top_k(ready.score(rows), 10, exclude=seen[rows])[0]
        for rows in np.split(
            trial.member_rows, range(MEMBERS_AT_ONCE, len(trial.member_rows), MEMBERS_AT_ONCE)
        )
    ]
    return Run(cost.wall_seconds, cost.cpu_seconds, ndcg(np.concatenate(parts), trial))


def theirs(name: str, trial: Trial, settings: Mapping[str, Any], *, threads: int) -> Run | None:
    """The peer's run in its own process; None, with a printed message, where it is not installed."""
    python = os.environ.get("PEERS_PYTHON", ".venv-peers/bin/python")
    if not Path(python).exists():
        print(f"{name}: not run, there is no {python}; make bench installs the peers", flush=True)
        return None
    environment = os.environ | {"OMP_NUM_THREADS": str(threads), "OPENBLAS_NUM_THREADS": "1"}
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "in.npz", Path(folder) / "out.npz"
        np.savez(
            source,
            shape=np.array([trial.history.n_members, trial.history.n_products]),
            train=_in_order(trial.train),
            history=_in_order(trial.history),
            members=trial.member_rows,
        )
        script = Path(__file__).parents[1] / "peers" / "speed.py"
        command = [python, str(script), name, str(source), str(target), json.dumps(settings)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"the peer {name} failed: {done.stderr[-2_000:]}")
        with np.load(target) as stored:
            return Run(float(stored["wall"]), float(stored["cpu"]), ndcg(stored["ranked"], trial))


def _in_order(interactions: Any) -> NDArray[np.int64]:
    order = np.lexsort((interactions.timestamps, interactions.member_rows))
    return np.stack((interactions.member_rows[order], interactions.product_rows[order]))


def ndcg(ranked: NDArray[np.int64], trial: Trial) -> float:
    return float(metrics.ndcg_at_k(metrics.hits_of(ranked, trial.relevant), trial.n_relevant).mean())


def show(report: Report, name: str, runs: list[Run], *, epochs: int = 1) -> None:
    walls, cpus = [run.wall / epochs for run in runs], [run.cpu / epochs for run in runs]
    scores = [run.ndcg for run in runs]
    print(
        f"{name:<44} wall {statistics.median(walls):7.2f} s ({min(walls):.2f} .. {max(walls):.2f})"
        f"  CPU {statistics.median(cpus):7.2f} s"
        f"  NDCG@10 {statistics.mean(scores):.4f} ({min(scores):.4f} .. {max(scores):.4f})",
        flush=True,
    )
    for run in runs:
        report.add(f"{name}, wall s", run.wall / epochs, timed=True)
        report.add(f"{name}, CPU s", run.cpu / epochs, timed=True)
        report.add(f"{name}, ndcg@10", run.ndcg)


def compare(
    report: Report,
    title: str,
    mine: list[Run],
    other: list[Run],
    *,
    epochs: int = 1,
    wall_at_most: float | None = None,
    cpu_at_most: float | None = None,
) -> None:
    show(report, f"{title}: ours", mine, epochs=epochs)
    if other:
        show(report, f"{title}: peer", other, epochs=epochs)
        walls = statistics.median(a.wall / b.wall for a, b in zip(mine, other, strict=True))
        cpus = statistics.median(a.cpu / b.cpu for a, b in zip(mine, other, strict=True))
        print(f"{title}: ours / peer: wall {walls:.2f}, CPU {cpus:.2f}", flush=True)
        report.add(f"{title}: ours / peer, wall", walls, at_most=wall_at_most, timed=True)
        report.add(f"{title}: ours / peer, CPU", cpus, at_most=cpu_at_most, timed=True)


def transitions(report: Report, trial: Trial, *, rounds: int) -> None:
    show(report, "item_transitions, Beauty, fit", [ours(ItemTransitions(), trial) for _ in range(rounds)])


def als(report: Report, trial: Trial, *, factors: int, iterations: int, threads: int, rounds: int) -> None:
    config = replace(OUR_ALS, factors=factors, iterations=iterations)
    settings = {"factors": factors, "iterations": iterations, "num_threads": threads, **THEIR_ALS}
    mine, other = [], []
    for seed in range(1, rounds + 1):
        mine.append(ours(Als(config), trial, seed=seed))
        run = theirs("als", trial, settings | {"random_state": seed}, threads=threads)
        other += [run] if run else []
    compare(report, f"als, {factors} factors, {iterations} iterations", mine, other, wall_at_most=1.0)


def sequence(report: Report, trial: Trial, *, epochs: int, threads: int) -> None:
    # nothing held back: every place is trained, as often as theirs; and faster, as training is so short
    training = TrainingConfig(epochs=epochs, held_back=0, learning_rate=4e-3, warm_up_steps=20)
    config = SequenceConfig(length=PEER_LENGTH, training=training)
    settings = {
        "n_factors": config.dimension,
        "n_blocks": config.layers,
        "n_heads": config.heads,
        "session_max_len": config.length,
        "dropout_rate": config.dropout,
        "epochs": epochs,
    }
    mine = ours(SequenceTransformer(config), trial)
    other = theirs("sasrec", trial, settings, threads=threads)
    title = f"sequence, {epochs} epochs, an epoch"
    compare(report, title, [mine], [other] if other else [], epochs=epochs, cpu_at_most=0.2)


def lists(*, households: int | None, shop: Path | None) -> None:
    """In a process of its own, with a file of its own: it needs Django and a database."""
    command = [sys.executable, "-m", "benchmarks.recommendations.demo_lists"]
    command += ["--households", str(households)] if households else []
    command += ["--shop", str(shop)] if shop else []
    if subprocess.run(command, check=False).returncode:
        raise RuntimeError("the lists of the demo could not be measured")


def main() -> None:
    parser = parser_of(__doc__)
    parser.add_argument("--parts", default=",".join(PARTS))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--factors", default="64,512")
    parser.add_argument("--iterations", type=int, default=15)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--households", type=int, help="default: all")
    parser.add_argument("--shop", type=Path, help="the var folder of a demo shop that is set up")
    options = options_of(
        parser, parts="transitions,als,sequence", threads=1, factors="16", iterations=3, rounds=1, epochs=1
    )
    parts = set(options.parts.split(","))
    torch.set_num_threads(options.threads)
    with Report("recommendation_speed", data="Amazon Beauty", seed=SEED) as report:
        if parts - {"lists"}:
            on_beauty(report, parts, options)
    if "lists" in parts:
        lists(households=options.households, shop=options.shop)


def on_beauty(report: Report, parts: set[str], options: argparse.Namespace) -> None:
    trial = beauty()
    if trial is None:
        report.not_run(f"{FILE} is not under BENCH_DATA (DATA=...); it is made from RUCAIBox/CIKM2020-S3Rec")
        return
    print(f"Amazon Beauty: {len(trial.member_rows):,} members asked; {options.threads} threads, seed {SEED}")
    if "transitions" in parts:
        transitions(report, trial, rounds=options.rounds)
    if "als" in parts:
        for factors in map(int, options.factors.split(",")):
            als(
                report,
                trial,
                factors=factors,
                iterations=options.iterations,
                threads=options.threads,
                rounds=options.rounds,
            )
    if "sequence" in parts:
        sequence(report, trial, epochs=options.epochs, threads=options.threads)


if __name__ == "__main__":
    main()
