"""Orders in the database as the sequences that fraud models read. The one place where both meet."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import repeat
from typing import TYPE_CHECKING, Any

from fraud.history_query import read_history, read_orders
from membership.models import Member, Order, Refund
from membership.models.exchange_rates import InShopCurrency
from membership.models.shop import the_shop

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from fraud.ml.orders.columns import OrderColumns
    from fraud.ml.orders.returns import Refunds
    from fraud.ml.orders.sequences import TransactionSequences

_FIELDS = {
    "id": "order_id",
    "member_id": "member",
    "placed_at": "placed_at",
    "store_id": "store",
    "subtotal": "subtotal",  # what it came to when it was placed: a later refund must not show
    "item_count": "lines",
    "discount": "discount",
    "shop_rate": "shop_rate",  # to the shop's currency, in which all amounts are
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
SCORED_MEMBERS = (Member.Status.ACTIVE, Member.Status.FROZEN)


@dataclass(frozen=True)
class ShopOrders:
    """Orders by time: ``ids`` and ``member_ids`` (n,) int64 of the database, and what models read."""

    ids: NDArray[np.int64]
    member_ids: NDArray[np.int64]
    columns: OrderColumns

    def __len__(self) -> int:
        return len(self.ids)

    def sequences(self, *, rows: NDArray[np.intp] | None = None) -> TransactionSequences:
        """Of the orders at ``rows`` (all by default), each as known when it was placed."""
        from fraud.ml.orders.sequences import build_sequences

        return build_sequences(self.columns, time_zone=the_shop().time_zone, rows=rows)


@dataclass(frozen=True)
class PreparedOrders:
    """Orders with their sequences, which take as long to make as the orders to read."""

    orders: ShopOrders
    sequences: TransactionSequences


def load_orders() -> ShopOrders:
    """All orders of members that are neither merged away nor erased."""
    rows = read_orders(columns=tuple(_FIELDS), statuses=SCORED_MEMBERS)
    return _shop_orders(rows, refunds=read_refunds())


def load_history(*, order: Order) -> ShopOrders:
    """``order`` as the last row, after as many earlier orders as its features look at, in two queries."""
    rows = read_history(order, columns=tuple(_FIELDS), statuses=SCORED_MEMBERS)
    return _shop_orders(rows, refunds=read_refunds(member_id=order.member_id, until=order.placed_at))


def read_refunds(*, member_id: int | None = None, until: datetime | None = None) -> Refunds:
    """All refunds, or one member's up to a moment, in the shop's currency; one query.

    A refund of an order without a rate counts, with the amount 0.
    """
    import numpy as np

    from fraud.ml.orders.returns import Refunds

    refunds = Refund.objects.order_by()
    if member_id is not None:
        refunds = refunds.filter(order__member_id=member_id, refunded_at__lte=until)
    amount = InShopCurrency("goods", "order__shop_rate", "order__shop_digits")
    rows = list(refunds.values_list("order__member_id", "refunded_at", amount))
    if not rows:
        return Refunds.none()
    members, moments, goods = zip(*rows, strict=True)
    return Refunds(
        member=np.array(members, np.int64),
        known_at=np.array([math.ceil(moment.timestamp()) for moment in moments], np.int64),
        cents=np.array([round((amount or 0) * 100) for amount in goods], np.int64),
    )


def _shop_orders(rows: Sequence[tuple[Any, ...]], *, refunds: Refunds) -> ShopOrders:
    import numpy as np

    from fraud.ml.orders.rows import columns_from_rows, seconds_of

    values = zip(*rows, strict=True) if rows else [()] * len(_FIELDS)
    columns = dict(zip(_FIELDS.values(), values, strict=True))
    rates = columns.pop("shop_rate")
    columns["amount"] = _placed_amounts(columns.pop("subtotal"), columns["discount"], rates)
    columns["discount"] = _placed_amounts(columns["discount"], repeat(0), rates)
    times = {
        "placed_at": seconds_of(columns["placed_at"]),
        "joined_at": seconds_of(columns["joined_at"]),
        "label_known_at": seconds_of(columns["label_known_at"], round_up=True),
    }
    members = np.array(columns["member"], np.int64)
    cents, count = refunds.before(member=members, placed_at=times["placed_at"])
    returned = {"returned_cents": cents, "returns": count}
    return ShopOrders(
        ids=np.array(columns["order_id"], np.int64),
        member_ids=members,
        columns=columns_from_rows(columns, times=times, returned=returned),
    )


def _placed_amounts(
    subtotals: Sequence[Any], discounts: Iterable[Any], rates: Sequence[Any]
) -> tuple[float, ...]:
    """What each order came to when it was placed, in the shop's currency; 0 where no rate is known."""
    return tuple(
        round((float(subtotal) - float(discount)) * float(rate or 0), 3)
        for subtotal, discount, rate in zip(subtotals, discounts, rates, strict=False)
    )
