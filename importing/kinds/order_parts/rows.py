"""Checked orders as database columns, and their comparison with what is stored."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from importing.columns import MONEY_DECIMALS, PRICE_DECIMALS
from importing.kinds.lookups import KnownProduct
from importing.kinds.order_parts.lines import OrderLines
from importing.kinds.order_parts.rates import rate_columns
from membership.models import Order
from membership.models.shop import the_shop
from registry.tables.columns import Coded, Column, Scaled

if TYPE_CHECKING:
    from importing.arrays import Flags, Ints

TEXT_FIELDS = (
    "payment_method", "payment_fingerprint", "device_fingerprint", "address_fingerprint", "billing_country",
    "shipping_country", "coupon",
)  # fmt: skip
ENDS = (Order.Status.CANCELLED, Order.Status.REFUNDED)
PAID = (Order.Status.PAID, Order.Status.SHIPPED, Order.Status.COMPLETED)
AMOUNTS = ("shipping", "tax", "tip")


@dataclass
class KnownRows:
    """What the database says about a chunk: arrays by run; products and stores by distinct value."""

    member_ids: Ints
    named_ids: Ints  # before merges were followed
    products: list[KnownProduct | None]
    store_ids: list[int]


def order_columns(
    lines: OrderLines, known: KnownRows, runs: Ints, *, ids: Ints, rows: Flags, now: datetime
) -> dict[str, Column]:
    """``runs`` as rows of Order; ``rows`` masks the lines that count (repeated ones do not)."""
    import numpy as np

    def total(amounts: Ints) -> Scaled:
        return Scaled(np.add.reduceat(np.where(rows, amounts, 0), lines.starts)[runs], MONEY_DECIMALS)

    def once(name: str) -> Scaled:
        none = np.zeros(len(lines.starts), dtype=np.int64)
        return Scaled(lines.amounts.of_order.get(name, none)[runs], MONEY_DECIMALS)

    one = lines.amounts
    sold = np.where(one.is_return, 0, one.gross), np.where(one.is_return, 0, one.discount)
    store = lines.of_run.get("store", np.full(len(lines.starts), -1))[runs]
    web_or_store = [Order.Channel.STORE, Order.Channel.WEB]
    currency = _coded(lines, "currency", runs, default=the_shop().currency)
    channel_default = Coded(web_or_store, np.where(store >= 0, 0, 1))
    return {
        "id": ids[runs],
        "public_id": _random_uuids(len(runs)),
        "order_no": _coded(lines, "order_no", runs, default=None),
        "member_id": known.member_ids[runs],
        "store_id": Coded(known.store_ids or [0], store),
        "status": Coded(*statuses(lines, runs)),
        "channel": _first_of(_coded(lines, "channel", runs, default=None), channel_default),
        "currency": currency,
        **rate_columns(currency),
        "subtotal": total(sold[0]),
        "discount": total(sold[1]),
        "refunded": total(one.refunded),
        "total": total(sold[0] - sold[1] - one.refunded),
        **{name: once(name) for name in AMOUNTS},
        "cancelled_at": _coded(lines, "cancelled_at", runs, default=None),
        "item_count": np.add.reduceat(rows.astype(np.int64), lines.starts)[runs],
        **{name: _coded(lines, name, runs, default="") for name in TEXT_FIELDS},
        "ip": _coded(lines, "ip", runs, default=None),
        "placed_at": _coded(lines, "placed_at", runs, default=None),
        "imported_at": Coded([now], np.zeros(len(runs), dtype=np.int32)),
        "label_source": Coded([""], np.zeros(len(runs), dtype=np.int32)),
    }


def item_columns(lines: OrderLines, known: KnownRows, *, ids: Ints, rows: Ints) -> dict[str, Column]:
    """The lines at the positions ``rows`` as rows of OrderItem."""
    import numpy as np

    run = np.arange(len(lines.starts)).repeat(lines.lengths)[rows]
    products = [product or KnownProduct(0, None, False) for product in known.products]
    code = lines.clean["sku"].codes[rows]
    by_weight = np.array([product.sold_by_weight for product in products])[code]
    counted = ~(by_weight | lines.is_weight[rows] | lines.is_implausible[rows])
    one = lines.amounts
    quantity = lines.quantity[rows]
    return {
        "order_id": ids[run],
        "line_no": lines.line_no[rows],
        "product_id": np.array([product.id for product in products], dtype=np.int64)[code],
        "member_id": known.member_ids[run],
        "category_id": Coded([product.category_id for product in products], code),
        "placed_at": Coded(lines.clean["placed_at"].values, lines.of_run["placed_at"][run]),
        "quantity": quantity,
        "units": quantity if counted.all() else np.where(counted, quantity.astype(object), np.array(None)),
        "unit_price": Scaled(one.unit_price[rows], PRICE_DECIMALS),
        "discount": Scaled(one.discount[rows], MONEY_DECIMALS),
        "refunded": Scaled(one.refunded[rows], MONEY_DECIMALS),
        "total": Scaled(one.net[rows], MONEY_DECIMALS),
    }


def _coded(lines: OrderLines, name: str, runs: Ints, *, default: object) -> Coded:
    """One column of the orders; ``default`` where the file has no value."""
    import numpy as np

    if name not in lines.of_run:
        return Coded([default], np.zeros(len(runs), dtype=np.int32))
    values = lines.clean[name].values
    codes = lines.of_run[name][runs]
    return Coded([*values, default], np.where(codes < 0, len(values), codes))


def _first_of(column: Coded, fallback: Coded) -> Coded:
    """``column`` where it has a value, else ``fallback``."""
    import numpy as np

    missing = np.array([value is None for value in column.values], dtype=bool)[column.codes]
    codes = np.where(missing, fallback.codes + len(column.values), column.codes)
    return Coded([*column.values, *fallback.values], codes)


def _random_uuids(count: int) -> list[str]:
    """Version 4 UUIDs as 32 hexadecimal digits, which both databases read; sorted, as an index takes them
    faster so.
    """
    import numpy as np

    octets = np.frombuffer(os.urandom(16 * count), dtype=np.uint8).reshape(count, 16).copy()
    octets[:, 6] = octets[:, 6] & 0x0F | 0x40
    octets[:, 8] = octets[:, 8] & 0x3F | 0x80
    digits = octets.tobytes().hex()
    return sorted(digits[at : at + 32] for at in range(0, len(digits), 32))


def statuses(
    lines: OrderLines, runs: Ints, *, default: str | None = Order.Status.PAID
) -> tuple[list[str | None], Ints]:
    """(words, code a run). A return on its own is *refunded*, and so is an order all of
    which was given back; what was cancelled later is *cancelled*.
    """
    import numpy as np

    column = _coded(lines, "status", runs, default=default)
    words = [*column.values, Order.Status.REFUNDED.value, Order.Status.CANCELLED.value]
    codes = np.where(lines.stands_alone[runs], len(words) - 2, column.codes)
    is_paid = np.array([str(word) in PAID for word in words])[codes]
    codes = np.where(lines.given_back[runs] & is_paid, len(words) - 2, codes)
    if "cancelled_at" in lines.of_run:
        ends = np.array([str(word) in (*ENDS, Order.Status.DECLINED) for word in words])[codes]
        codes = np.where((lines.of_run["cancelled_at"][runs] >= 0) & ~ends, len(words) - 1, codes)
    return words, codes
