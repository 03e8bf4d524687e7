"""How fast fraud models answer and learn, one thread, on randomly generated orders.

    python -m benchmarks.fraud.speed [--seed 1] [--training-orders 900000]

One order: CPU milliseconds of the model call alone, p50 and p99 over 1,000 orders with full histories; the
reasons by occlusion; many orders: scored a CPU second. ``torch eager`` is the same network run by torch, the
peer in the same run. ``--training-orders N`` also fits the blend on N orders (minutes): features and fit,
wall and CPU seconds, and the process's peak memory.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from benchmarks.results import Report, options_of, parser_of
from fraud.ml.judging.explanation import explain
from fraud.ml.models.blend import FraudBlend
from fraud.ml.models.two_sequence_lstm import TwoSequenceLstm
from fraud.ml.orders.columns import DAY, OrderColumns
from fraud.ml.orders.sequences import TransactionSequences, build_sequences
from fraud.ml.orders.training_data import LabelledSequences
from learning.measuring import measured

START = 1_767_225_600  # 2026-01-01 in UTC
CALLS, BATCH = 1_000, 50_000
GOALS = (0.2, 0.7)
"""p50 and p99 of one order by the blend."""


def generated_orders(*, n: int, days: int, seed: int) -> OrderColumns:
    """Two orders a member and day, one a store and day; 0.8 % fraud, mostly by amount or by store."""
    rng = np.random.default_rng(seed)
    n_members, n_stores = max(n // (2 * days), 1), max(n // days, 1)
    placed_at = np.sort(START + rng.integers(0, days * DAY, n))
    member, store = rng.integers(0, n_members, n), rng.integers(0, n_stores, n)
    usual = rng.uniform(5, 100, n_members)
    amount = np.maximum(rng.normal(usual[member], usual[member] / 2), 0.5)
    bad_store = (rng.random(n_stores) < 0.02)[store] & (placed_at > START + days * DAY // 3)
    stolen = rng.random(n) < 0.004
    is_fraud = (stolen | (bad_store & (rng.random(n) < 0.3))).astype(np.float32)
    amount = np.where(stolen, amount * rng.uniform(2, 6, n), amount)
    return OrderColumns.build(
        member=member,
        placed_at=placed_at,
        amount_cents=np.rint(amount * 100).astype(np.int64),
        store=store,
        is_fraud=is_fraud,
        label_known_at=placed_at + 7 * DAY,
    )


def fitted(orders: OrderColumns, sequences: TransactionSequences, *, seed: int) -> FraudBlend:
    data = LabelledSequences(sequences, orders.is_fraud, orders.placed_at)
    return FraudBlend().fit(data, rng=np.random.default_rng(seed))


def cpu_milliseconds(
    call: Callable[[TransactionSequences], Any], rows: list[TransactionSequences]
) -> tuple[float, float]:
    """p50 and p99 of one call each."""
    spent = []
    for one in rows:
        started = time.thread_time()
        call(one)
        spent.append((time.thread_time() - started) * 1_000)
    return float(np.percentile(spent, 50)), float(np.percentile(spent, 99))


def keep(report: Report, kind: str, name: str, measured_pair: tuple[float, float]) -> None:
    print(f"{kind:<11} {name:18} p50 {measured_pair[0]:.3f} ms  p99 {measured_pair[1]:.3f} ms", flush=True)
    goals = GOALS if (kind, name) == ("one order", "blend") else (None, None)
    for percentile, value, goal in zip(("p50", "p99"), measured_pair, goals, strict=True):
        report.add(f"{name}, {kind}: {percentile} CPU ms", value, at_most=goal, timed=True)


def a_cpu_second(call: Callable[[TransactionSequences], Any], sequences: TransactionSequences) -> float:
    started = time.process_time()
    call(sequences)
    return len(sequences) / (time.process_time() - started)


def in_torch(model: TwoSequenceLstm) -> Callable[[TransactionSequences], Any]:
    network = model.network()

    def score(sequences: TransactionSequences) -> list[Any]:
        with torch.inference_mode():
            return [
                network(*model.scalers_.inputs(batch).batch(slice(None)))
                for batch in sequences.batches(1_024)
            ]

    return score


def speeds(report: Report, model: FraudBlend, sequences: TransactionSequences) -> None:
    calls: dict[str, Callable[[TransactionSequences], Any]] = {
        "lstm": model.parts_["lstm"].score,
        "lstm, torch eager": in_torch(model.parts_["lstm"]),
        "boosted_trees": model.parts_["boosted_trees"].score,
        "logistic": model.parts_["logistic"].score,
        "blend": model.score,
    }
    full = np.flatnonzero(sequences.mask.all(axis=1))[-CALLS:]
    rows = [sequences.select(np.array([row])).compacted() for row in full]
    for name, call in calls.items():
        cpu_milliseconds(call, rows[:50])  # warm
        keep(report, "one order", name, cpu_milliseconds(call, rows))
    for name in ("lstm", "blend"):

        def reasons(one: TransactionSequences, name: str = name) -> Any:
            return explain(calls[name], one, typical=model.typical_step)

        keep(report, "reasons", name, cpu_milliseconds(reasons, rows[:300]))
    newest = sequences.select(slice(-BATCH, None))
    for name, call in calls.items():
        speed = a_cpu_second(call, newest)
        print(f"many orders {name:18} {speed:,.0f} orders a CPU second", flush=True)
        report.add(f"{name}, many orders: orders a CPU second", speed, timed=True)
        if name in model.parts_ or name == "blend":
            score = np.mean(call(newest))
            report.add(f"{name}: mean score of {len(newest):,} orders", float(score))


def main() -> None:
    parser = parser_of(__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--orders", type=int, default=100_000)
    parser.add_argument("--training-orders", type=int, default=0)
    options = options_of(parser, orders=6_000)
    torch.set_num_threads(1)
    with Report("fraud_speed", data="randomly generated orders", seed=options.seed) as report:
        orders = generated_orders(n=options.orders, days=60, seed=options.seed)
        sequences = build_sequences(orders, time_zone="UTC")
        speeds(report, fitted(orders, sequences, seed=options.seed), sequences)
        if options.training_orders:
            del sequences
            training(report, n=options.training_orders, seed=options.seed)


def training(report: Report, *, n: int, seed: int) -> None:
    with measured() as cost:
        orders = generated_orders(n=n, days=91, seed=seed)
        fitted(orders, build_sequences(orders, time_zone="UTC"), seed=seed)
    print(
        f"training on {n:,} orders of 91 days: {cost.wall_seconds:.0f} s, "
        f"{cost.cpu_seconds:.0f} CPU s, peak {cost.peak_rss_mb / 1024:.2f} GB"
    )
    report.add(f"training on {n:,} orders: CPU s", cost.cpu_seconds, timed=True)
    report.add(f"training on {n:,} orders: peak MB", cost.peak_rss_mb, timed=True)


if __name__ == "__main__":
    main()
