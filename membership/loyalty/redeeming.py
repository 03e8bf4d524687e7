"""Points exchanged for money off: as payment of an order, or as a coupon for a later one."""

from __future__ import annotations

from datetime import datetime
from decimal import ROUND_DOWN, Decimal

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from membership.cleaning.words import MINOR_DIGITS
from membership.errors import Conflict, rejected
from membership.loyalty.amounts import points_for
from membership.loyalty.calendar import end_of_day_after
from membership.loyalty.coupons.codes import new_code
from membership.loyalty.coupons.shared import take_use
from membership.loyalty.coupons.worth import takes_off
from membership.loyalty.following import points_follow_order
from membership.loyalty.ledger import Kind, Why, movements
from membership.loyalty.returning import return_redeemed
from membership.members.lookups import check_may_act
from membership.models import Coupon, LoyaltyProgram, Member, Order
from membership.models.shop import the_shop

REDEEMED_REASON = gettext_noop("redeemed")
OPEN = (Order.Status.PENDING, Order.Status.PAID, Order.Status.HELD)
"""Orders that may still be paid with points or a coupon."""


def redeem_points(
    *, member: Member, points: int, order: Order | None = None, at: datetime | None = None, by: str = ""
) -> Coupon:
    """Exchange points for an amount off: of ``order``, at once, or of a later one, by the coupon's code.

    For an order never more points are taken than what is left to pay for its products needs. Raises Rejected
    and Conflict, and then nothing was written.
    """
    check_may_act(member)
    program = LoyaltyProgram.current()
    at = at or timezone.now()
    if not program.point_value:
        raise Conflict(_("Points cannot be redeemed: the shop has not said what a point is worth."))
    if points < program.smallest_redemption:
        raise rejected(
            "points", _("The smallest redemption is %(points)d.") % {"points": program.smallest_redemption}
        )
    with transaction.atomic():
        if order is not None:  # locked before the member, as every change of an order does
            order = Order.objects.select_for_update(no_key=True).get(pk=order.pk)
            left = _left_to_pay(order, member)
            points = min(points, points_for(amount=left, point_value=program.point_value))
        with movements(member=member, at=at) as ledger:
            coupon = _new_coupon(member, points, program=program, at=at)
            why = Why(Kind.REDEEMED, REDEEMED_REASON, order=order, coupon=coupon, by=by)
            ledger.take(points=points, why=why)
        if order is not None:
            _apply(coupon, order, at=at)
    return coupon


def use_coupon(*, code: str, order: Order, at: datetime | None = None) -> Coupon | None:
    """Use the coupon with this code for the order; None where no coupon of ours has it.

    A shop may know codes of its own, so an unknown one is not an error. Of a shared code the answer is the
    coupon of this use. Raises Conflict where the coupon is used, expired, withdrawn or another member's.
    """
    at = at or timezone.now()
    with transaction.atomic():
        order = Order.objects.select_for_update(no_key=True).select_related("member").get(pk=order.pk)
        coupon = Coupon.objects.select_for_update().filter(code__iexact=code.strip()).first()
        if coupon is None or coupon.order_id == order.pk:
            return coupon
        _check_usable(coupon, order, at=at)
        if coupon.uses_allowed is not None:
            coupon = take_use(coupon=coupon, order=order, at=at)
        if coupon.order_id != order.pk or coupon.used_at is None:
            _apply(coupon, order, at=at)
    return coupon


def check_coupon(*, code: str, member: Member, currency: str, at: datetime | None = None) -> None:
    """Raises Conflict where ``use_coupon`` would for a new order of the member."""
    coupon = Coupon.objects.filter(code__iexact=code.strip()).first()
    if coupon is not None:
        _check_usable(coupon, Order(member=member, currency=currency), at=at or timezone.now())


def return_unused(*, coupon: Coupon, at: datetime | None = None) -> None:
    """Withdraw a coupon that was bought with points and not used: the points go back. Raises Conflict."""
    assert coupon.member_id is not None  # noqa: S101  # the database holds it so for coupons of points
    with movements(member=coupon.member_id, at=at) as ledger:
        changed = Coupon.objects.filter(pk=coupon.pk, used_at=None, withdrawn_at=None)
        if not changed.update(withdrawn_at=ledger.at):
            raise Conflict(_("This coupon has been used or withdrawn."))
        if coupon.points:
            return_redeemed(ledger=ledger, coupon=coupon, points=coupon.points)


def _left_to_pay(order: Order, member: Member) -> Decimal:
    """What the products cost that is not yet paid by coupons. Raises Rejected and Conflict."""
    if order.member_id != member.pk:
        raise rejected("order", _("The member has no order %s.") % order.public_id)
    _check_open(order)
    if order.currency != the_shop().currency:
        raise Conflict(_("Points are worth %s; this order is in another currency.") % the_shop().currency)
    used = order.coupons.aggregate(total=Sum("applied"))["total"] or Decimal(0)
    left = order.total - used
    if left <= 0:
        raise Conflict(_("Nothing is left to pay for this order's products."))
    return left


def _check_open(order: Order) -> None:
    if order.pk and (order.status not in OPEN or order.refunded):
        raise Conflict(_("Order %s is no longer open for points or coupons.") % order.order_no)


def _check_usable(coupon: Coupon, order: Order, *, at: datetime) -> None:
    if coupon.member_id not in (None, order.member_id):
        message = _("This coupon belongs to another member.")
    elif coupon.used_at is not None:
        message = _("This coupon has been used.")
    elif coupon.withdrawn_at is not None or (coupon.expires_at is not None and coupon.expires_at <= at):
        message = _("This coupon is no longer valid.")
    elif coupon.percent is None and coupon.currency != order.currency:
        message = _("This coupon is in %s.") % coupon.currency
    else:
        _check_open(order)
        return
    raise Conflict(message)


def _apply(coupon: Coupon, order: Order, *, at: datetime) -> None:
    used = order.coupons.aggregate(total=Sum("applied"))["total"] or Decimal(0)
    coupon.order, coupon.used_at = order, at
    coupon.applied = max(min(takes_off(coupon=coupon, order=order), order.total - used), Decimal(0))
    surplus = int(coupon.points * (coupon.amount - coupon.applied) / coupon.amount) if coupon.amount else 0
    if surplus and coupon.member_id is not None:  # more than the order needs: those points go back at once
        with movements(member=coupon.member_id, at=at) as ledger:
            return_redeemed(ledger=ledger, coupon=coupon, points=surplus, order=order)
        coupon.points -= surplus
    coupon.save(update_fields=("order", "used_at", "applied", "points"))
    points_follow_order(order=order, at=at)  # what was paid with points earns none


def _new_coupon(member: Member, points: int, *, program: LoyaltyProgram, at: datetime) -> Coupon:
    unit = Decimal(1).scaleb(-MINOR_DIGITS.get(the_shop().currency, 2))
    amount = (program.point_value * points).quantize(unit, ROUND_DOWN)
    if not amount:
        raise rejected("points", _("So few points are worth nothing yet."))
    return Coupon.objects.create(
        code=new_code("P"),
        source=Coupon.Source.POINTS,
        member=member,
        amount=amount,
        currency=the_shop().currency,
        points=points,
        created_at=at,
        expires_at=end_of_day_after(at, days=program.coupon_days),
    )
