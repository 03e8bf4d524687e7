"""Orders in the database as the sequences that fraud models read. The one place where both meet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings

from fraud.history_query import read_history
from membership.models import Member, Order

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from fraud.ml.orders.columns import OrderColumns
    from fraud.ml.orders.sequences import TransactionSequences

_FIELDS = {
    "id": "order_id",
    "member_id": "member",
    "placed_at": "placed_at",
    "store_id": "store",
    "subtotal": "subtotal",  # what it came to when it was placed: a later refund must not show
    "item_count": "lines",
    "discount": "discount",
    "coupon": "coupon",
    "channel": "channel",
    "payment_method": "payment_method",
    "payment_fingerprint": "payment_fingerprint",
    "device_fingerprint": "device_fingerprint",
    "address_fingerprint": "address_fingerprint",
    "ip": "ip",
    "billing_country": "billing_country",
    "shipping_country": "shipping_country",
    "member__joined_at": "joined_at",
    "is_fraud": "is_fraud",
    "label_known_at": "label_known_at",
}
_SCORED = (Member.Status.ACTIVE, Member.Status.FROZEN)


@dataclass(frozen=True)
class ShopOrders:
    """Orders by time: ``ids`` and ``member_ids`` (n,) int64 of the database, and what models read."""

    ids: np.ndarray[Any, Any]
    member_ids: np.ndarray[Any, Any]
    columns: OrderColumns

    def __len__(self) -> int:
        return len(self.ids)

    def sequences(self, *, rows: np.ndarray[Any, Any] | None = None) -> TransactionSequences:
        """Of the orders at ``rows`` (all, unless told), each as known when it was placed."""
        from fraud.ml.orders.sequences import build_sequences

        return build_sequences(self.columns, time_zone=settings.TIME_ZONE, rows=rows)


def load_orders(*, member_ids: Iterable[int] | None = None) -> ShopOrders:
    """All orders of members that are neither merged away nor erased (only ``member_ids``, if told)."""
    orders = Order.objects.filter(member__status__in=_SCORED)
    if member_ids is not None:
        orders = orders.filter(member_id__in=list(member_ids))
    rows = orders.order_by("placed_at", "id").values_list(*_FIELDS).iterator(chunk_size=20_000)
    return _shop_orders(rows)


def load_history(*, order: Order) -> ShopOrders:
    """``order`` as the last row, after as many earlier orders as its features look at, in one query."""
    import numpy as np

    from fraud.ml.orders.rows import columns_from_rows, seconds_of

    rows = read_history(order, columns=tuple(_FIELDS), statuses=_SCORED)
    columns = dict(zip(_FIELDS.values(), zip(*rows, strict=True), strict=True))
    columns["amount"] = _placed_amounts(columns.pop("subtotal"), columns["discount"])
    times = {
        "placed_at": seconds_of(columns["placed_at"]),
        "joined_at": seconds_of(columns["joined_at"]),
        "label_known_at": seconds_of(columns["label_known_at"], round_up=True),
    }
    return ShopOrders(
        ids=np.array(columns["order_id"], np.int64),
        member_ids=np.array(columns["member"], np.int64),
        columns=columns_from_rows(columns, times=times),
    )


def _shop_orders(rows: Iterable[tuple[Any, ...]]) -> ShopOrders:
    import numpy as np
    import pandas as pd

    from fraud.ml.orders.frames import columns_from_frame

    columns = list(zip(*rows, strict=True)) or [()] * len(_FIELDS)
    by_name = dict(zip(_FIELDS.values(), columns, strict=True))
    by_name["amount"] = _placed_amounts(by_name.pop("subtotal"), by_name["discount"])
    frame = pd.DataFrame({name: _series(name, values) for name, values in by_name.items()})
    return ShopOrders(
        ids=frame["order_id"].to_numpy(np.int64),
        member_ids=frame["member"].to_numpy(np.int64),
        columns=columns_from_frame(frame),
    )


def _placed_amounts(subtotals: tuple[Any, ...], discounts: tuple[Any, ...]) -> tuple[float, ...]:
    return tuple(
        round(float(subtotal) - float(discount), 3)
        for subtotal, discount in zip(subtotals, discounts, strict=True)
    )


def _series(name: str, values: tuple[Any, ...]) -> pd.Series[Any]:
    """Exactly typed, so that a column of nothing but NULLs, or of no rows, means the same as any other."""
    import numpy as np
    import pandas as pd

    if name in ("order_id", "member", "lines"):
        return pd.Series(np.array(values, np.int64))
    if name in ("amount", "discount"):
        return pd.Series(np.array([float(value) for value in values], np.float64))
    if name == "is_fraud":
        return pd.Series(np.array([np.nan if value is None else value for value in values], np.float32))
    if name in ("placed_at", "joined_at", "label_known_at"):
        return pd.Series(pd.to_datetime(list(values), utc=True))
    return pd.Series(np.array(values, object), dtype=object)
