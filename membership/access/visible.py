"""Which orders a caller may see."""

from __future__ import annotations

from django.db.models import QuerySet
from rest_framework.request import Request

from membership.access.permissions import Caller, caller_kind, own_member
from membership.models import Order


def visible_orders(request: Request) -> QuerySet[Order]:
    """All orders, or those of the member whose token it is."""
    orders = Order.objects.select_related("member", "store")
    if caller_kind(request) in (Caller.STAFF, Caller.KEY):
        return orders
    own = own_member(request)
    return orders.filter(member=own) if own is not None else orders.none()
