"""Orders of any number for load tests, written as they are made: memory does not grow with their number.

Members order at random moments from one device and means of payment of their own. A thief takes over a member
for some orders: expensive ones, from a new device, paid with a new instrument. The labels of these arrive 3
to 40 days later. The same arguments make the same files. It is for load tests; fraud models are judged on the
demo shop, which has several kinds of fraud.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pyarrow.parquet as pq
from numpy.typing import NDArray

CHUNK: Final = 50_000
DAY: Final = 86_400
BEGINS: Final = int(datetime(2025, 1, 1, tzinfo=UTC).timestamp())
_MOMENT: Final = pa.timestamp("s", tz="UTC")
ORDER_COLUMNS: Final = pa.schema(
    [
        ("order_no", pa.string()), ("line_no", pa.int32()), ("member_no", pa.string()),
        ("placed_at", _MOMENT), ("sku", pa.string()), ("quantity", pa.int32()),
        ("unit_price", pa.decimal128(12, 2)), ("discount", pa.decimal128(12, 2)), ("currency", pa.string()),
        ("status", pa.string()), ("channel", pa.string()), ("payment_method", pa.string()),
        ("payment_fingerprint", pa.string()), ("device_fingerprint", pa.string()),
        ("address_fingerprint", pa.string()),
    ]
)  # fmt: skip
LABEL_COLUMNS: Final = pa.schema(
    [("order_no", pa.string()), ("is_fraud", pa.bool_()), ("known_at", _MOMENT), ("source", pa.string())]
)


@dataclass(frozen=True)
class MadeUp:
    members: int
    orders: int
    days: int = 365
    skus: tuple[str, ...] = ("SKU1",)
    first_member: int = 1
    fraud_share: float = 0.005
    seed: int = 1


def write_orders(path: Path, wanted: MadeUp, *, progress: Callable[[int], object] = lambda n: None) -> int:
    """Write ``path`` and its labels (``NAME.labels.parquet``), by time; the number of frauds.

    Both files appear when they are complete.
    """
    targets = (path, path.with_suffix(".labels.parquet"))
    partial = [target.with_name(f"{target.name}.partial") for target in targets]
    frauds = 0
    with ExitStack() as files:
        orders = files.enter_context(pq.ParquetWriter(partial[0], ORDER_COLUMNS))
        labels = files.enter_context(pq.ParquetWriter(partial[1], LABEL_COLUMNS))
        for table, known in chunks(wanted):
            orders.write_table(table)
            labels.write_table(known)
            frauds += len(known)
            progress(len(table))
    for here, target in zip(partial, targets, strict=True):
        here.replace(target)
    return frauds


def chunks(wanted: MadeUp) -> Iterator[tuple[pa.Table, pa.Table]]:
    """(orders, labels of the frauds among them), by time, at most CHUNK at a time."""
    rng = np.random.default_rng(wanted.seed)
    for start in range(0, wanted.orders, CHUNK):
        n = min(CHUNK, wanted.orders - start)
        yield _chunk(wanted, start, n, rng)


def _chunk(wanted: MadeUp, start: int, n: int, rng: np.random.Generator) -> tuple[pa.Table, pa.Table]:
    span = wanted.days * DAY
    first, last = BEGINS + span * start // wanted.orders, BEGINS + span * (start + n) // wanted.orders
    placed_at = np.sort(rng.integers(first, max(last, first + 1), n))
    member = rng.integers(0, wanted.members, n)
    is_fraud = rng.random(n) < wanted.fraud_share
    cents = np.rint(100 * rng.lognormal(3, 0.7, n) * np.where(is_fraud, 3, 1)).astype(np.int64) + 1
    number = start + np.arange(n)
    user = np.where(is_fraud, number, member)
    kind = np.where(is_fraud, "thief", "own")
    order_no = [f"GEN{wanted.seed}-{one}" for one in number.tolist()]
    sku = np.array(wanted.skus, object)[rng.integers(0, len(wanted.skus), n)]
    columns: dict[str, object] = {
        "order_no": order_no,
        "line_no": np.ones(n, np.int32),
        "member_no": [f"M{one:05d}" for one in (member + wanted.first_member).tolist()],
        "placed_at": pa.array(placed_at, pa.int64()).cast(_MOMENT),
        "sku": sku,
        "quantity": np.ones(n, np.int32),
        "unit_price": _money(cents),
        "discount": _money(np.zeros(n, np.int64)),
        "currency": ["USD"] * n,
        "status": ["completed"] * n,
        "channel": np.where(rng.random(n) < 0.5, "web", "app"),
        "payment_method": ["card"] * n,
        "payment_fingerprint": [f"pay-{k}-{u}" for k, u in zip(kind.tolist(), user.tolist(), strict=True)],
        "device_fingerprint": [f"dev-{k}-{u}" for k, u in zip(kind.tolist(), user.tolist(), strict=True)],
        "address_fingerprint": [f"adr-{k}-{u}" for k, u in zip(kind.tolist(), user.tolist(), strict=True)],
    }
    frauds = np.flatnonzero(is_fraud)
    known_at = placed_at[frauds] + rng.integers(3 * DAY, 40 * DAY, len(frauds))
    labels = {
        "order_no": [order_no[row] for row in frauds.tolist()],
        "is_fraud": np.ones(len(frauds), bool),
        "known_at": pa.array(known_at, pa.int64()).cast(_MOMENT),
        "source": ["chargeback"] * len(frauds),
    }
    return pa.table(columns, schema=ORDER_COLUMNS), pa.table(labels, schema=LABEL_COLUMNS)


def _money(cents: NDArray[np.int64]) -> pa.Array:
    """Exact: whole cents, and the point put in by division of decimals."""
    hundredths = pa.array(cents, pa.int64()).cast(pa.decimal128(19, 0))
    return pa.compute.multiply(hundredths, pa.scalar("0.01").cast(pa.decimal128(2, 2))).cast(
        pa.decimal128(12, 2)
    )
