"""Refunds: all of an order, some of its lines, or an amount; never more than was paid, in whole coins.

What is given back of a line is its price by piece less its share of every discount; the last piece takes what
is left, so that refunds piece by piece come to what was paid. An amount is spread over all lines in the same
way. Tax follows the products in proportion; shipping and tip go back only with *all*.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from membership.errors import Conflict, FieldError, Rejected, rejected
from membership.models import Order, OrderItem, Refund
from membership.orders.amounts import ZERO, coin_of, part, spread
from membership.orders.changes import Shares, change_order
from membership.orders.histories import as_line
from membership.orders.statuses import check_refundable
from membership.wording import money_text


@dataclass(frozen=True)
class Wanted:
    """What to give back; exactly one is given. ``lines`` is line number → quantity."""

    everything: bool = False
    lines: Mapping[int, int] | None = None
    amount: Decimal | None = None


@dataclass(frozen=True)
class Left:
    """What can still be given back of one line."""

    units: int
    amount: Decimal


def left_of(item: OrderItem) -> Left:
    return Left(item.quantity - item.returned, item.total)


def refund_order(
    *,
    order: Order,
    wanted: Wanted,
    source: str,
    who: str = "",
    reason: str = "",
    restock: bool = False,
    at: datetime | None = None,
) -> Refund:
    """Give money back, and with ``restock`` put the goods on sale again.

    The order becomes *refunded* when nothing that was paid for its products is left. Raises Rejected or
    Conflict, and then nothing was written: two refunds at once never give back more than was paid.
    """
    with transaction.atomic():
        locked = Order.objects.select_for_update(no_key=True).get(pk=order.pk)
        check_refundable(locked, by_line=wanted.lines is not None)
        items = list(OrderItem.objects.filter(order=locked).order_by("line_no"))
        coin = coin_of(locked.currency, [item.total for item in items])
        taken = _taken(locked, items, wanted, coin=coin, restock=restock)
        lines = [
            as_line(
                item,
                refunded=item.refunded + taken[item.line_no].amount,
                returned=item.returned + taken[item.line_no].units,
                restocked=item.restocked + (taken[item.line_no].units if restock else 0),
            )
            for item in items
        ]
        goods = sum((one.amount for one in taken.values()), ZERO)
        shares = _shares(locked, goods, everything=wanted.everything)
        is_whole = all(line.total == 0 for line in lines) and (
            any(line.refunded for line in lines) or all(line.returned == line.quantity for line in lines)
        )
        change = change_order(
            order=locked, values={"status": Order.Status.REFUNDED} if is_whole else {}, lines=lines,
            source=source, who=who, reason=reason, shares=shares, at=at,
        )  # fmt: skip
        return Refund.objects.get(change=change)


def _taken(
    order: Order, items: Sequence[OrderItem], wanted: Wanted, *, coin: Decimal, restock: bool
) -> dict[int, Left]:
    """Line number → what goes back of it."""
    left = {item.line_no: left_of(item) for item in items}
    if wanted.everything:
        return left
    if wanted.lines is not None:
        return _by_line(left, wanted.lines, coin=coin)
    if restock:
        raise rejected("restock", _("An amount brings no goods back: name the lines that came back."))
    return _by_amount(left, wanted.amount or ZERO, coin=coin, currency=order.currency)


def _by_line(left: Mapping[int, Left], lines: Mapping[int, int], *, coin: Decimal) -> dict[int, Left]:
    errors = []
    for position, (line_no, quantity) in enumerate(lines.items()):
        if line_no not in left:
            message = _("The order has no line %d.") % line_no
            errors.append(FieldError(f"lines.{position}.line_no", message))
        elif quantity > left[line_no].units:
            message = _("Of line %(line)d only %(left)d can still be given back.")
            words = {"line": line_no, "left": left[line_no].units}
            errors.append(FieldError(f"lines.{position}.quantity", message % words))
    if errors:
        raise Rejected(errors[0].message, errors=errors)
    taken = {}
    for line_no, one in left.items():
        units = lines.get(line_no, 0)
        amount = part(one.amount, units=units, of=one.units, coin=coin) if units else ZERO
        taken[line_no] = Left(units, amount)
    return taken


def _by_amount(left: Mapping[int, Left], amount: Decimal, *, coin: Decimal, currency: str) -> dict[int, Left]:
    paid = sum((one.amount for one in left.values()), ZERO)
    if amount > paid:
        message = _("Only %s of the products can still be given back.") % money_text(paid, currency)
        raise Conflict(message, errors=[FieldError("amount", message)])
    if amount % coin:
        message = _("An amount in %(currency)s has no smaller part than %(unit)s.")
        raise rejected("amount", message % {"currency": currency, "unit": coin})
    shares = spread(amount, over=[one.amount for one in left.values()], coin=coin)
    return {line_no: Left(0, share) for line_no, share in zip(left, shares, strict=True)}


def _shares(order: Order, goods: Decimal, *, everything: bool) -> Shares:
    """``goods`` are given back now, of ``order.total`` that is left before."""
    names = ("shipping", "tax", "tip")
    refunds = list(order.refunds.all())  # added up here: SQLite adds doubles
    left = {
        name: max(getattr(order, name) - sum((getattr(one, name) for one in refunds), ZERO), ZERO)
        for name in names
    }
    if everything:
        return Shares(**left)
    coin = coin_of(order.currency, [left["tax"]])
    if order.total <= 0 or goods <= 0:
        return Shares()
    tax = spread(left["tax"], over=[goods, order.total - goods], coin=coin)[0]
    return Shares(tax=tax)
