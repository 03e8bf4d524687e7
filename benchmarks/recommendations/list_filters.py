"""What filters and margins cost in rightness, on the demo shop.

    python -m benchmarks.recommendations.list_filters [--demo DIR] [--households N] [--seed N]

**Margin**: the 40 best products of each list are ordered by score × (1 + weight × margin). The demo has no
costs: margins are drawn at random (beta(2, 3), mean .4), so they know nothing of what members want, which is
the dearest case. NDCG@10 on the 28 days held out, and the mean margin of the first ten products.

**Buying again**: the members' own products by score, with and without those that it is too early to buy again
or that are bought once, as learned before the cut; what is due is told on the day of the order that is asked
for.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.recommendations.demo_shop import demo_interactions, generated, trial_on
from benchmarks.results import Report, options_of, parser_of
from learning.interactions import SECONDS_PER_DAY, Interactions
from learning.metrics.ranking import hits_of, ndcg_at_k
from recommendations.ml.judging.trials import Trial
from recommendations.ml.model_list import recommender
from recommendations.ml.ranking import NO_PRODUCT, top_k
from recommendations.ml.recommender import Recommender
from recommendations.ml.repeat.gaps import RepeatGaps, learn_gaps
from recommendations.ml.surfaces import BUY_AGAIN, FOR_YOU

WEIGHTS = (0.0, 0.1, 0.25, 0.5, 1.0, 2.0)
KEPT = 40
K = 10
MEMBERS_AT_ONCE = 256
Lists = tuple[NDArray[np.int64], NDArray[np.float64]]


def stored_lists(fitted: Recommender, trial: Trial) -> Lists:
    """The KEPT best products of each member, (n, KEPT) rows and scores: new ones, or the member's own."""
    seen = trial.history.to_csr()
    parts: list[Lists] = []
    for begin in range(0, len(trial.member_rows), MEMBERS_AT_ONCE):
        rows = trial.member_rows[begin : begin + MEMBERS_AT_ONCE]
        scores = fitted.score(rows, surface=trial.surface)
        own = seen[rows]
        if trial.surface == FOR_YOU:
            parts.append(top_k(scores, KEPT, exclude=own))
        else:
            parts.append(top_k(scores, KEPT, only=own))
    return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])


def by_margin(lists: Lists, margins: NDArray[np.float64], *, weight: float) -> NDArray[np.int64]:
    """The rows of each list, (n, KEPT), by score × (1 + weight × margin)."""
    rows, scores = lists
    known = np.where(rows == NO_PRODUCT, 0.0, margins[rows])
    weighed = np.where(rows == NO_PRODUCT, -np.inf, np.maximum(scores, 0.0) * (1 + weight * known))
    return np.take_along_axis(rows, np.argsort(-weighed, axis=1, kind="stable"), axis=1)


def without_early(
    lists: Lists, trial: Trial, gaps: RepeatGaps, *, visits: NDArray[np.int64]
) -> tuple[NDArray[np.int64], float]:
    """The rows of each list without what is not due on the day of the visit; the share that went."""
    rows, _scores = lists
    history = trial.history
    last = np.full((history.n_members, history.n_products), -1, dtype=np.int32)
    days = (history.timestamps // SECONDS_PER_DAY).astype(np.int32)
    np.maximum.at(last, (history.member_rows, history.product_rows), days)
    since = visits[:, None] - last[trial.member_rows[:, None], np.maximum(rows, 0)]
    away = (rows != NO_PRODUCT) & ((since < gaps.early_days[rows]) | gaps.is_once[rows])
    order = np.argsort(away, axis=1, kind="stable")
    left = np.where(away, NO_PRODUCT, rows)
    return np.take_along_axis(left, order, axis=1), float(away[:, :K].mean())


def visit_days(interactions: Interactions, trial: Trial) -> NDArray[np.int64]:
    """The day of the order that each member is asked for: their first after the training part."""
    cut = int(trial.train.timestamps.max())
    late = interactions.where(interactions.timestamps > cut)
    first = np.full(interactions.n_members, np.iinfo(np.int64).max)
    np.minimum.at(first, late.member_rows, late.timestamps)
    ids = trial.history.members.ids[trial.member_rows]
    return first[interactions.members.rows_of(ids)] // SECONDS_PER_DAY


def learned(train: Interactions, categories: dict[str, str]) -> RepeatGaps:
    names = [categories.get(str(sku), "") for sku in train.products.ids.tolist()]
    kinds = {name: code for code, name in enumerate(sorted(set(names)))}
    codes = np.array([kinds[name] if name else -1 for name in names], dtype=np.int64)
    days = train.timestamps // SECONDS_PER_DAY
    gaps = learn_gaps(train.member_rows, train.product_rows, days, categories=codes)
    if gaps is None:
        raise SystemExit("nobody buys anything twice in this demo")
    return gaps


def main() -> None:
    parser = parser_of(__doc__)
    parser.add_argument("--demo", type=Path, help="a folder with demo files; generated when not given")
    parser.add_argument("--households", type=int, help="of a demo that is generated; all, unless told")
    parser.add_argument("--seed", type=int, default=1)
    options = options_of(parser, households=150)
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.demo or generated(Path(scratch), households=options.households)
        interactions = demo_interactions(folder)
        products = pd.read_parquet(folder / "products.parquet", columns=["sku", "category"])
    categories = dict(zip(products["sku"].astype(str), products["category"].fillna(""), strict=True))
    with Report("list_filters", data="demo shop: simulated purchases", seed=options.seed) as report:
        for surface in (FOR_YOU, BUY_AGAIN):
            trial = trial_on(interactions, surface=surface, validation=False)
            fitted = recommender("blend").fit(trial.train, rng=np.random.default_rng(options.seed))
            lists = stored_lists(fitted, trial)
            margins = np.random.default_rng(options.seed).beta(2, 3, trial.train.n_products)
            for weight in WEIGHTS:
                report_margin(report, trial, by_margin(lists, margins, weight=weight)[:, :K], margins, weight)
            if surface == BUY_AGAIN:
                gaps = learned(trial.train, categories)
                visits = visit_days(interactions, trial)
                report_wait(report, trial, lists, without_early(lists, trial, gaps, visits=visits), gaps)


def report_margin(
    report: Report, trial: Trial, shown: NDArray[np.int64], margins: NDArray[np.float64], weight: float
) -> None:
    ndcg = float(ndcg_at_k(hits_of(shown, trial.relevant), trial.n_relevant).mean())
    mean = float(margins[shown[shown != NO_PRODUCT]].mean())
    print(f"{trial.surface:<10} weight {weight:<5} ndcg@10 {ndcg:.4f}  margin of the first ten {mean:.1%}")
    report.add(f"{trial.surface}, weight of margin {weight}: ndcg@10", ndcg)
    report.add(f"{trial.surface}, weight of margin {weight}: mean margin", mean)


def report_wait(
    report: Report, trial: Trial, lists: Lists, filtered: tuple[NDArray[np.int64], float], gaps: RepeatGaps
) -> None:
    shown, share = filtered
    ndcg = {
        name: float(ndcg_at_k(hits_of(rows[:, :K], trial.relevant), trial.n_relevant).mean())
        for name, rows in (("all own products", lists[0]), ("only what is due", shown))
    }
    early = float(np.median(gaps.early_days))
    print(f"{trial.surface:<10} {ndcg}  not due: {share:.1%} of the first ten; median early days {early:.0f}")
    for name, value in ndcg.items():
        report.add(f"{trial.surface}, {name}: ndcg@10", value)
    report.add(f"{trial.surface}: share of the first ten places that is not due", share)


if __name__ == "__main__":
    main()
