"""Points follow their order: whatever became of it, the ledger is brought to what it is now.

``points_follow_order`` compares the order as it is stored with what was booked for it, and books the
difference. It may be called at any time and any number of times; call it at the end of the transaction that
changed the order. ``earn_late`` does so for orders that begin to earn without being changed themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import reduce
from operator import or_

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext_noop

from membership.loyalty.amounts import COUNTING, Amount, counting_amounts, returned_points
from membership.loyalty.calendar import end_of_day_after
from membership.loyalty.earning import earned_lines, points_kept, rules_for
from membership.loyalty.ledger import Kind, Ledger, Why, movements
from membership.loyalty.returning import redeem_again, return_redeemed
from membership.models import (
    Coupon,
    EarnedLine,
    EarningRule,
    LoyaltyProgram,
    Order,
    OrderChange,
    OrderItem,
    PointsEntry,
    PointsLot,
)
from membership.rules.dates import start_of
from registry.tables.one_of import OneOf

ORDER_REASON = gettext_noop("order")
CHANGED_REASON = gettext_noop("order changed")
ORDERS_AT_ONCE = 500


def points_follow_order(*, order: Order, at: datetime | None = None) -> None:
    """Book what the order earns now and what of the points redeemed for it is to be back with the member."""
    at = at or timezone.now()
    if not _has_points(order):
        return
    order = Order.objects.select_related("member").get(pk=order.pk)
    for coupon in order.coupons.filter(source=Coupon.Source.POINTS):
        _follow_coupon(order, coupon, at=at)
    _follow_earnings(order, at=at)


def follow_change(order: Order, _change: OrderChange | None) -> None:
    """``points_follow_order`` as ``membership.orders.following`` calls it."""
    points_follow_order(order=order)


def earn_late(*, orders: QuerySet[Order], at: datetime | None = None) -> int:
    """Book what those of ``orders`` earn that should and have earned nothing yet; how many orders.

    Those are orders whose exchange rate came later, and imported ones. Each in a transaction of its own.
    """
    late = _earning(orders).order_by("pk").values_list("pk", flat=True)
    done, after = 0, 0
    while some := list(late.filter(pk__gt=after)[:ORDERS_AT_ONCE]):
        for pk in some:
            _follow_locked(pk, at=at)
        done, after = done + len(some), some[-1]
    return done


def points_follow_rates(
    *, order_ids: Sequence[int], changed: Sequence[int], at: datetime | None = None
) -> int:
    """Rates of these orders were looked up again, and the ``changed`` ones got another: what was earned
    follows, and what could not be earned without a rate is; how many orders.
    """
    ids: list[int] = []
    if changed:
        earned = Exists(EarnedLine.objects.filter(order_id=OuterRef("pk")))
        ids += Order.objects.filter(OneOf("pk", changed), earned).order_by("pk").values_list("pk", flat=True)
    for pk in ids:
        _follow_locked(pk, at=at)
    return len(ids) + earn_late(orders=Order.objects.filter(OneOf("pk", order_ids)), at=at)


def earn_from_imports(*, at: datetime | None = None) -> int:
    """Book what imported orders earn that were placed since the program says so; how many orders."""
    since = LoyaltyProgram.current().imported_from
    if since is None:
        return 0
    return earn_late(orders=Order.objects.filter(takes_stock=False, placed_at__gte=start_of(since)), at=at)


def _earning(orders: QuerySet[Order]) -> QuerySet[Order]:
    """Those that earn by a rule of their moment, and of which no line is noted yet."""
    by_itself = Q(takes_stock=True)  # the shop took it; others came with a file or from a connected shop
    since = LoyaltyProgram.current().imported_from
    if since is not None:
        by_itself |= Q(placed_at__gte=start_of(since))
    rules = EarningRule.objects.filter(
        Q(ends_at=None) | Q(ends_at__gt=OuterRef("placed_at")),
        is_active=True,
        starts_at__lte=OuterRef("placed_at"),
    ).exclude(kind=EarningRule.Kind.BIRTHDAY)
    nothing_noted = ~Exists(EarnedLine.objects.filter(order_id=OuterRef("pk")))
    of_money = {"shop_rate__isnull": False, "total__gt": 0}
    return orders.filter(by_itself, Exists(rules), nothing_noted, status__in=COUNTING, **of_money)


def _follow_locked(pk: int, *, at: datetime | None) -> None:
    with transaction.atomic():
        order = Order.objects.select_for_update().filter(pk=pk).first()
        if order is not None:
            points_follow_order(order=order, at=at)


def _has_points(order: Order) -> bool:
    """Whether points are booked for the order, or may be: one query, for shops and orders without points."""
    coupons = Coupon.objects.filter(order_id=order.pk, source=Coupon.Source.POINTS)
    sources = [Exists(EarnedLine.objects.filter(order_id=order.pk)), Exists(coupons)]
    if order.status in COUNTING:
        rules = EarningRule.objects.in_force(order.placed_at).exclude(kind=EarningRule.Kind.BIRTHDAY)
        sources.append(Exists(rules))
    return Order.objects.filter(reduce(or_, map(Q, sources)), pk=order.pk).exists()


def _follow_coupon(order: Order, coupon: Coupon, *, at: datetime) -> None:
    """A coupon stays with the member who paid for it, even where the order has become another's."""
    assert coupon.member_id is not None  # noqa: S101  # the database holds it so for coupons of points
    with movements(member=coupon.member_id, at=at) as ledger:
        out = -(PointsEntry.objects.filter(coupon=coupon).aggregate(total=Sum("points"))["total"] or 0)
        wanted = coupon.points - returned_points(order=order, coupon=coupon)
        if out > wanted:
            return_redeemed(ledger=ledger, coupon=coupon, points=out - wanted, order=order)
        elif out < wanted:
            redeem_again(ledger=ledger, coupon=coupon, points=wanted - out, order=order)


def _follow_earnings(order: Order, *, at: datetime) -> None:
    with movements(member=order.member_id, at=at) as ledger:
        wanted = _wanted(order, at=at)
        _book(ledger, order, wanted)
    booked = PointsEntry.objects.filter(order=order, kind__in=(Kind.EARNED, Kind.TAKEN_BACK))
    for member_id in booked.exclude(member_id=order.member_id).values_list("member_id", flat=True).distinct():
        with movements(member=member_id, at=at) as ledger:  # whose order it was before
            _book(ledger, order, 0)


def _wanted(order: Order, *, at: datetime) -> int:
    """What the order earns as it is now. Lines that are new, or hold another product, are earned first."""
    if order.status not in COUNTING:
        return 0
    items = list(OrderItem.objects.filter(order=order).order_by("line_no"))
    amounts = counting_amounts(order=order, items=items)
    known = {line.line_no: line for line in EarnedLine.objects.filter(order=order)}
    new = [item for item in items if _is_new(item, known.get(item.line_no), amounts)]
    if new and amounts:
        _store(order, new, amounts=amounts, first_time=not known, at=at)
        known = {line.line_no: line for line in EarnedLine.objects.filter(order=order)}
    products = {item.line_no: item.product_id for item in items}
    same = [line for line in known.values() if products.get(line.line_no) == line.product_id]
    return points_kept(lines=same, amounts=amounts)


def _is_new(item: OrderItem, line: EarnedLine | None, amounts: dict[int, Amount]) -> bool:
    if line is None or line.product_id != item.product_id:
        return True
    return line.amount == 0 and item.line_no in amounts and amounts[item.line_no].placed > 0


def _store(
    order: Order,
    items: Sequence[OrderItem],
    *,
    amounts: dict[int, Amount],
    first_time: bool,
    at: datetime,
) -> None:
    """Note what these lines earn; an order's fixed points are given once, with its first lines."""
    lines = earned_lines(
        order=order, items=items, amounts=amounts, rules=rules_for(order=order), fixed=first_time
    )
    EarnedLine.objects.filter(order=order, line_no__in=[line.line_no for line in lines]).delete()
    for line in lines:
        line.earned_at = at
    EarnedLine.objects.bulk_create(lines)


def _book(ledger: Ledger, order: Order, wanted: int) -> None:
    """Bring what the member has of the order to ``wanted``."""
    of_order = PointsEntry.objects.filter(
        member_id=ledger.member_id, order=order, kind__in=(Kind.EARNED, Kind.TAKEN_BACK)
    )
    booked = of_order.aggregate(total=Sum("points"))["total"] or 0
    lot = PointsLot.objects.filter(
        member_id=ledger.member_id, order=order, source=PointsLot.Source.ORDER
    ).first()
    if wanted > booked:
        _earn(ledger, order, wanted - booked, lot=lot)
    elif wanted < booked:
        _take_back(ledger, order, booked - wanted, lot=lot)


def _take_back(ledger: Ledger, order: Order, points: int, *, lot: PointsLot | None) -> None:
    """From the order's own lot, then what had expired there, then other lots; the rest is debt."""
    why = Why(Kind.TAKEN_BACK, CHANGED_REASON, order=order)
    if lot is not None and lot.remaining < points:
        points -= ledger.forget_expiry(lot=lot, points=points - lot.remaining, why=why)
    if points:
        ledger.take_or_owe(points=points, why=why, first=lot)


def _earn(ledger: Ledger, order: Order, points: int, *, lot: PointsLot | None) -> None:
    program = LoyaltyProgram.current()
    if lot is not None and lot.expires_at is not None and lot.expires_at <= ledger.at:
        _earn_again_late(ledger, order, points, lot=lot, life_days=program.returned_life_days)
        return
    if lot is None:
        available_at = order.placed_at + timedelta(days=program.return_days)
        start = max(available_at, ledger.at)
        expires_at = end_of_day_after(start, days=program.life_days) if program.life_days else None
        lot = ledger.new_lot(
            source=PointsLot.Source.ORDER, order=order, available_at=available_at, expires_at=expires_at
        )
    ledger.add(lot=lot, points=points, why=Why(Kind.EARNED, ORDER_REASON, order=order))


def _earn_again_late(ledger: Ledger, order: Order, points: int, *, lot: PointsLot, life_days: int) -> None:
    """The order's lot has expired: only what was taken elsewhere for it, or is owed, comes back."""
    why = Why(Kind.TAKEN_BACK, CHANGED_REASON, order=order)
    elsewhere = PointsEntry.objects.filter(member_id=ledger.member_id, order=order, kind=Kind.TAKEN_BACK)
    elsewhere = elsewhere.filter(Q(lot=None) | ~Q(lot=lot))
    taken = -(elsewhere.aggregate(total=Sum("points"))["total"] or 0)
    if part := max(min(points, taken), 0):
        expires_at = end_of_day_after(ledger.at, days=life_days)
        new = ledger.new_lot(source=PointsLot.Source.RETURNED, expires_at=expires_at)
        ledger.add(lot=new, points=part, why=why)
    if points > part:
        ledger.add_expired(lot=lot, points=points - part, why=why)
