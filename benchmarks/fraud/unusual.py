"""How much of a new shop's fraud its isolation forest ranks first, when no label is known.

    python -m benchmarks.fraud.unusual [--demo DIR] [--seeds 1,2,3] [--validation] [--only demo,sparkov]

Each shop is taken as new: its first ``FITTED_DAYS`` days are what the forest is fitted on, and the orders of
the following ``JUDGED_DAYS`` are ranked. No label is shown, neither in the fit nor in what is known of a
member or store. ``--validation`` ranks the 28 days before those, fitted on the days before them: settings are
chosen there. Beside the rank: the order by amount, which is how a queue is sorted without a rank; the amount
times how rare such a rank is, which is what the queue uses; and chance (the share of fraud). Also over the
orders from the 80th percentile of amounts on, as a queue that holds large orders has them. Average precision,
higher is better; "money first" is the share of the fraud's amount among the first 1 % of orders. The demo
shop is generated; BENCH_DATA holds the other two sets, as for ``fraud_published``.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.fraud.demo_shop import demo_orders, generated
from benchmarks.fraud.published import handbook_frame, read, source, sparkov_frame
from benchmarks.results import Report, options_of, parser_of
from fraud.ml.models.isolation_forest import MOST_ORDERS, IsolationForest
from fraud.ml.orders.columns import DAY, NEVER, OrderColumns
from fraud.ml.orders.sequences import build_sequences
from learning.metrics.detection import average_precision

FITTED_DAYS, JUDGED_DAYS = 90, 56
LARGE = 0.8
FIRST = 0.01


def without_labels(orders: OrderColumns) -> OrderColumns:
    return replace(
        orders,
        is_fraud=np.full(len(orders), np.nan, np.float32),
        label_known_at=np.full(len(orders), NEVER, np.int64),
    )


def stretches(orders: OrderColumns, *, validation: bool) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """(rows that the forest is fitted on, rows that it ranks), by time."""
    day = (orders.placed_at - orders.placed_at.min()) // DAY
    fitted = FITTED_DAYS - (JUDGED_DAYS // 2 if validation else 0)
    until = FITTED_DAYS if validation else FITTED_DAYS + JUDGED_DAYS
    order = np.argsort(orders.placed_at, kind="stable")
    return order[day[order] < fitted][-MOST_ORDERS:], order[(day[order] >= fitted) & (day[order] < until)]


def money_first(bad: NDArray[np.bool_], score: NDArray[np.float64], amount: NDArray[np.float64]) -> float:
    """The share of the fraud's amount among the first ``FIRST`` of the orders."""
    first = np.argsort(-score, kind="stable")[: max(1, round(FIRST * len(score)))]
    return float(amount[first][bad[first]].sum() / amount[bad].sum())


def compare(report: Report, title: str, orders: OrderColumns, *, seeds: list[int], validation: bool) -> None:
    fitted, judged = stretches(orders, validation=validation)
    new = without_labels(orders)
    known, asked = (build_sequences(new, time_zone="UTC", rows=rows) for rows in (fitted, judged))
    bad, amount = orders.is_fraud[judged] == 1, orders.amount_cents[judged] / 100
    print(f"{title}: fitted on {len(fitted):,} orders, ranked {len(judged):,} with {int(bad.sum())} frauds")
    _judge(report, title, bad, amount, {"chance": np.zeros(len(bad)), "amount": amount})
    for seed in seeds:
        model = IsolationForest().fit(known, rng=np.random.default_rng(seed))
        rank = model.score(asked).astype(np.float64)
        _judge(report, title, bad, amount, {"rank": rank, "amount × rarity": amount / (1 - rank)})


def _judge(
    report: Report,
    title: str,
    bad: NDArray[np.bool_],
    amount: NDArray[np.float64],
    queues: dict[str, NDArray[np.float64]],
) -> None:
    """Each queue is what orders are sorted by, highest first; all equal means by chance."""
    large = amount >= np.quantile(amount, LARGE)
    for by, score in queues.items():
        for name, held in (("all orders", np.ones(len(bad), bool)), ("large orders", large)):
            chance = by == "chance"
            value = float(bad[held].mean()) if chance else average_precision(bad[held], score[held])
            print(f"{f'{title}, {name}':>28}  by {by:<15}  {value:.4f}", flush=True)
            report.add(f"{title}, {name}, by {by}: average_precision", value)
        if by != "chance":
            report.add(f"{title}: money first, by {by}", money_first(bad, score, amount))


def main() -> None:
    parser = parser_of(__doc__)
    parser.add_argument("--demo", type=Path, help="a folder with demo files; generated when not given")
    parser.add_argument("--households", type=int, help="of a demo that is generated; all, unless told")
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--validation", action="store_true")
    parser.add_argument("--only", default="demo,handbook,sparkov")
    options = options_of(parser, households=150, seeds="1")
    seeds, only = [int(text) for text in options.seeds.split(",")], options.only.split(",")
    data = "demo shop; Fraud Detection Handbook; Sparkov"
    with Report("fraud_unusual", data=data, seed=options.seeds) as report:
        shops: dict[str, OrderColumns] = {}
        if "demo" in only:
            with tempfile.TemporaryDirectory() as scratch:
                shops["Demo shop"] = demo_orders(
                    options.demo or generated(Path(scratch), households=options.households)
                )
        if "handbook" in only and (path := source(report, "fdh_transactions.parquet")):
            shops["Handbook"] = read(handbook_frame(path)).orders
        if "sparkov" in only and (path := source(report, "sparkov_transactions.parquet")):
            shops["Sparkov"] = read(sparkov_frame(path)).orders
        for title, orders in shops.items():
            compare(report, title, orders, seeds=seeds, validation=options.validation)


if __name__ == "__main__":
    main()
