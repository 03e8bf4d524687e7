"""A shop with points: short ways to say what it does."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from membership.loyalty.ledger import debt_of, movements
from membership.models import EarningRule, LoyaltyProgram, Member, Order, OrderItem, PointsEntry, PointsLot
from membership.orders.changes import change_order
from membership.orders.histories import ChangedLine
from tests.factories import MemberFactory, OrderFactory, OrderItemFactory

LONG_AGO = datetime(2020, 1, 1, tzinfo=timezone.get_default_timezone())


def program(**values: object) -> LoyaltyProgram:
    given = {"point_value": Decimal("0.01"), "return_days": 0, "life_days": 365, **values}
    return LoyaltyProgram.objects.update_or_create(pk=1, defaults=given)[0]


def rule(kind: str = "rate", value: object = 1, **values: object) -> EarningRule:
    values = {"name": kind, "starts_at": LONG_AGO, **values}
    return EarningRule.objects.create(kind=kind, value=Decimal(str(value)), **values)


def order(*totals: object, member: Member | None = None, **values: object) -> Order:
    """A held order with a line for each total; ``settle`` or ``change`` makes it paid."""
    amounts = [Decimal(str(total)) for total in totals or (10,)]
    values = {"placed_at": timezone.now(), "status": "held", "currency": "USD", **values}
    products = values.pop("products", None)
    made: Order = OrderFactory.create(
        member=member or MemberFactory.create(), total=sum(amounts), item_count=len(amounts), **values
    )
    for number, amount in enumerate(amounts, start=1):
        extra = {"product": products[number - 1]} if products else {}  # type: ignore[index]  # a list
        OrderItemFactory.create(
            order=made, line_no=number, quantity=1, unit_price=amount, total=amount, **extra
        )
    return made


def change(made: Order, status: str | None = None, *, refunded: dict[int, object] | None = None) -> None:
    """Change the order as staff do; ``refunded``: line number -> amount refunded of it so far."""
    lines = None
    if refunded is not None:
        lines = [
            ChangedLine(
                line_no=item.line_no, product_id=item.product_id, category_id=item.category_id,
                quantity=item.quantity, units=item.units, unit_price=item.unit_price,
                gross=item.unit_price * item.quantity, discount=item.discount,
                refunded=Decimal(str(refunded.get(item.line_no, item.refunded))),
            )
            for item in OrderItem.objects.filter(order=made).order_by("line_no")
        ]  # fmt: skip
    change_order(order=made, values={"status": status} if status else {}, lines=lines, source="test")
    made.refresh_from_db()


def paid(*totals: object, member: Member | None = None, **values: object) -> Order:
    made = order(*totals, member=member, **values)
    change(made, "paid")
    return made


def standing(member: Member, *, at: datetime | None = None) -> tuple[int, int]:
    """(balance, debt)"""
    return member.points_balance(at=at), debt_of(member_id=member.pk)


def check_ledger(member: Member, *, at: datetime) -> None:
    """Balance, lots and entries say the same at ``at`` and at every later moment; nothing is below zero."""
    with movements(member=member, at=at):
        pass
    lots = list(PointsLot.objects.filter(member=member))
    debt = debt_of(member_id=member.pk)
    entries = PointsEntry.objects.filter(member=member)
    assert sum(entry.points for entry in entries) == sum(lot.remaining for lot in lots) - debt
    for lot in lots:
        assert lot.remaining == sum(entry.points for entry in entries if entry.lot_id == lot.pk) >= 0
    moments = {at} | {moment for lot in lots for moment in (lot.expires_at, lot.available_at) if moment}
    for moment in (one + timedelta(seconds=side) for one in moments for side in (-1, 0, 1)):
        if moment >= at:
            alive = PointsLot.objects.available_at_moment(moment).filter(member=member)
            expected = max(sum(lot.remaining for lot in alive) - debt, 0)
            assert member.points_balance(at=moment) == expected
