"""An order's history as ``OrderChange`` keeps it: fields and lines as JSON holds them, and the way back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from membership.models import Order, OrderChange, OrderItem

UNDO = "undo"
"""The source of a change that takes back another."""
SHOWN = 5
"""Of a line's values in the history, those that make it the same line; total, units and category follow."""
RETURNED = 8
"""Where a line's values say what was given back of it; histories of earlier releases end before."""


@dataclass(frozen=True)
class ChangedLine:
    """One line as the order is to hold it; ``gross`` is 0 for a line of a return that belongs to no order.

    What was given back is kept as it is where ``returned`` is None.
    """

    line_no: int
    product_id: int
    category_id: int | None
    quantity: int
    units: int | None
    unit_price: Decimal
    gross: Decimal
    discount: Decimal
    refunded: Decimal
    returned: int | None = None
    restocked: int | None = None

    @property
    def total(self) -> Decimal:
        return max(self.gross - self.discount - self.refunded, Decimal(0))


def as_line(item: OrderItem, **changed: Any) -> ChangedLine:
    """A stored line, with some values changed."""
    values = {
        "line_no": item.line_no, "product_id": item.product_id, "category_id": item.category_id,
        "quantity": item.quantity, "units": item.units, "unit_price": item.unit_price,
        "gross": item.total + item.discount + item.refunded, "discount": item.discount,
        "refunded": item.refunded, "returned": item.returned, "restocked": item.restocked,
    }  # fmt: skip
    return ChangedLine(**{**values, **changed})


def line_text(line: OrderItem | ChangedLine) -> list[object]:
    amounts = (line.unit_price, line.discount, line.refunded)
    return [
        line.product_id, line.quantity, *(f"{amount.normalize():f}" for amount in amounts),
        f"{line.total.normalize():f}", line.units, line.category_id, line.returned or 0, line.restocked or 0,
    ]  # fmt: skip


def sameness(text: Sequence[object]) -> tuple[object, ...]:
    """What of a line's values makes it the same line."""
    return (*text[:SHOWN], *(text[RETURNED:] or (0, 0)))


def item_of(order: Order, line_no: int, text: Sequence[Any]) -> OrderItem:
    product_id, quantity, price, discount, refunded, total, units, category_id = text[:RETURNED]
    returned, restocked = text[RETURNED:] or (0, 0)
    return OrderItem(
        order=order, line_no=line_no, product_id=product_id, member_id=order.member_id,
        category_id=category_id, placed_at=order.placed_at, quantity=quantity, units=units,
        unit_price=Decimal(price), discount=Decimal(discount), refunded=Decimal(refunded),
        total=Decimal(total), returned=returned, restocked=restocked,
    )  # fmt: skip


def gifts_of(items: Iterable[OrderItem]) -> set[tuple[int, int]]:
    """(line number, product id) of the gifts among an order's lines.

    The mark is no part of the history: it stays on a line through every change while its product is the same.
    """
    return {(item.line_no, item.product_id) for item in items if item.is_gift}


def live_changes(changes: Sequence[OrderChange]) -> list[OrderChange]:
    """An order's changes, oldest first, without those that were taken back."""
    live: list[OrderChange] = []
    for change in changes:
        if change.source == UNDO and live:
            live.pop()
        else:
            live.append(change)
    return live


def is_as_left(*, order: Order, change: OrderChange) -> bool:
    """Whether the order still is what ``change`` made of it."""
    for name, value in change.after.items():
        if name != "lines" and getattr(order, name) != value_of(name, value):
            return False
    lines = change.after.get("lines", {})
    found = {
        str(item.line_no): sameness(line_text(item))
        for item in OrderItem.objects.filter(order=order, line_no__in=lines)
    }
    return found == {no: sameness(text) for no, text in lines.items()}


def value_of(name: str, plain: object) -> object:
    """The way back from ``as_plain``."""
    field = next(one for one in Order._meta.concrete_fields if name in (one.name, one.attname))
    return field.to_python(plain)


def as_plain(value: object) -> object:
    """As JSON holds it."""
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
