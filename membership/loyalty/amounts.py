"""What of an order counts for points, in the shop's currency.

The one place that says so: what the products of each line came to after discounts and refunds, less the part
that was paid with points. Shipping, tax and tip do not count, nor does an order in another currency.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from fractions import Fraction

from django.conf import settings

from membership.cleaning.words import MINOR_DIGITS
from membership.models import Coupon, Order, OrderItem

NOTHING = Decimal(0)
SIX = Decimal("0.000001")
COUNTING = (Order.Status.PAID, Order.Status.SHIPPED, Order.Status.COMPLETED)
"""Orders that earn points: a pending one is not paid, a held one not decided."""
GIVEN_UP = (Order.Status.CANCELLED, Order.Status.DECLINED, Order.Status.REFUNDED)
"""Orders that give all redeemed points back."""


@dataclass(frozen=True)
class Split:
    """What of a refunded amount goes back as money, and as how many points worth how much."""

    money: Decimal
    points: int
    points_worth: Decimal


def counting_amounts(*, order: Order, items: Sequence[OrderItem]) -> dict[int, Decimal]:
    """Line number -> amount that earns points. Orders in another currency than the shop's come to nothing."""
    of_lines = sum((item.total for item in items), NOTHING)
    if order.status not in COUNTING or order.currency != settings.SHOP_CURRENCY or of_lines <= 0:
        return {}
    paid_by_coupons = sum((_kept(order, coupon) for coupon in _points_coupons(order)), Fraction(0))
    in_money = max(Fraction(max(order.total, NOTHING)) - paid_by_coupons, Fraction(0))
    share = in_money / Fraction(of_lines)
    return {item.line_no: _six(Fraction(item.total) * share) for item in items}


def returned_points(*, order: Order, coupon: Coupon) -> int:
    """How many of the coupon's points are to be back with the member, as the order is now; rounded down."""
    if order.status in GIVEN_UP:
        return coupon.points
    if not coupon.applied:
        return 0
    kept = _kept(order, coupon) / Fraction(coupon.applied) * coupon.points
    return int(coupon.points - Decimal(-(-kept.numerator // kept.denominator)))


def refund_split(*, order: Order) -> Split:
    """Of all that was refunded of the order so far: money and points add up to it exactly."""
    refunded = order.total_when_placed if order.status in GIVEN_UP else order.refunded
    points, worth = 0, NOTHING
    unit = Decimal(1).scaleb(-MINOR_DIGITS.get(order.currency, 2))
    for coupon in _points_coupons(order):
        back = returned_points(order=order, coupon=coupon)
        points += back
        worth += (coupon.applied * back / coupon.points).quantize(unit, ROUND_HALF_UP)
    worth = min(worth, refunded)
    return Split(money=refunded - worth, points=points, points_worth=worth)


def points_for(*, amount: Decimal, point_value: Decimal) -> int:
    """The fewest points that are worth ``amount``."""
    return int((amount / point_value).to_integral_value(ROUND_CEILING))


def _points_coupons(order: Order) -> list[Coupon]:
    return list(order.coupons.filter(source=Coupon.Source.POINTS))


def _kept(order: Order, coupon: Coupon) -> Fraction:
    """What the coupon still pays of the order: each refund comes from money and points in equal shares."""
    placed = order.total_when_placed
    if placed <= 0:
        return Fraction(0)
    applied = min(Fraction(coupon.applied), Fraction(placed))
    return applied * max(1 - Fraction(order.refunded) / Fraction(placed), Fraction(0))


def _six(value: Fraction) -> Decimal:
    return (Decimal(value.numerator) / Decimal(value.denominator)).quantize(SIX)
