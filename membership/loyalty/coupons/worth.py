"""What a coupon takes off an order."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from membership.cleaning.words import MINOR_DIGITS
from membership.models import Coupon, Order


def takes_off(*, coupon: Coupon, order: Order) -> Decimal:
    """In the order's currency, before other coupons: the amount, or the percentage of its products.

    A percentage is rounded half up to the currency's smallest unit.
    """
    if coupon.percent is None:
        return coupon.amount
    unit = Decimal(1).scaleb(-MINOR_DIGITS.get(order.currency, 2))
    return (order.total * coupon.percent / 100).quantize(unit, ROUND_HALF_UP)
