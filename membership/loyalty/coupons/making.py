"""Coupons that staff and campaigns give: made, and withdrawn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from membership.errors import Conflict, rejected
from membership.loyalty.coupons.codes import new_code
from membership.loyalty.coupons.shared import SEPARATOR
from membership.models import Coupon, Member
from membership.models.shop import the_shop

LONGEST_CODE = 30


@dataclass(frozen=True)
class CouponDraft:
    """An ``amount`` in ``currency`` (the shop's, unless given) or a ``percent``, of one member or of anybody.

    Without a ``code`` one is made. ``uses_allowed``: a shared code, for so many members, each once.
    """

    amount: Decimal | None = None
    percent: Decimal | None = None
    code: str = ""
    source: str = Coupon.Source.STAFF
    currency: str = ""
    member: Member | None = None
    uses_allowed: int | None = None
    expires_at: datetime | None = None


def make_coupon(*, draft: CouponDraft) -> Coupon:
    """The stored coupon. Raises Rejected with what is wrong, and Conflict where another has the code."""
    check_draft(draft)
    code = draft.code.strip().upper() or new_code("S" if draft.source == Coupon.Source.STAFF else "C")
    try:
        with transaction.atomic():
            return Coupon.objects.create(
                code=code, source=draft.source, member=draft.member, amount=draft.amount or Decimal(0),
                percent=draft.percent, currency=draft.currency or the_shop().currency,
                uses_allowed=draft.uses_allowed, expires_at=draft.expires_at,
            )  # fmt: skip
    except IntegrityError:
        raise Conflict(_("There is a coupon %s already.") % code) from None


def withdraw_coupon(*, coupon: Coupon, at: datetime | None = None) -> None:
    """Nobody can use it from now on; what it took off orders stays. Raises Conflict."""
    if coupon.source == Coupon.Source.POINTS or coupon.shared_id is not None:
        raise Conflict(_("Only a coupon that staff or a campaign gave can be withdrawn."))
    free = Coupon.objects.filter(pk=coupon.pk, used_at=None, withdrawn_at=None)
    if not free.update(withdrawn_at=at or timezone.now()):
        raise Conflict(_("This coupon has been used or withdrawn."))
    coupon.refresh_from_db()


def check_draft(draft: CouponDraft) -> None:
    """Raises Rejected with what is wrong, and Conflict where another coupon has the code."""
    if (draft.amount is None) == (draft.percent is None):
        raise rejected("amount", _("Give either an amount or a percentage."))
    if draft.amount is not None and draft.amount <= 0:
        raise rejected("amount", _("Give an amount above zero."))
    if draft.percent is not None and not 0 < draft.percent <= 100:
        raise rejected("percent", _("Give a percentage above 0, 100 at most."))
    if draft.uses_allowed is not None and draft.uses_allowed < 1:
        raise rejected("uses_allowed", _("Give a number of uses above zero."))
    if draft.uses_allowed is not None and draft.member is not None:
        raise rejected("member", _("A code for several members belongs to none of them."))
    if draft.source not in (Coupon.Source.STAFF, Coupon.Source.CAMPAIGN):
        raise rejected("source", _("Coupons of points are made by redeeming points."))
    if draft.expires_at is not None and draft.expires_at <= timezone.now():
        raise rejected("expires_at", _("The end must lie ahead."))
    if SEPARATOR in draft.code or len(draft.code) > LONGEST_CODE:
        raise rejected("code", _("A code has at most %d characters and no slash.") % LONGEST_CODE)
    if (code := draft.code.strip()) and Coupon.objects.filter(code__iexact=code).exists():
        raise Conflict(_("There is a coupon %s already.") % code)
