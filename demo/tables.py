"""The demo's frames as Arrow batches with the import files' columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from demo.people import member_no

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd
    import pyarrow as pa

CURRENCY = "USD"
ROWS_A_BATCH = 100_000


def order_no(order_id: int) -> str:
    return f"CJ-{order_id}"


def write(path: Path, batches: Iterable[pa.Table]) -> int:
    """Batch by batch, so that the whole table is never in memory; returns the rows."""
    import pyarrow.parquet as pq

    rows = 0
    writer = None
    try:
        for batch in batches:
            writer = writer or pq.ParquetWriter(path, batch.schema, compression="zstd")
            writer.write_table(batch)
            rows += batch.num_rows
    finally:
        if writer is not None:
            writer.close()
    return rows


class OrderTable:
    """Order lines with the order's own columns repeated, cut to batches."""

    def __init__(self, *, orders: pd.DataFrame, lines: pd.DataFrame) -> None:
        import numpy as np

        self.orders, self.lines = orders, lines
        self.order_of_line = lines["order"].to_numpy()
        starts = np.searchsorted(self.order_of_line, np.arange(len(orders)))
        self.line_no = np.arange(len(lines)) - starts[self.order_of_line] + 1

    def batches(self, chosen: npt.NDArray[np.bool_], *, paid_only: bool) -> Iterator[pa.Table]:
        """Lines of the chosen orders. ``paid_only``: as they are placed, before any of them is given back."""
        import numpy as np

        columns = self._order_columns(paid_only=paid_only)
        rows = np.flatnonzero(chosen[self.order_of_line])
        for begin in range(0, max(len(rows), 1), ROWS_A_BATCH):
            yield self._batch(rows[begin : begin + ROWS_A_BATCH], columns)

    def _order_columns(self, *, paid_only: bool) -> dict[str, pa.Array]:

        orders = self.orders
        status = ["paid"] * len(orders) if paid_only else orders["status"].tolist()
        text = {
            "order_no": [order_no(number) for number in orders["order_id"]],
            "member_no": [member_no(number) for number in orders["household"]],
            "status": status,
            "store": [f"S{number:05d}" for number in orders["store"]],
            "channel": orders["channel"].tolist(),
            "payment_method": orders["method"].tolist(),
            "payment_fingerprint": _fingerprints("pay", orders["instrument"]),
            "device_fingerprint": _fingerprints("dev", orders["device"]),
            "address_fingerprint": _fingerprints("adr", orders["address"]),
            "ip": _dotted(orders["ip"]),
            "billing_country": orders["billing"].tolist(),
            "shipping_country": orders["shipping"].tolist(),
            "coupon": orders["coupon"].tolist(),
        }
        columns = {name: _text(values) for name, values in text.items()}
        return columns | {"placed_at": _moments(orders["placed"])}

    def _batch(self, rows: npt.NDArray[np.int64], columns: dict[str, pa.Array]) -> pa.Table:
        import pyarrow as pa

        at = pa.array(self.order_of_line[rows])
        lines = self.lines.iloc[rows]

        def whole(name: str) -> pa.Array:
            return columns[name].take(at)

        content = {"order_no": whole("order_no"), "line_no": pa.array(self.line_no[rows], pa.int32())}
        content |= {name: whole(name) for name in ("member_no", "placed_at")}
        content["sku"] = _skus(lines["product_id"])
        content["quantity"] = pa.array(lines["quantity"].to_numpy(), pa.int32())
        content["unit_price"] = _decimals(lines["price"].to_numpy(), places=6)
        content["discount"] = _decimals(lines["discount"].to_numpy(), places=2)
        content["currency"] = _constant(CURRENCY, len(rows))
        for name in (
            "status", "store", "channel", "payment_method", "payment_fingerprint", "device_fingerprint",
            "address_fingerprint", "ip", "billing_country", "shipping_country", "coupon",
        ):  # fmt: skip
            content[name] = whole(name)
        return pa.table(content)


def products(frame: pd.DataFrame) -> list[pa.Table]:
    """Price in thousandths, the finest a product's price has; stock generated from how much is sold."""
    import numpy as np
    import pyarrow as pa

    from demo.context import mixed

    spread = mixed(3, frame["product_id"].to_numpy()) % 1000
    weeks = 1 + spread % 7
    stock = np.ceil(frame["bought"].to_numpy() / 52 * weeks).astype(np.int64) + spread % 5
    stock = np.where(spread >= 985, 0, stock)
    return [
        pa.table(
            {
                "sku": _skus(frame["product_id"]),
                "name": _text(frame["name"].tolist()),
                "category": _text(frame["category"].tolist()),
                "brand": _text(frame["brand"].fillna("").tolist()),
                "price": _decimals((frame["price"].to_numpy() + 500) // 1000, places=3),
                "currency": _constant(CURRENCY, len(frame)),
                "stock": pa.array(stock, pa.int32()),
            }
        )
    ]


def members(frame: pd.DataFrame) -> list[pa.Table]:
    import pyarrow as pa

    content = {
        name: _text(frame[name].tolist())
        for name in ("member_no", "name", "email", "phone", "country", "language", "tier", "tags")
    }
    content["birth_date"] = pa.array(frame["birth_date"].tolist(), pa.date32())
    content["joined_at"] = _moments(frame["joined_at"])
    order = (
        "member_no",
        "name",
        "email",
        "phone",
        "birth_date",
        "country",
        "language",
        "joined_at",
        "tier",
        "tags",
    )
    return [pa.table({name: content[name] for name in order})]


def labels(frame: pd.DataFrame) -> list[pa.Table]:
    import pyarrow as pa

    return [
        pa.table(
            {
                "order_no": _text([order_no(number) for number in frame["order_id"]]),
                "is_fraud": pa.array(frame["is_fraud"].tolist(), pa.bool_()),
                "known_at": _moments(frame["known_at"]),
                "source": _text(frame["source"].tolist()),
            }
        )
    ]


def events(frame: pd.DataFrame) -> list[pa.Table]:
    import pyarrow as pa

    skus = [str(number) if number else None for number in frame["product_id"].tolist()]
    return [
        pa.table(
            {
                "member_no": _text([member_no(number) for number in frame["household"]]),
                "type": _text(frame["type"].tolist()),
                "sku": _text(skus),
                "occurred_at": _moments(frame["occurred_at"]),
                "session": _text(_fingerprints("s", frame["session"])),
            }
        )
    ]


def consents(frame: pd.DataFrame) -> list[pa.Table]:
    import pyarrow as pa

    text = {name: _text(frame[name].tolist()) for name in ("member_no", "purpose", "channel", "source")}
    granted = pa.array(frame["granted"].tolist(), pa.bool_())
    return [
        pa.table(
            {
                "member_no": text["member_no"],
                "purpose": text["purpose"],
                "channel": text["channel"],
                "granted": granted,
                "source": text["source"],
                "occurred_at": _moments(frame["occurred_at"]),
            }
        )
    ]


def points(frame: pd.DataFrame) -> list[pa.Table]:
    import pyarrow as pa

    return [
        pa.table(
            {
                "member_no": _text(frame["member_no"].tolist()),
                "points": pa.array(frame["points"].to_numpy(), pa.int32()),
                "reason": _text(frame["reason"].tolist()),
                "occurred_at": _moments(frame["occurred_at"]),
                "expires_at": _moments(frame["expires_at"]),
            }
        )
    ]


def truth(frame: pd.DataFrame) -> list[pa.Table]:
    import pyarrow as pa

    return [
        pa.table(
            {
                "order_no": _text([order_no(number) for number in frame["order_id"]]),
                "typology": _text(frame["typology"].tolist()),
                "is_fraud": pa.array(frame["is_fraud"].tolist(), pa.bool_()),
                "episode": pa.array(frame["episode"].to_numpy(), pa.int32()),
            }
        )
    ]


def _skus(product_ids: pd.Series[int]) -> pa.Array:
    import pyarrow as pa

    return pa.array(product_ids.to_numpy()).cast(pa.string())


def _text(values: Sequence[object]) -> pa.Array:
    """pandas marks a missing text with NaN; here it is null."""
    import pyarrow as pa

    return pa.array(values, pa.string(), from_pandas=True)


def _constant(text: str, n: int) -> pa.Array:
    import pyarrow as pa

    return pa.repeat(pa.scalar(text, pa.string()), n)


def _moments(seconds: pd.Series[int]) -> pa.Array:
    import pyarrow as pa

    return pa.array(seconds.to_numpy() * 1_000_000).cast(pa.timestamp("us", tz="UTC"))


def _decimals(whole: npt.NDArray[np.int64], *, places: int) -> pa.Array:
    """Whole units of the last decimal place as decimal128, without passing through floats."""
    import numpy as np
    import pyarrow as pa

    halves = np.empty((len(whole), 2), dtype="<i8")
    halves[:, 0] = whole
    halves[:, 1] = whole >> 63  # the sign fills the upper half
    return pa.Array.from_buffers(
        pa.decimal128(16, places), len(whole), [None, pa.py_buffer(halves.tobytes())]
    )


def _fingerprints(kind: str, numbers: pd.Series[int]) -> list[str]:
    return [f"{kind}_{number:016x}" if number else "" for number in numbers.tolist()]


def _dotted(addresses: pd.Series[int]) -> list[str]:
    return [
        f"{ip >> 24}.{ip >> 16 & 255}.{ip >> 8 & 255}.{ip & 255}" if ip else "" for ip in addresses.tolist()
    ]
