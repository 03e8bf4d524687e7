"""Fraud models on the demo shop: does reading the member's orders beat looking at the order alone?

    python -m benchmarks.fraud.demo_shop [--demo DIR] [--seeds 1,2,3] [--validation]

Models learn from what was known when the test window began, 87 days before the demo's end, and are judged on
the 42 days after it by every label that has arrived since. ``--validation`` judges on the 42 days before that
window instead: settings are chosen there. Average precision, higher is better.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.results import Report, options_of, parser_of
from fraud.ml.model_list import fraud_model
from fraud.ml.orders.columns import DAY, OrderColumns
from fraud.ml.orders.frames import columns_from_frame
from fraud.ml.orders.labelling import HELD_OUT_DAYS, HoldOut, hold_out, labelled_at
from fraud.ml.orders.sequences import TransactionSequences, build_sequences
from fraud.ml.orders.training_data import LabelledSequences
from learning.detection_metrics import auc_roc, average_precision, brier
from learning.measuring import measured

SHOWN = ("seed", "model", "average_precision", "auc_roc", "brier", "fit_seconds", "orders_a_cpu_second")
TIMED = ("fit_seconds", "orders_a_cpu_second")


def demo_orders(directory: Path) -> OrderColumns:
    """The orders of the generated demo files, held-back days included."""
    lines = pd.concat(
        [pd.read_parquet(directory / f"{name}.parquet") for name in ("orders", "replay_orders")]
    )
    labels = pd.concat(
        [pd.read_parquet(directory / f"{name}.parquet") for name in ("labels", "replay_labels")]
    )
    members = pd.read_parquet(directory / "members.parquet", columns=["member_no", "joined_at"])
    discount = lines["discount"].astype("float64")
    paid = lines["quantity"] * lines["unit_price"].astype("float64") - discount
    lines = lines.assign(amount=paid, discount=discount)
    same = [name for name in lines.columns if name not in ("line_no", "sku", "quantity", "unit_price")]
    totals = {name: "first" for name in same if name != "order_no"} | {"amount": "sum", "discount": "sum"}
    orders = (
        lines.groupby("order_no", sort=False).agg({**totals, "sku": "size"}).rename(columns={"sku": "lines"})
    )
    orders = orders.join(labels.drop_duplicates("order_no", keep="last").set_index("order_no"))
    orders = orders.merge(members, on="member_no", how="left").rename(columns={"known_at": "label_known_at"})
    orders["is_fraud"] = orders["is_fraud"].astype("float32")
    return columns_from_frame(orders.rename(columns={"member_no": "member"}))


def windows(orders: OrderColumns, *, validation: bool) -> HoldOut:
    """The test window, or the one that ends where it begins."""
    newest = int(orders.placed_at.max())
    test = hold_out(orders, as_of=newest)
    if not validation:
        return test
    begins = test.begins - HELD_OUT_DAYS * DAY
    known = labelled_at(orders, as_of=newest)
    inside = (orders.placed_at[known.rows] >= begins) & (orders.placed_at[known.rows] < test.begins)
    judged = replace(test.test, rows=known.rows[inside], is_fraud=known.is_fraud[inside])
    return HoldOut(begins, test.begins, labelled_at(orders, as_of=begins), judged)


def judge(
    unfitted: Any,
    orders: OrderColumns,
    sequences: TransactionSequences,
    split: HoldOut,
    *,
    seed: int,
) -> dict[str, float]:
    rows = split.train.rows
    data = LabelledSequences(sequences.select(rows), split.train.is_fraud, orders.placed_at[rows])
    with measured() as fitting:
        model = unfitted.fit(data, rng=np.random.default_rng(seed))
    with measured() as scoring:
        score = model.score(sequences.select(split.test.rows))
    bad = split.test.is_fraud
    return {
        "average_precision": average_precision(bad, score),
        "auc_roc": auc_roc(bad, score),
        "brier": brier(bad, score),
        "fit_seconds": fitting.wall_seconds,
        "orders_a_cpu_second": len(score) / scoring.cpu_seconds,
    }


def main() -> None:
    parser = parser_of(__doc__)
    parser.add_argument("--demo", type=Path, help="a folder with demo files; generated when not given")
    parser.add_argument("--households", type=int, help="of a demo that is generated; all, unless told")
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--models", default="logistic,lstm_member")
    parser.add_argument("--validation", action="store_true")
    options = options_of(parser, households=150, seeds="1", models="logistic,boosted_trees")
    with tempfile.TemporaryDirectory() as scratch:
        orders = demo_orders(options.demo or generated(Path(scratch), households=options.households))
    split = windows(orders, validation=options.validation)
    sequences = build_sequences(orders, time_zone="UTC")
    print(
        f"{len(split.train.rows):,} orders to learn from ({int(split.train.is_fraud.sum())} frauds), ", end=""
    )
    print(f"{len(split.test.rows):,} to judge on ({int(split.test.is_fraud.sum())} frauds)")
    print("  ".join(f"{name:>19}" for name in SHOWN))
    with Report(
        "fraud", data="demo shop: simulated purchases, generated fraud", seed=options.seeds
    ) as report:
        for seed in (int(text) for text in options.seeds.split(",")):
            for model in options.models.split(","):
                figures = judge(fraud_model(model), orders, sequences, split, seed=seed)
                shown = [str(seed), model, *(f"{figures[name]:.4f}" for name in SHOWN[2:])]
                print("  ".join(f"{text:>19}" for text in shown), flush=True)
                for name in SHOWN[2:]:
                    report.add(f"{model}: {name}", figures[name], timed=name in TIMED)


def generated(directory: Path, *, households: int | None) -> Path:
    from demo.files import generate

    generate(directory=directory, last_day=date(2026, 11, 22), time_zone="UTC", households=households)
    return directory


if __name__ == "__main__":
    main()
