"""Orders in the database as the sequences that fraud models read. The one place where both meet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from membership.models import Member, Order
from registry.bulk import quoted_names

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from fraud.ml.order_columns import OrderColumns
    from fraud.ml.transaction_sequences import TransactionSequences

_FIELDS = {
    "id": "order_id",
    "member_id": "member",
    "placed_at": "placed_at",
    "store_id": "store",
    "total": "amount",
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
_PLACED_AT = list(_FIELDS).index("placed_at")
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
        from fraud.ml.transaction_sequences import build_sequences

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
    nearby = RawSQL(*_ids_of_history(order))
    rows = Order.objects.filter(pk__in=nearby).order_by().values_list(*_FIELDS)
    return _shop_orders(sorted(rows, key=lambda row: (row[_PLACED_AT], row[0])))


def _ids_of_history(order: Order) -> tuple[str, tuple[Any, ...]]:
    """SQL for the ids of the member's last orders and the place's and, where frauds are known of the place,
    of the other frauds on their members, and of what the newest one's member had ordered before it."""
    from fraud.ml.place_history import PLACE_ORDERS_NEEDED
    from fraud.ml.transaction_sequences import ORDERS_NEEDED, USUAL_ORDERS

    earlier = Q(placed_at__lt=order.placed_at) | Q(placed_at=order.placed_at, id__lte=order.pk)
    newest = Order.objects.filter(earlier).order_by("-placed_at", "-id")
    mine, parameters = _compiled(newest.filter(member_id=order.member_id), "id", limit=ORDERS_NEEDED)
    place = _same_place(order)
    if place is None:
        return mine, parameters
    there = newest.filter(place, member__status__in=_SCORED)
    columns = ("id", "member_id", "placed_at", "is_fraud", "label_known_at")
    here, of_place = _compiled(there, *columns, limit=PLACE_ORDERS_NEEDED)
    elsewhere, of_members = _compiled(newest.order_by().filter(is_fraud=True), "id")
    table, _names = quoted_names(Order, ("id",))
    adapted = connection.ops.adapt_datetimefield_value
    sql = f"""
        WITH here (id, member_id, placed_at, is_fraud, label_known_at) AS ({here}),
        robbed AS (SELECT member_id, placed_at FROM here WHERE is_fraud AND label_known_at <= %s
                   ORDER BY placed_at DESC, id DESC LIMIT 1)
        SELECT id FROM ({mine}) AS mine
        UNION SELECT id FROM here
        UNION SELECT id FROM ({elsewhere} AND member_id IN (SELECT member_id FROM here WHERE is_fraud)) AS more
        UNION SELECT id FROM (
            SELECT id FROM {table} WHERE member_id = (SELECT member_id FROM robbed)
            AND placed_at <= (SELECT placed_at FROM robbed) ORDER BY placed_at DESC, id DESC
            LIMIT {2 * USUAL_ORDERS}) AS before
    """  # noqa: S608  # our own names; values travel as parameters
    # labels are known from the next whole second on, and an order is placed at the last one
    known_by = adapted(order.placed_at.replace(microsecond=0))
    return sql, (*of_place, known_by, *parameters, *of_members)


def _compiled(
    orders: QuerySet[Order], *columns: str, limit: int | None = None
) -> tuple[str, tuple[Any, ...]]:
    return orders.values(*columns)[:limit].query.sql_with_params()


def _same_place(order: Order) -> Q | None:
    """Orders of the same store or, without one, of the same device or means of payment; see place_codes."""
    if order.store_id is not None:
        return Q(store_id=order.store_id)
    if order.device_fingerprint:
        return Q(store=None, device_fingerprint=order.device_fingerprint)
    if order.payment_fingerprint:
        return Q(store=None, device_fingerprint="", payment_fingerprint=order.payment_fingerprint)
    return None


def _shop_orders(rows: Iterable[tuple[Any, ...]]) -> ShopOrders:
    import numpy as np
    import pandas as pd

    from fraud.ml.order_frames import columns_from_frame

    columns = list(zip(*rows, strict=True)) or [()] * len(_FIELDS)
    frame = pd.DataFrame(
        {name: _series(name, values) for name, values in zip(_FIELDS.values(), columns, strict=True)}
    )
    return ShopOrders(
        ids=frame["order_id"].to_numpy(np.int64),
        member_ids=frame["member"].to_numpy(np.int64),
        columns=columns_from_frame(frame),
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
