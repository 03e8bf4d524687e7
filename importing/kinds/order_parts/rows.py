"""Checked orders as database columns, and their comparison with what is stored."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import connection

from importing.columns import MONEY_DECIMALS, PRICE_DECIMALS
from importing.files.frames import Note
from importing.kinds.lookups import KnownProduct, select_in, slices
from importing.kinds.order_parts.lines import OrderLines
from importing.kinds.order_parts.rates import rate_columns
from importing.traces import note_made
from membership.models import Order, OrderChange, OrderItem
from membership.models.shop import the_shop
from membership.orders.changes import change_order
from membership.orders.histories import ChangedLine
from registry.tables.columns import Coded, Column, Scaled

if TYPE_CHECKING:
    from importing.arrays import Flags, Ints

TEXT_FIELDS = (
    "payment_method", "payment_fingerprint", "device_fingerprint", "address_fingerprint", "billing_country",
    "shipping_country", "coupon",
)  # fmt: skip
DECIDED = (
    Order.Status.HELD,
    Order.Status.DECLINED,
)  # a fraud decision: only an end of the order overrides it
ENDS = (Order.Status.CANCELLED, Order.Status.REFUNDED)
PAID = (Order.Status.PAID, Order.Status.SHIPPED, Order.Status.COMPLETED)
AMOUNTS = ("shipping", "tax", "tip")
COMPARED = ("currency", "store_id", "channel", "ip", "cancelled_at", *AMOUNTS, *TEXT_FIELDS)


@dataclass
class KnownRows:
    """What the database says about a chunk: arrays by run; products and stores by distinct value."""

    member_ids: Ints
    named_ids: Ints  # before merges were followed
    products: list[KnownProduct | None]
    store_ids: list[int]


@dataclass(frozen=True)
class StoredOrder:
    id: int
    member_id: int
    placed_at: datetime
    status: str
    values: dict[str, object]


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


# --- orders that are stored already ----------------------------------------------------------------------


def stored_orders(numbers: list[str]) -> dict[str, StoredOrder]:
    """Those of ``numbers`` that exist."""
    orders: dict[str, StoredOrder] = {}
    known = [number for (number,) in select_in(Order, ("order_no",), where="order_no", values=numbers)]
    columns = ("order_no", "id", "member_id", "placed_at", "status", *COMPARED)
    for some in slices(known):
        for (
            number,
            *first,
        ) in Order.objects.filter(order_no__in=some).values_list(*columns):
            values = {
                "placed_at": first[2],
                "member_id": first[1],
                **dict(zip(COMPARED, first[4:], strict=True)),
            }
            orders[number] = StoredOrder(first[0], first[1], first[2], first[3], values)
    return orders


def compare_orders(
    lines: OrderLines,
    known: KnownRows,
    runs: list[int],
    stored: list[StoredOrder],
    *,
    changes: bool,
    walk_in: int,
) -> set[int]:
    """Runs whose order exists: the same, or changed, which is applied or, unless ``changes``, refused.

    The members whose orders changed.
    """
    items = _stored_items([order.id for order in stored])
    members: set[int] = set()
    words, codes = statuses(lines, np_array(runs), default=None)
    for run, order, code in zip(runs, stored, codes.tolist(), strict=True):
        length = int(lines.lengths[run])
        status = words[code] if _may_become(words[code], order.status) else None
        given = _given(lines, known, run, order, walk_in=walk_in)
        differs = {name: value for name, value in given.items() if value != order.values[name]}
        new_items, old_items = lines.items_of(run, known.products), items.get(order.id, [])
        kept = lines.unnamed and _names_others(new_items, old_items)
        same_items = kept or new_items == old_items
        if kept and order.status == Order.Status.REFUNDED:  # its lines say what was given back
            status = None
        if not differs and same_items and status is None:
            lines.outcome.duplicate += length
            lines.outcome.tallies["orders.same"] += 1
            continue
        refused = "member_no" if "member_id" in differs and order.member_id != walk_in else ""
        if refused or (not changes and (differs or not same_items)):
            name = refused or next(iter(differs), "lines").removesuffix("_id")
            lines.reject_run(run, Note(row=0, field="order_no", code="other_content", detail=name))
            lines.outcome.tallies["orders.refused"] += 1
            continue
        values = {**differs, **({} if status is None else {"status": status})}
        _apply(lines, order=order, values=values, items=None if same_items else (run, known))
        lines.outcome.updated += length
        lines.outcome.tallies["orders.changed"] += 1
        members.add(order.member_id)
        if "member_id" in differs:
            members.add(int(known.member_ids[run]))
    return members


def _names_others(new: list[tuple[int, ...]], old: list[tuple[int, ...]]) -> bool:
    """Whether an order without lines comes again whose lines are known by now: it keeps them."""
    return bool(new and old) and {item[1] for item in new} != {item[1] for item in old}


def _apply(
    lines: OrderLines, *, order: StoredOrder, values: dict[str, object], items: tuple[int, KnownRows] | None
) -> None:
    changed = None if items is None else changed_lines(lines, items[0], items[1])
    change = change_order(
        order=Order.objects.get(pk=order.id),
        values=values,
        lines=changed,
        source=lines.source,
        reason=lines.reason,
    )
    if change is not None:
        note_made(OrderChange._meta.label, [change.pk])


def changed_lines(lines: OrderLines, run: int, known: KnownRows) -> list[ChangedLine]:
    """The run's lines as the order will hold them."""
    one, written = lines.amounts, lines.written()
    rows = range(int(lines.starts[run]), int(lines.starts[run] + lines.lengths[run]))
    result = []
    for row in rows:
        product = known.products[int(lines.clean["sku"].codes[row])]
        if not written[row] or product is None:
            continue
        counted = not (product.sold_by_weight or lines.is_weight[row] or lines.is_implausible[row])
        quantity = int(one.quantity[row])
        result.append(
            ChangedLine(
                line_no=int(lines.line_no[row]),
                product_id=product.id,
                category_id=product.category_id,
                quantity=quantity,
                units=quantity if counted else None,
                unit_price=Decimal(int(one.unit_price[row])).scaleb(-PRICE_DECIMALS),
                gross=Decimal(int(0 if one.is_return[row] else one.gross[row])).scaleb(-MONEY_DECIMALS),
                discount=Decimal(int(one.discount[row])).scaleb(-MONEY_DECIMALS),
                refunded=Decimal(int(one.refunded[row])).scaleb(-MONEY_DECIMALS),
            )
        )
    return result


def _given(
    lines: OrderLines, known: KnownRows, run: int, order: StoredOrder, *, walk_in: int
) -> dict[str, object]:
    """What the file says of the order as a whole; empty fields say nothing."""
    given: dict[str, object] = {"placed_at": lines.values_of("placed_at", run)}
    member_id = int(known.member_ids[run])
    if order.member_id not in (member_id, int(known.named_ids[run])) and member_id != walk_in:
        given["member_id"] = member_id
    for name in COMPARED:
        column = name.removesuffix("_id")
        value: object = lines.values_of(column, run) if name not in AMOUNTS else None
        if name in AMOUNTS and name in lines.amounts.of_order:
            value = Decimal(int(lines.amounts.of_order[name][run])).scaleb(-MONEY_DECIMALS)
        elif value is not None and name == "store_id":
            value = known.store_ids[lines.of_run["store"][run]]
        if value is not None:
            given[name] = value
    return given


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


def np_array(values: list[int]) -> Ints:
    import numpy as np

    return np.array(values, dtype=np.int64)


def _may_become(status: str | None, stored: str) -> bool:
    if status is None or status == stored:
        return False
    return stored not in DECIDED or status in ENDS


def _stored_items(order_ids: list[int]) -> dict[int, list[tuple[int, ...]]]:
    """order id -> its lines in order: (number, product id, quantity, millionths, discount, refund)."""
    items: dict[int, list[tuple[int, ...]]] = {}
    table = connection.ops.quote_name(OrderItem._meta.db_table)
    with connection.cursor() as cursor:
        for some in slices(order_ids):
            marks = ", ".join(["%s"] * len(some))
            cursor.execute(
                f"SELECT order_id, line_no, product_id, quantity, unit_price, discount, refunded "  # noqa: S608  # a table
                f"FROM {table} WHERE order_id IN ({marks}) ORDER BY order_id, line_no",
                some,
            )
            for order_id, line_no, product_id, quantity, price, discount, refunded in cursor.fetchall():
                amounts = (
                    _scaled(price, PRICE_DECIMALS), _scaled(discount, MONEY_DECIMALS),
                    _scaled(refunded, MONEY_DECIMALS),
                )  # fmt: skip
                line = (line_no, product_id, quantity, *amounts)
                items.setdefault(order_id, []).append(line)
    return items


def _scaled(value: Decimal | float, decimals: int) -> int:
    """A stored amount as a whole number; SQLite hands out doubles, which are the nearest to the decimal."""
    return int(value.scaleb(decimals)) if isinstance(value, Decimal) else round(value * 10**decimals)
