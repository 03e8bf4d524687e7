"""What the demo's held-back days bring between two moments, ready to be posted through services."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from demo.files import DemoFiles, existing


class NoDemoError(Exception):
    """The folder holds no complete demo shop."""


@dataclass(frozen=True)
class ReplayLine:
    line_no: int
    sku: str
    quantity: int
    unit_price: Decimal
    discount: Decimal


@dataclass(frozen=True)
class ReplayOrder:
    """An order as a storefront would post it. Texts are empty where there is nothing to say."""

    order_no: str
    member_no: str
    placed_at: datetime
    currency: str
    status: str
    store: str
    channel: str
    payment_method: str
    payment_fingerprint: str
    device_fingerprint: str
    ip: str
    billing_country: str
    shipping_country: str
    coupon: str
    lines: tuple[ReplayLine, ...]
    address_fingerprint: str = ""  # demo shops generated before it was known have none


@dataclass(frozen=True)
class ReplayEvent:
    member_no: str
    type: str
    sku: str
    occurred_at: datetime
    session: str


@dataclass(frozen=True)
class ReplayLabel:
    order_no: str
    is_fraud: bool
    known_at: datetime
    source: str


@dataclass(frozen=True)
class ReplayBatch:
    """Everything that happened after one moment and up to another, each kind by time."""

    orders: list[ReplayOrder] = field(default_factory=list)
    events: list[ReplayEvent] = field(default_factory=list)
    labels: list[ReplayLabel] = field(default_factory=list)


def due(*, directory: Path, after: datetime, until: datetime) -> ReplayBatch:
    """Orders, events and labels with ``after < moment <= until`` (aware moments)."""
    for name, moment in (("after", after), ("until", until)):
        if moment.tzinfo is None:
            raise ValueError(
                f"{name} must be an aware moment, as datetime.now(tz=UTC); it names no time zone."
            )
    files = _complete(directory)
    orders = _between(files, "replay_orders", "placed_at", after, until)
    events = _between(files, "replay_events", "occurred_at", after, until)
    labels = _between(files, "replay_labels", "known_at", after, until)
    return ReplayBatch(
        orders=_orders(orders),
        events=[ReplayEvent(**row | {"sku": row["sku"] or ""}) for row in events],
        labels=[ReplayLabel(**row) for row in labels],
    )


def window(*, directory: Path) -> tuple[datetime, datetime]:
    """When the held-back days begin, and when they end (aware, UTC)."""
    manifest = _complete(directory).manifest
    begin, end = (datetime.fromisoformat(manifest[name]) for name in ("replay_from", "replay_until"))
    return begin.astimezone(UTC), end.astimezone(UTC)


def _complete(directory: Path) -> DemoFiles:
    files = existing(directory=directory)
    if files is None:
        raise NoDemoError(f"{directory} holds no complete demo shop; demo.files.generate writes one.")
    return files


def _between(
    files: DemoFiles, name: str, column: str, after: datetime, until: datetime
) -> list[dict[str, Any]]:
    import pyarrow as pa
    import pyarrow.compute as pc

    path = files.path(name)
    table = _table(path, path.stat().st_mtime_ns)
    moments = table[column]
    low, high = (pa.scalar(moment, moments.type) for moment in (after, until))
    rows: list[dict[str, Any]] = table.filter(
        pc.and_(pc.greater(moments, low), pc.less_equal(moments, high))
    ).to_pylist()
    return rows


@lru_cache(maxsize=3)
def _table(path: Path, _written_at: int) -> Any:
    """The replay files are a few megabytes; a worker reads each once."""
    import pyarrow.parquet as pq

    return pq.read_table(path)


def _orders(rows: list[dict[str, Any]]) -> list[ReplayOrder]:
    """Rows of one order lie together."""
    of_line = ("line_no", "sku", "quantity", "unit_price", "discount")
    grouped: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        grouped.setdefault(row["order_no"], []).append(row)
    return [
        ReplayOrder(
            **{name: value for name, value in lines[0].items() if name not in of_line},
            lines=tuple(ReplayLine(**{name: line[name] for name in of_line}) for line in lines),
        )
        for lines in grouped.values()
    ]
