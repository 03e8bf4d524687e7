"""Changes of an order that is stored: the one function that makes them, and keeps what was before.

``change_order`` is the only way in which status, amounts or lines of an order change after it was taken, and
``reverse_change`` the way back. In the same transaction the refund is noted, the stock moves, the member is
marked so that figures and segments follow, and ``following.follow`` tells what else keeps something of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from membership.members.figures import mark_dirty
from membership.models import Order, OrderChange, OrderItem, Refund
from membership.orders.amounts import ZERO, order_sums
from membership.orders.following import follow
from membership.orders.histories import (
    UNDO,
    ChangedLine,
    as_plain,
    gifts_of,
    item_of,
    line_text,
    sameness,
    value_of,
)
from membership.orders.stock import follow_stock
from registry.tables.bulk import insert_rows

CHANGEABLE = (
    "status", "placed_at", "member_id", "store_id", "channel", "currency", "shipping", "tax", "tip",
    "cancelled_at",
    "payment_method", "payment_fingerprint", "device_fingerprint", "address_fingerprint", "ip",
    "billing_country",
    "shipping_country", "coupon",
)  # fmt: skip
ADDED_UP = ("subtotal", "discount", "refunded", "total", "item_count", "status")
"""What follows from an order's lines."""


@dataclass(frozen=True)
class Shares:
    """What a refund gives back beside the products."""

    shipping: Decimal = ZERO
    tax: Decimal = ZERO
    tip: Decimal = ZERO


def change_order(
    *,
    order: Order,
    values: Mapping[str, object],
    lines: Sequence[ChangedLine] | None = None,
    source: str,
    who: str = "",
    reason: str = "",
    shares: Shares | None = None,
    at: datetime | None = None,
    may_refuse: bool = False,
) -> OrderChange | None:
    """Give the order these values, and these lines unless None; its history entry, None where all was so
    already.

    ``values`` are attributes in ``CHANGEABLE``. Subtotal, discount, refund and total are added up from the
    lines; ``shares`` is what is given back beside them. ``may_refuse``: raises Conflict where it takes more
    than there is and the shop refuses that.
    """
    if unknown := set(values) - set(CHANGEABLE):
        raise ValueError(f"an order's {sorted(unknown)} cannot be changed")
    with transaction.atomic():
        order = Order.objects.select_for_update(no_key=True).get(pk=order.pk)
        before: dict[str, object] = {}
        after: dict[str, object] = {}
        members = {order.member_id}
        refunded = order.refunded
        for name, value in values.items():
            if getattr(order, name) != value:
                before[name], after[name] = as_plain(getattr(order, name)), as_plain(value)
                setattr(order, name, value)
        if lines is not None:
            _replace_lines(order, lines, before=before, after=after)
        if not after and shares is None:
            return None
        order.save(update_fields=None)
        if {"placed_at", "member_id"} & set(after):
            OrderItem.objects.filter(order=order).update(placed_at=order.placed_at, member_id=order.member_id)
        change = OrderChange.objects.create(
            order=order, changed_at=at or timezone.now(), source=source, who=who[:160], reason=reason[:200],
            before=before, after=after,
        )  # fmt: skip
        _note_refund(order, change, goods=order.refunded - refunded, shares=shares)
        _have_followed(order, change, members, may_refuse=may_refuse)
        return change


def _have_followed(order: Order, change: OrderChange, members: set[int], *, may_refuse: bool = False) -> None:
    follow_stock(order=order, change=change, may_refuse=may_refuse)
    follow(order=order, change=change)
    # after the member's row, which points lock: whoever changes a member takes both in this order
    mark_dirty(member_ids=members | {order.member_id})


def _note_refund(order: Order, change: OrderChange, *, goods: Decimal, shares: Shares | None) -> None:
    """The refund that this change is, or takes back, if it is one."""
    before, after = change.before.get("lines", {}), change.after.get("lines", {})
    lines: dict[str, list[object]] = {}
    restocked = 0
    for no in sorted({*before, *after}, key=int):
        old, new = before.get(no, []), after.get(no, [])
        units, back = (_value(new, at) - _value(old, at) for at in (8, 9))
        amount = Decimal(_value(new, 4)) - Decimal(_value(old, 4))
        restocked += int(back)
        if units or amount:
            lines[no] = [int(units), str(amount)]
    if goods or shares or any(units for units, _amount in lines.values()):
        shares = shares or Shares()
        Refund.objects.create(
            order=order, change=change, refunded_at=change.changed_at, goods=goods, shipping=shares.shipping,
            tax=shares.tax, tip=shares.tip, lines=lines, restock=restocked > 0,
        )  # fmt: skip


def _value(text: Sequence[object], at: int) -> Decimal:
    return Decimal(str(text[at])) if len(text) > at else ZERO


def _replace_lines(
    order: Order, lines: Sequence[ChangedLine], *, before: dict[str, object], after: dict[str, object]
) -> None:
    old = {item.line_no: item for item in OrderItem.objects.filter(order=order)}
    lines = [_with_returns(line, old.get(line.line_no)) for line in lines]
    old_texts = {str(no): line_text(item) for no, item in old.items()}
    new_texts = {str(line.line_no): line_text(line) for line in lines}
    if {no: sameness(text) for no, text in old_texts.items()} == {
        no: sameness(text) for no, text in new_texts.items()
    }:
        return
    gifts = gifts_of(old.values())
    OrderItem.objects.filter(order=order).delete()
    insert_rows(
        model=OrderItem,
        columns=(
            "order_id", "line_no", "product_id", "member_id", "category_id", "placed_at", "quantity", "units",
            "unit_price", "discount", "refunded", "total", "returned", "restocked", "is_gift",
        ),
        rows=[
            (
                order.pk, line.line_no, line.product_id, order.member_id, line.category_id, order.placed_at,
                line.quantity, line.units, line.unit_price, line.discount, line.refunded, line.total,
                line.returned or 0, line.restocked or 0, (line.line_no, line.product_id) in gifts,
            )
            for line in lines
        ],
    )  # fmt: skip
    stored = {name: getattr(order, name) for name in ADDED_UP}
    sums = order_sums(lines)
    order.subtotal, order.discount, order.refunded = sums.subtotal, sums.discount, sums.refunded
    order.total = sums.total
    order.item_count = len(lines)
    if sums.is_return:
        order.status = Order.Status.REFUNDED
    for name, value in stored.items():
        if getattr(order, name) != value:
            before.setdefault(name, as_plain(value))
            after[name] = as_plain(getattr(order, name))
    before["lines"] = {no: text for no, text in old_texts.items() if new_texts.get(no) != text}
    after["lines"] = {no: text for no, text in new_texts.items() if old_texts.get(no) != text}


def _with_returns(line: ChangedLine, old: OrderItem | None) -> ChangedLine:
    """Who says nothing of returns leaves them as they are, as far as it still is the same product."""
    if line.returned is not None:
        return line
    if old is None or old.product_id != line.product_id:
        return replace(line, returned=0, restocked=0)
    returned = min(old.returned, line.quantity)
    return replace(line, returned=returned, restocked=min(old.restocked, returned))


def reverse_change(*, change: OrderChange, reason: str = "", at: datetime | None = None) -> OrderChange:
    """Give the order back what it was before ``change``, which must be its newest one; the new history entry.

    Raises IntegrityError where an earlier line's product, or the earlier member or store, is gone.
    """
    with transaction.atomic():
        order = Order.objects.select_for_update(no_key=True).get(pk=change.order_id)
        members, refunded = {order.member_id}, order.refunded
        for name, value in change.before.items():
            if name != "lines":
                setattr(order, name, value_of(name, value))
        order.save()
        if "lines" in change.before:
            gifts = gifts_of(OrderItem.objects.filter(order=order))
            OrderItem.objects.filter(order=order, line_no__in=change.after["lines"]).delete()
            items = [item_of(order, int(no), text) for no, text in change.before["lines"].items()]
            for item in items:
                item.is_gift = (item.line_no, item.product_id) in gifts
            OrderItem.objects.bulk_create(items)
        OrderItem.objects.filter(order=order).update(placed_at=order.placed_at, member_id=order.member_id)
        reversed_by = OrderChange.objects.create(
            order=order, changed_at=at or timezone.now(), source=UNDO, reason=reason[:200],
            before=change.after, after=change.before,
        )  # fmt: skip
        _note_refund(order, reversed_by, goods=order.refunded - refunded, shares=_taken_back(change))
        _have_followed(order, reversed_by, members)
        return reversed_by


def _taken_back(change: OrderChange) -> Shares | None:
    refund = Refund.objects.filter(change=change).first()
    if refund is None or not (refund.shipping or refund.tax or refund.tip):
        return None
    return Shares(-refund.shipping, -refund.tax, -refund.tip)
