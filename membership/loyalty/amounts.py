"""What of an order counts for points, in the shop's currency.

The one place that says so: what the products of each line came to after discounts and refunds, less the part
that was paid with points, at the rate of the order's day. Shipping, tax and tip do not count, nor does an
order in a currency without a rate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from fractions import Fraction

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


@dataclass(frozen=True)
class Amount:
    """What of a line earns points: as it was placed, and now that some of it may have been refunded."""

    placed: Decimal
    now: Decimal


def counting_amounts(*, order: Order, items: Sequence[OrderItem]) -> dict[int, Amount]:
    """Line number -> amounts that earn points; empty for an order that earns none."""
    if order.status not in COUNTING or order.shop_rate is None or order.total <= 0:
        return {}
    rate = Fraction(order.shop_rate)
    coupons = _points_coupons(order)
    kept = sum((_kept(order, coupon) for coupon in coupons), Fraction(0))
    applied = sum((_applied(order, coupon) for coupon in coupons), Fraction(0))
    now = rate * _share(order.total, less=kept, of=[item.total for item in items])
    as_placed = [item.total + item.refunded for item in items]
    placed = rate * _share(products_cost(order), less=applied, of=as_placed)
    return {
        item.line_no: Amount(
            placed=_six(Fraction(item.total + item.refunded) * placed), now=_six(Fraction(item.total) * now)
        )
        for item in items
    }


def _share(total: Decimal, *, less: Fraction, of: Sequence[Decimal]) -> Fraction:
    """What part of the lines' amounts was paid in money."""
    lines = sum(of, NOTHING)
    return max(Fraction(total) - less, Fraction(0)) / Fraction(lines) if lines > 0 else Fraction(0)


def products_cost(order: Order) -> Decimal:
    """What the products came to before any refund, in the order's currency."""
    return max(order.subtotal - order.discount, NOTHING)


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
    refunded = products_cost(order) if order.status in GIVEN_UP else order.refunded
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


def _applied(order: Order, coupon: Coupon) -> Fraction:
    return min(Fraction(coupon.applied), Fraction(products_cost(order)))


def _kept(order: Order, coupon: Coupon) -> Fraction:
    """What the coupon still pays of the order: each refund comes from money and points in equal shares."""
    placed = products_cost(order)
    if placed <= 0:
        return Fraction(0)
    return _applied(order, coupon) * max(1 - Fraction(order.refunded) / Fraction(placed), Fraction(0))


def _six(value: Fraction) -> Decimal:
    return (Decimal(value.numerator) / Decimal(value.denominator)).quantize(SIX)
