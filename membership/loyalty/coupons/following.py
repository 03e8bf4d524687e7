"""Coupons follow their order: given back when it is cancelled or declined, taken again when it is reopened.

Coupons that were bought with points are not meant: their points come back (``membership.loyalty.following``).
"""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from membership.errors import Conflict
from membership.loyalty.coupons.shared import give_use_back
from membership.loyalty.coupons.worth import takes_off
from membership.loyalty.redeeming import OPEN, use_coupon
from membership.models import Coupon, Order, OrderChange

GIVEN_UP = (Order.Status.CANCELLED, Order.Status.DECLINED)


def coupons_follow_order(order: Order, change: OrderChange | None) -> None:
    """As ``membership.orders.following`` calls it. No query for an order without a code."""
    if not order.coupon:
        return
    if order.status in GIVEN_UP:
        _give_back(order)
    elif change is not None and change.before.get("status") in GIVEN_UP:
        _take_again(order)
    elif change is not None and "lines" in change.after and order.status in OPEN and not order.refunded:
        _renew_percentages(order)


def _of_shop(order: Order) -> list[Coupon]:
    return list(order.coupons.exclude(source=Coupon.Source.POINTS).exclude(used_at=None))


def _give_back(order: Order) -> None:
    for coupon in _of_shop(order):
        if coupon.shared_id is not None:
            give_use_back(use=coupon, at=timezone.now())
        else:
            Coupon.objects.filter(pk=coupon.pk).update(order=None, used_at=None, applied=0)


def _take_again(order: Order) -> None:
    """Where it is still there: somebody may have used it meanwhile, and the order then goes without."""
    try:
        with transaction.atomic():
            use_coupon(code=order.coupon, order=order)
    except Conflict:
        return


def _renew_percentages(order: Order) -> None:
    """The products cost something else now."""
    for coupon in _of_shop(order):
        if coupon.percent is not None:
            off = min(takes_off(coupon=coupon, order=order), order.total)
            Coupon.objects.filter(pk=coupon.pk).update(applied=off)
