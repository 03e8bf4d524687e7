"""How fast fraud models answer and learn, one thread, on made-up orders.

    python -m benchmarks.fraud.speed [--seed 1] [--training-orders 900000]

One order: CPU milliseconds of the model call alone, p50 and p99 over 1,000 orders with full histories; the
reasons by occlusion; many orders: scored a CPU second. ``torch eager`` is the same network run by torch, the
peer in the same run. ``--training-orders N`` also fits the blend on N orders (minutes): features and fit,
wall and CPU seconds, and the process's peak memory.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from fraud.ml.judging.explanation import explain
from fraud.ml.models.blend import FraudBlend
from fraud.ml.models.two_sequence_lstm import TwoSequenceLstm
from fraud.ml.orders.columns import DAY, OrderColumns
from fraud.ml.orders.sequences import TransactionSequences, build_sequences
from fraud.ml.orders.training_data import LabelledSequences
from learning.measuring import measured

START = 1_767_225_600  # 2026-01-01 in UTC
CALLS, BATCH = 1_000, 50_000


def made_up(*, n: int, days: int, seed: int) -> OrderColumns:
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


def cpu_milliseconds(call: Callable[[TransactionSequences], Any], rows: list[TransactionSequences]) -> str:
    """p50 and p99 of one call each."""
    spent = []
    for one in rows:
        started = time.thread_time()
        call(one)
        spent.append((time.thread_time() - started) * 1_000)
    return f"p50 {np.percentile(spent, 50):.3f} ms  p99 {np.percentile(spent, 99):.3f} ms"


def a_cpu_second(call: Callable[[TransactionSequences], Any], sequences: TransactionSequences) -> str:
    started = time.process_time()
    call(sequences)
    return f"{len(sequences) / (time.process_time() - started):,.0f} orders a CPU second"


def in_torch(model: TwoSequenceLstm) -> Callable[[TransactionSequences], Any]:
    network = model.network()

    def score(sequences: TransactionSequences) -> list[Any]:
        with torch.inference_mode():
            return [
                network(*model.scalers_.inputs(batch).batch(slice(None)))
                for batch in sequences.batches(1_024)
            ]

    return score


def speeds(model: FraudBlend, sequences: TransactionSequences) -> None:
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
        print(f"one order   {name:18} {cpu_milliseconds(call, rows)}", flush=True)
    for name in ("lstm", "blend"):

        def reasons(one: TransactionSequences, name: str = name) -> Any:
            return explain(calls[name], one, typical=model.typical_step)

        print(f"reasons     {name:18} {cpu_milliseconds(reasons, rows[:300])}", flush=True)
    newest = sequences.select(slice(-BATCH, None))
    for name, call in calls.items():
        print(f"many orders {name:18} {a_cpu_second(call, newest)}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--orders", type=int, default=100_000)
    parser.add_argument("--training-orders", type=int, default=0)
    options = parser.parse_args()
    torch.set_num_threads(1)
    orders = made_up(n=options.orders, days=60, seed=options.seed)
    sequences = build_sequences(orders, time_zone="UTC")
    speeds(fitted(orders, sequences, seed=options.seed), sequences)
    if options.training_orders:
        del sequences
        with measured() as cost:
            orders = made_up(n=options.training_orders, days=91, seed=options.seed)
            fitted(orders, build_sequences(orders, time_zone="UTC"), seed=options.seed)
        print(
            f"training on {options.training_orders:,} orders of 91 days: {cost.wall_seconds:.0f} s, "
            f"{cost.cpu_seconds:.0f} CPU s, peak {cost.peak_rss_mb / 1024:.2f} GB"
        )


if __name__ == "__main__":
    main()
