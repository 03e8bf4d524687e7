"""Which status an order may pass into, by whom it is asked, and why not: the one table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from membership.errors import Conflict, FieldError
from membership.models import Order

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

Status = Order.Status
MOVES: Mapping[str, tuple[str, ...]] = {
    Status.PENDING: (Status.PAID, Status.CANCELLED),
    Status.HELD: (Status.CANCELLED,),
    Status.PAID: (Status.SHIPPED, Status.COMPLETED, Status.CANCELLED),
    Status.SHIPPED: (Status.COMPLETED,),
    Status.COMPLETED: (),
    Status.CANCELLED: (Status.PENDING, Status.PAID),
    Status.DECLINED: (Status.PAID,),
    Status.REFUNDED: (),
}
"""What staff and the shop may make of an order in this status. Refunds, decisions on fraud, imports and
connected shops have their own ways."""
REFUNDABLE = (Status.PAID, Status.SHIPPED, Status.COMPLETED)
EDITABLE = (Status.PENDING, Status.PAID, Status.HELD)
"""Nothing has left the shop."""
_FROM: Mapping[str, StrPromise] = {
    Status.HELD: gettext_lazy("The order is held for review: a verdict on its alert decides about it."),
    Status.REFUNDED: gettext_lazy("All of the order was refunded; place a new one."),
}
_TO: Mapping[str, StrPromise] = {
    Status.REFUNDED: gettext_lazy("An order becomes refunded by a refund of all that it came to."),
    Status.HELD: gettext_lazy("Only a decision on fraud holds an order."),
    Status.DECLINED: gettext_lazy("Only a decision on fraud declines an order; cancel it instead."),
}
_BETWEEN: Mapping[tuple[str, str], StrPromise] = {
    (Status.SHIPPED, Status.CANCELLED): gettext_lazy("The order has been shipped: refund it instead."),
    (Status.COMPLETED, Status.CANCELLED): gettext_lazy("The order is completed: refund it instead."),
    (Status.PENDING, Status.SHIPPED): gettext_lazy("The order is not paid yet."),
    (Status.PENDING, Status.COMPLETED): gettext_lazy("The order is not paid yet."),
    (Status.COMPLETED, Status.SHIPPED): gettext_lazy("The order is completed; it has been shipped before."),
}


def refusal(*, before: str, after: str) -> str:
    """Why an order with the status ``before`` may not become ``after``; "" where it may."""
    if after in MOVES[before]:
        return ""
    text = _BETWEEN.get((before, after)) or _TO.get(after) or _FROM.get(before)
    if text is not None:
        return str(text)
    labels = dict(Status.choices)
    message = _("An order that is “%(before)s” cannot become “%(after)s”.")
    return message % {"before": labels[Status(before)], "after": labels[Status(after)]}


def check_move(*, order: Order, status: str) -> None:
    """Raises Conflict with the refusal. Call it with the order's row locked."""
    if text := refusal(before=order.status, after=status):
        raise Conflict(text, errors=[FieldError("status", text)])


def check_refundable(order: Order, *, by_line: bool) -> None:
    """Raises Conflict unless something was paid for the order that can be given back.

    Goods of lines may still come back after all of the money has gone.
    """
    if order.status in REFUNDABLE or (by_line and order.status == Status.REFUNDED):
        return
    texts = {
        Status.PENDING: _("Nothing was paid for the order yet: cancel it instead."),
        Status.REFUNDED: _("All of the order was refunded."),
        Status.CANCELLED: _("The order is cancelled: nothing of it counts any more."),
        Status.DECLINED: _("The order was declined: nothing was paid for it."),
        Status.HELD: str(_FROM[Status.HELD]),
    }
    raise Conflict(texts[Status(order.status)])


def check_editable(order: Order) -> None:
    """Raises Conflict once the order has left the shop, or something of it was given back."""
    if order.status not in EDITABLE:
        label = order.get_status_display()
        raise Conflict(_("The order is “%s”: its lines can no longer be changed.") % label)
    if order.refunded or order.refunds.exists():
        raise Conflict(_("Something of the order was refunded: its lines can no longer be changed."))
