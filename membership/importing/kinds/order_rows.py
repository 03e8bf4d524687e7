"""Checked orders as database columns, and their comparison with what is stored."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connection

from membership.importing.columns import MONEY_DECIMALS, PRICE_DECIMALS
from membership.importing.files.frames import Note
from membership.importing.kinds.lookups import KnownProduct, select_in, slices
from membership.importing.kinds.order_lines import OrderLines
from membership.models import Order, OrderItem
from registry.columns import Coded, Column, Scaled

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

TEXT_FIELDS = (
    "payment_method", "payment_fingerprint", "device_fingerprint", "address_fingerprint", "billing_country",
    "shipping_country", "coupon",
)  # fmt: skip
DECIDED = (
    Order.Status.HELD,
    Order.Status.DECLINED,
)  # a fraud decision: only an end of the order overrides it
ENDS = (Order.Status.CANCELLED, Order.Status.REFUNDED)
COMPARED = ("currency", "store_id", "channel", "ip", *TEXT_FIELDS)


@dataclass
class Found:
    """What the database says about a chunk: arrays by run; products and stores by distinct value."""

    member_ids: npt.NDArray[np.int64]
    named_ids: npt.NDArray[np.int64]  # before merges were followed
    products: list[KnownProduct | None]
    store_ids: list[int]


@dataclass(frozen=True)
class StoredOrder:
    id: int
    member_id: int
    placed_at: datetime
    status: str
    values: dict[str, Any]


def order_columns(
    lines: OrderLines, found: Found, runs: npt.NDArray[np.int64], *, ids: Any, rows: Any, now: datetime
) -> dict[str, Column]:
    """``runs`` as rows of Order; ``rows`` masks the lines that count (repeated ones do not)."""
    import numpy as np

    def total(amounts: Any) -> Scaled:
        return Scaled(np.add.reduceat(np.where(rows, amounts, 0), lines.starts)[runs], MONEY_DECIMALS)

    store = lines.of_run.get("store", np.full(len(lines.starts), -1))[runs]
    web_or_store = [Order.Channel.STORE, Order.Channel.WEB]
    channel_default = Coded(web_or_store, np.where(store >= 0, 0, 1))
    return {
        "id": ids[runs],
        "public_id": _random_uuids(len(runs)),
        "order_no": _coded(lines, "order_no", runs, default=None),
        "member_id": found.member_ids[runs],
        "store_id": Coded(found.store_ids or [0], store),
        "status": _coded(lines, "status", runs, default=Order.Status.PAID),
        "channel": _first_of(_coded(lines, "channel", runs, default=None), channel_default),
        "currency": _coded(lines, "currency", runs, default=settings.SHOP_CURRENCY),
        "subtotal": total(lines.gross),
        "discount": total(lines.discount),
        "total": total(lines.gross - lines.discount),
        "item_count": np.add.reduceat(rows.astype(np.int64), lines.starts)[runs],
        **{name: _coded(lines, name, runs, default="") for name in TEXT_FIELDS},
        "ip": _coded(lines, "ip", runs, default=None),
        "placed_at": _coded(lines, "placed_at", runs, default=None),
        "imported_at": Coded([now], np.zeros(len(runs), dtype=np.int32)),
        "label_source": Coded([""], np.zeros(len(runs), dtype=np.int32)),
    }


def item_columns(lines: OrderLines, found: Found, *, ids: Any, rows: Any) -> dict[str, Column]:
    """The lines at the positions ``rows`` as rows of OrderItem."""
    import numpy as np

    run = np.arange(len(lines.starts)).repeat(lines.lengths)[rows]
    products = [product or KnownProduct(0, None, False) for product in found.products]
    code = lines.clean["sku"].codes[rows]
    by_weight = np.array([product.sold_by_weight for product in products])[code]
    counted = ~(by_weight | lines.is_weight[rows] | lines.is_implausible[rows])
    quantity = lines.quantity[rows]
    return {
        "order_id": ids[run],
        "line_no": lines.line_no[rows],
        "product_id": np.array([product.id for product in products], dtype=np.int64)[code],
        "member_id": found.member_ids[run],
        "category_id": Coded([product.category_id for product in products], code),
        "placed_at": Coded(lines.clean["placed_at"].values, lines.of_run["placed_at"][run]),
        "quantity": quantity,
        "units": quantity if counted.all() else np.where(counted, quantity.astype(object), None),
        "unit_price": Scaled(lines.unit_price[rows], PRICE_DECIMALS),
        "discount": Scaled(lines.discount[rows], MONEY_DECIMALS),
        "total": Scaled((lines.gross - lines.discount)[rows], MONEY_DECIMALS),
    }


def _coded(lines: OrderLines, name: str, runs: Any, *, default: Any) -> Coded:
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
    """Version 4 UUIDs as 32 hexadecimal digits, which both databases read."""
    bits = os.urandom(16 * count).hex()
    return [
        f"{b[:12]}4{b[13:16]}{'89ab'[int(b[16], 16) & 3]}{b[17:]}"
        for b in (bits[at : at + 32] for at in range(0, len(bits), 32))
    ]


# --- orders that are stored already ----------------------------------------------------------------------


def stored_orders(numbers: list[str]) -> dict[str, StoredOrder]:
    """Those of ``numbers`` that exist."""
    found: dict[str, StoredOrder] = {}
    known = [number for (number,) in select_in(Order, ("order_no",), where="order_no", values=numbers)]
    columns = ("order_no", "id", "member_id", "placed_at", "status", *COMPARED)
    for some in slices(known):
        for (
            number,
            *first,
        ) in Order.objects.filter(order_no__in=some).values_list(*columns):
            values = dict(zip(COMPARED, first[4:], strict=True))
            found[number] = StoredOrder(first[0], first[1], first[2], first[3], values)
    return found


def compare_orders(lines: OrderLines, found: Found, runs: list[int], stored: list[StoredOrder]) -> set[int]:
    """Runs whose order exists: a duplicate, a new status, or a conflict. The members whose orders changed."""
    items = _stored_items([order.id for order in stored])
    new_status: list[tuple[str, int]] = []
    members: set[int] = set()
    statuses = lines.value_of_run("status")
    for run, order in zip(runs, stored, strict=True):
        length = int(lines.lengths[run])
        if difference := _difference(lines, found, run, order, items.get(order.id, [])):
            note = Note(row=0, field="order_no", code="other_content", detail=difference)
            lines.reject_run(run, note)
        elif _may_become(statuses[run], order.status):
            lines.outcome.updated += length
            new_status.append((statuses[run], order.id))
            members.add(order.member_id)
        else:
            lines.outcome.duplicate += length
    if new_status:
        with connection.cursor() as cursor:
            table = connection.ops.quote_name(Order._meta.db_table)
            cursor.executemany(f"UPDATE {table} SET status = %s WHERE id = %s", new_status)  # noqa: S608
    return members


def _may_become(status: str | None, stored: str) -> bool:
    if status is None or status == stored:
        return False
    return stored not in DECIDED or status in ENDS


def _difference(
    lines: OrderLines, found: Found, run: int, order: StoredOrder, items: list[tuple[int, ...]]
) -> str:
    """Name of the first thing that differs from the stored order, "" if none; empty fields do not count."""
    if order.member_id not in (found.member_ids[run], found.named_ids[run]):
        return "member_no"
    if lines.values_of("placed_at", run) != order.placed_at:
        return "placed_at"
    for name in COMPARED:
        column = name.removesuffix("_id")
        value: Any = lines.values_of(column, run)
        if value is not None and name == "store_id":
            value = found.store_ids[lines.of_run["store"][run]]
        if value is not None and value != order.values[name]:
            return column
    return "" if lines.items_of(run, found.products) == items else "lines"


def _stored_items(order_ids: list[int]) -> dict[int, list[tuple[int, ...]]]:
    """order id -> its lines in order: (line number, product id, quantity, millionths, thousandths)."""
    found: dict[int, list[tuple[int, ...]]] = {}
    table = connection.ops.quote_name(OrderItem._meta.db_table)
    with connection.cursor() as cursor:
        for some in slices(order_ids):
            marks = ", ".join(["%s"] * len(some))
            cursor.execute(
                f"SELECT order_id, line_no, product_id, quantity, unit_price, discount FROM {table} "  # noqa: S608
                f"WHERE order_id IN ({marks}) ORDER BY order_id, line_no",
                some,
            )
            for order_id, line_no, product_id, quantity, price, discount in cursor.fetchall():
                amounts = _scaled(price, PRICE_DECIMALS), _scaled(discount, MONEY_DECIMALS)
                line = (line_no, product_id, quantity, *amounts)
                found.setdefault(order_id, []).append(line)
    return found


def _scaled(value: Any, decimals: int) -> int:
    """A stored amount as a whole number; SQLite hands out doubles, which are the nearest to the decimal."""
    return int(value.scaleb(decimals)) if isinstance(value, Decimal) else round(value * 10**decimals)
