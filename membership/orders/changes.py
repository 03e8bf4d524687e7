"""Changes of an order that is stored: the one function that makes them, and keeps what was before.

``change_order`` is the only way in which status, amounts or lines of an order change after it was taken, and
``reverse_change`` the way back; figures that are added up from orders follow, because its member is marked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from membership.loyalty.following import points_follow_order
from membership.members.figures import mark_dirty
from membership.models import Order, OrderChange, OrderItem
from registry.bulk import insert_rows

CHANGEABLE = (
    "status", "placed_at", "member_id", "store_id", "channel", "currency", "shipping", "tax", "tip",
    "cancelled_at",
    "payment_method", "payment_fingerprint", "device_fingerprint", "address_fingerprint", "ip",
    "billing_country",
    "shipping_country", "coupon",
)  # fmt: skip
ADDED_UP = ("subtotal", "discount", "refunded", "total", "item_count", "status")
"""What follows from an order's lines."""
UNDO = "undo"
"""The source of a change that takes back another."""
SHOWN = 5
"""Of a line's values in the history, those that make it the same line: the rest follows from them."""


@dataclass(frozen=True)
class ChangedLine:
    """One line as the order is to hold it; ``gross`` is 0 for a line of a return that belongs to no order."""

    line_no: int
    product_id: int
    category_id: int | None
    quantity: int
    units: int | None
    unit_price: Decimal
    gross: Decimal
    discount: Decimal
    refunded: Decimal

    @property
    def total(self) -> Decimal:
        return max(self.gross - self.discount - self.refunded, Decimal(0))


def change_order(
    *,
    order: Order,
    values: Mapping[str, object],
    lines: Sequence[ChangedLine] | None = None,
    source: str,
    reason: str = "",
    at: datetime | None = None,
) -> OrderChange | None:
    """Give the order these values, and these lines unless None; its history entry, None where all was so
    already.

    ``values`` are attributes in ``CHANGEABLE``. Subtotal, discount, refund and total are added up from the
    lines.
    """
    if unknown := set(values) - set(CHANGEABLE):
        raise ValueError(f"an order's {sorted(unknown)} cannot be changed")
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=order.pk)
        before: dict[str, object] = {}
        after: dict[str, object] = {}
        members = {order.member_id}
        for name, value in values.items():
            if getattr(order, name) != value:
                before[name], after[name] = _plain(getattr(order, name)), _plain(value)
                setattr(order, name, value)
        if lines is not None:
            _replace_lines(order, lines, before=before, after=after)
        if not after:
            return None
        order.save(update_fields=None)
        if {"placed_at", "member_id"} & set(after):
            OrderItem.objects.filter(order=order).update(placed_at=order.placed_at, member_id=order.member_id)
        mark_dirty(member_ids=members | {order.member_id})
        points_follow_order(order=order)
        return OrderChange.objects.create(
            order=order, changed_at=at or timezone.now(), source=source, reason=reason[:200], before=before,
            after=after,
        )  # fmt: skip


def _replace_lines(
    order: Order, lines: Sequence[ChangedLine], *, before: dict[str, object], after: dict[str, object]
) -> None:
    old = {item.line_no: item for item in OrderItem.objects.filter(order=order)}
    old_texts = {str(no): _line_text(item) for no, item in old.items()}
    new_texts = {str(line.line_no): _line_text(line) for line in lines}
    if {no: text[:SHOWN] for no, text in old_texts.items()} == {
        no: text[:SHOWN] for no, text in new_texts.items()
    }:
        return
    OrderItem.objects.filter(order=order).delete()
    insert_rows(
        model=OrderItem,
        columns=(
            "order_id", "line_no", "product_id", "member_id", "category_id", "placed_at", "quantity", "units",
            "unit_price", "discount", "refunded", "total",
        ),
        rows=[
            (
                order.pk, line.line_no, line.product_id, order.member_id, line.category_id, order.placed_at,
                line.quantity, line.units, line.unit_price, line.discount, line.refunded, line.total,
            )
            for line in lines
        ],
    )  # fmt: skip
    sums = {name: getattr(order, name) for name in ADDED_UP}
    is_return = all(line.gross == 0 for line in lines) and any(line.refunded for line in lines)
    order.subtotal = sum((line.gross for line in lines), Decimal(0))
    order.discount = sum((line.discount for line in lines if line.gross), Decimal(0))
    order.refunded = sum((line.refunded for line in lines), Decimal(0))
    order.total = order.subtotal - order.discount - order.refunded
    order.item_count = len(lines)
    if is_return:
        order.status = Order.Status.REFUNDED
    for name, value in sums.items():
        if getattr(order, name) != value:
            before.setdefault(name, _plain(value))
            after[name] = _plain(getattr(order, name))
    before["lines"] = {no: text for no, text in old_texts.items() if new_texts.get(no) != text}
    after["lines"] = {no: text for no, text in new_texts.items() if old_texts.get(no) != text}


def _line_text(line: OrderItem | ChangedLine) -> list[object]:
    amounts = (line.unit_price, line.discount, line.refunded)
    return [
        line.product_id, line.quantity, *(f"{amount.normalize():f}" for amount in amounts),
        f"{line.total.normalize():f}", line.units, line.category_id,
    ]  # fmt: skip


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
        if name != "lines" and getattr(order, name) != _value(name, value):
            return False
    lines = change.after.get("lines", {})
    found = {
        str(item.line_no): _line_text(item)[:SHOWN]
        for item in OrderItem.objects.filter(order=order, line_no__in=lines)
    }
    return found == {no: text[:SHOWN] for no, text in lines.items()}


def reverse_change(*, change: OrderChange, reason: str = "", at: datetime | None = None) -> OrderChange:
    """Give the order back what it was before ``change``, which must be its newest one; the new history entry.

    Raises IntegrityError where an earlier line's product, or the earlier member or store, is gone.
    """
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=change.order_id)
        members = {order.member_id}
        for name, value in change.before.items():
            if name != "lines":
                setattr(order, name, _value(name, value))
        order.save()
        if "lines" in change.before:
            OrderItem.objects.filter(order=order, line_no__in=change.after["lines"]).delete()
            OrderItem.objects.bulk_create(
                _item(order, int(no), text) for no, text in change.before["lines"].items()
            )
        OrderItem.objects.filter(order=order).update(placed_at=order.placed_at, member_id=order.member_id)
        mark_dirty(member_ids=members | {order.member_id})
        points_follow_order(order=order)
        return OrderChange.objects.create(
            order=order, changed_at=at or timezone.now(), source=UNDO, reason=reason[:200],
            before=change.after, after=change.before,
        )  # fmt: skip


def _item(order: Order, line_no: int, text: Sequence[Any]) -> OrderItem:
    product_id, quantity, price, discount, refunded, total, units, category_id = text
    return OrderItem(
        order=order, line_no=line_no, product_id=product_id, member_id=order.member_id,
        category_id=category_id, placed_at=order.placed_at, quantity=quantity, units=units,
        unit_price=Decimal(price), discount=Decimal(discount), refunded=Decimal(refunded),
        total=Decimal(total),
    )  # fmt: skip


def _value(name: str, plain: object) -> object:
    """The way back from ``_plain``."""
    field = next(one for one in Order._meta.concrete_fields if name in (one.name, one.attname))
    return field.to_python(plain)


def _plain(value: object) -> object:
    """As JSON holds it."""
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
