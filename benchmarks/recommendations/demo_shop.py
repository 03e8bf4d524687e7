"""Recommenders on the demo shop: does knowing the member beat showing everybody what is popular?

    python -m benchmarks.recommendations.demo_shop [--demo DIR] [--seeds 1,2,3]
        [--models popularity,als,blend] [--validation]

One cut in time: models learn from all orders before the last 28 days and predict those 28 days:
*for you* for the products new to the member, *buy again* for the first order. All products are ranked.
``--validation`` asks for the 28 days before that window instead: settings are chosen there. NDCG@10, higher
is better; the interval of the difference to popularity is a paired bootstrap over members.
"""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.results import Report, options_of, parser_of
from learning.interactions import SECONDS_PER_DAY, Interactions
from learning.metrics.ranking import bootstrap_interval
from recommendations.ml.judging.evaluation import Outcome, evaluate
from recommendations.ml.judging.trials import Trial, time_split_trials
from recommendations.ml.surfaces import SURFACES

HELD_OUT_DAYS = 28
UNCOUNTED = ("cancelled", "refunded", "declined")
LARGEST_UNITS = 1_000
"""Larger quantities in the demo are weights: fuel is sold in thousandths of a gallon."""
HEADINGS = (
    f"{'surface':<10} {'model':<11} {'seed':>4} {'ndcg@10':>8} {'over popularity':>20}"
    f" {'recall':>7} {'mrr':>6} {'coverage':>8} {'fit s':>6} {'cpu s':>6} {'peak MB':>7}"
)


def demo_interactions(directory: Path) -> Interactions:
    """Every counted line of the demo files, held-back days too, as the shop's own training reads them."""
    columns = ["member_no", "sku", "placed_at", "quantity", "status"]
    files = [directory / f"{name}.parquet" for name in ("orders", "replay_orders")]
    lines = pd.concat([pd.read_parquet(file, columns=columns) for file in files])
    lines = lines[~lines["status"].isin(UNCOUNTED) & (lines["quantity"] < LARGEST_UNITS)]
    seconds = pd.to_datetime(lines["placed_at"], utc=True).dt.tz_localize(None).to_numpy("datetime64[s]")
    return Interactions.from_ids(lines["member_no"], lines["sku"], seconds.astype(np.int64))


def trial_on(interactions: Interactions, *, surface: str, validation: bool) -> Trial:
    """The last 28 days, or the 28 before them."""
    windows = 2 if validation else 1
    cut = int(interactions.timestamps.max()) + 1 - windows * HELD_OUT_DAYS * SECONDS_PER_DAY
    return next(time_split_trials(interactions, cut=cut, horizon_days=HELD_OUT_DAYS, surface=surface))


def row(outcome: Outcome, baseline: Outcome) -> str:
    figures = outcome.figures
    low, high = bootstrap_interval(outcome.ndcg - baseline.ndcg, rng=np.random.default_rng(0))
    difference = "" if outcome is baseline else f"{low:+.4f} .. {high:+.4f}"
    return (
        f"{figures['surface']:<10} {outcome.model:<11} {outcome.seed:>4}"
        f" {figures['ndcg@10']:>8.4f} {difference:>20}"
        f" {figures['recall@10']:>7.4f} {figures['mrr@10']:>6.3f} {figures['coverage@10']:>8.4f}"
        f" {figures['fit_seconds']:>6.1f} {figures['cpu_seconds']:>6.1f} {figures['peak_rss_mb']:>7.0f}"
    )


def main() -> None:
    parser = parser_of(__doc__)
    parser.add_argument("--demo", type=Path, help="a folder with demo files; generated when not given")
    parser.add_argument("--households", type=int, help="of a demo that is generated; all, unless told")
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--models", default="popularity,als,blend")
    parser.add_argument("--validation", action="store_true")
    options = options_of(parser, households=150, seeds="1")
    with tempfile.TemporaryDirectory() as scratch:
        interactions = demo_interactions(
            options.demo or generated(Path(scratch), households=options.households)
        )
    print(
        f"demo shop: {interactions.n_members:,} members, {interactions.n_products:,} products,"
        f" {len(interactions):,} lines; simulated data, for education"
    )
    print(HEADINGS)
    with Report("recommendations", data="demo shop: simulated purchases", seed=options.seeds) as report:
        for surface in SURFACES:
            trial = trial_on(interactions, surface=surface, validation=options.validation)
            for seed in (int(part) for part in options.seeds.split(",")):
                baseline = evaluate(trial, model="popularity", seed=seed)
                for model in options.models.split(","):
                    outcome = baseline if model == "popularity" else evaluate(trial, model=model, seed=seed)
                    print(row(outcome, baseline), flush=True)
                    keep(report, surface, outcome)


def keep(report: Report, surface: str, outcome: Outcome) -> None:
    for figure in ("ndcg@10", "recall@10", "coverage@10"):
        report.add(f"{surface}, {outcome.model}: {figure}", outcome.figures[figure])
    cpu_seconds = outcome.figures["cpu_seconds"]
    report.add(f"{surface}, {outcome.model}: CPU s of the fit", cpu_seconds, timed=True)


def generated(directory: Path, *, households: int | None) -> Path:
    """The whole demo shop; its last day only names the calendar, not the content."""
    from demo.files import generate

    last_day = date(2026, 3, 2)
    return generate(directory=directory, last_day=last_day, time_zone="UTC", households=households).directory


if __name__ == "__main__":
    main()
