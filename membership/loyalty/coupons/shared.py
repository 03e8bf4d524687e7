"""Codes that several members use, each once: every use is a coupon of its own."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F
from django.utils.translation import gettext as _

from membership.errors import Conflict
from membership.models import Coupon, Order

SEPARATOR = "/"
"""Stands in the code of a use, and in no code that anybody gives or chooses."""


def take_use(*, coupon: Coupon, order: Order, at: datetime) -> Coupon:
    """The coupon of this order's use of the shared ``coupon``, whose row is locked; it is applied later.

    Raises Conflict where the order's member has used the code, or it was used as often as it may be. The
    number of uses is raised by the database, so that two orders cannot take the last one.
    """
    others = Coupon.objects.filter(shared=coupon, member_id=order.member_id, withdrawn_at=None)
    mine = others.filter(order=order).first()
    if mine is not None:
        return mine
    if others.exists():
        raise Conflict(_("The member has used this coupon."))
    free = Coupon.objects.filter(pk=coupon.pk, uses__lt=F("uses_allowed"))
    if not free.update(uses=F("uses") + 1):
        raise Conflict(_("This coupon has been used as often as it may be."))
    given = {
        "source": coupon.source, "amount": coupon.amount, "percent": coupon.percent,
        "currency": coupon.currency, "member": order.member, "order": order, "created_at": at,
        "expires_at": coupon.expires_at, "withdrawn_at": None, "used_at": None,
    }  # fmt: skip
    code = f"{coupon.code[:38]}{SEPARATOR}{order.pk}"
    return Coupon.objects.update_or_create(shared=coupon, code=code, defaults=given)[0]


def give_use_back(*, use: Coupon, at: datetime) -> None:
    """The code may be used once more, also by this member. The row stays, with what it was of."""
    assert use.shared_id is not None  # noqa: S101  # the use of a shared code
    Coupon.objects.filter(pk=use.pk).update(used_at=None, applied=0, withdrawn_at=at)
    Coupon.objects.filter(pk=use.shared_id, uses__gt=0).update(uses=F("uses") - 1)
