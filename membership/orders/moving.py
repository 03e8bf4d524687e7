"""Cancel, ship, complete, pay and reopen an order."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from membership.errors import Conflict
from membership.models import Order, OrderChange
from membership.orders.changes import change_order
from membership.orders.statuses import check_move

Status = Order.Status
REOPENABLE = (Status.CANCELLED, Status.DECLINED)


def move_order(
    *, order: Order, status: str, source: str, who: str = "", reason: str = "", at: datetime | None = None
) -> OrderChange | None:
    """Give the order this status; its history entry, None where it has it already.

    A cancelled or declined order that becomes paid or pending is reopened: its goods leave the stock again,
    and what it earned is earned again. Raises Conflict with the reason why not.
    """
    with transaction.atomic():
        locked = Order.objects.select_for_update(no_key=True).get(pk=order.pk)
        if locked.status == status:
            return None
        check_move(order=locked, status=status)
        if locked.status in REOPENABLE and locked.is_fraud:
            raise Conflict(_("The outcome of the order is fraud: correct that first."))
        values: dict[str, object] = {"status": status}
        if status == Status.CANCELLED:
            values["cancelled_at"] = at or timezone.now()
        elif locked.cancelled_at is not None:
            values["cancelled_at"] = None
        return change_order(
            order=locked, values=values, source=source, who=who, reason=reason, at=at, may_refuse=True
        )


def reopen_order(
    *, order: Order, source: str, who: str = "", reason: str = "", at: datetime | None = None
) -> OrderChange:
    """Give a cancelled or declined order the status that it had before: pending or paid.

    Raises Conflict where it is neither, or is known to be fraud.
    """
    with transaction.atomic():
        locked = Order.objects.select_for_update(no_key=True).get(pk=order.pk)
        if locked.status not in REOPENABLE:
            raise Conflict(_("Only a cancelled or declined order can be reopened."))
        status = status_before(locked)
        change = move_order(order=locked, status=status, source=source, who=who, reason=reason, at=at)
        if change is None:
            raise AssertionError("an order that is not open has another status than an open one")
        return change


def status_before(order: Order) -> str:
    """What a cancelled order was: pending, or else paid."""
    newest = order.changes.filter(after__status=order.status).order_by("-id").first()
    before = newest.before.get("status") if newest is not None else None
    return Status.PENDING if before == Status.PENDING else Status.PAID
