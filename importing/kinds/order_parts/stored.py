"""Orders of a file beside those that are stored: the same, changed, or of other content."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection

from importing.columns import MONEY_DECIMALS, PRICE_DECIMALS
from importing.files.frames import Note
from importing.kinds.lookups import select_in, slices
from importing.kinds.order_parts.lines import OrderLines
from importing.kinds.order_parts.rows import AMOUNTS, ENDS, TEXT_FIELDS, KnownRows, statuses
from importing.traces import note_made
from membership.models import Order, OrderChange, OrderItem
from membership.orders.changes import change_order
from membership.orders.histories import ChangedLine

DECIDED = (Order.Status.HELD, Order.Status.DECLINED)
"""By a fraud decision: only an end of the order overrides it."""
COMPARED = ("currency", "store_id", "channel", "ip", "cancelled_at", *AMOUNTS, *TEXT_FIELDS)


@dataclass(frozen=True)
class StoredOrder:
    id: int
    member_id: int
    placed_at: datetime
    status: str
    values: dict[str, object]


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
    import numpy as np

    items = _stored_items([order.id for order in stored])
    members: set[int] = set()
    words, codes = statuses(lines, np.array(runs, dtype=np.int64), default=None)
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
