"""Redeemed points that come back because their order was cancelled, refunded or changed, and go again."""

from __future__ import annotations

from django.db.models import Sum
from django.utils.translation import gettext_noop

from membership.loyalty.calendar import end_of_day_after
from membership.loyalty.ledger import Kind, Ledger, Why
from membership.models import Coupon, LoyaltyProgram, Order, PointsEntry, PointsLot

RETURNED_REASON = gettext_noop("redeemed points returned")
AGAIN_REASON = gettext_noop("redeemed again")


def return_redeemed(*, ledger: Ledger, coupon: Coupon, points: int, order: Order | None = None) -> None:
    """Give points back to the lots that they were taken from, first to what lives longest.

    What came from lots that have expired since goes into a new lot with the program's life for it.
    """
    why = Why(Kind.RETURNED, RETURNED_REASON, order=order, coupon=coupon)
    entries = PointsEntry.objects.filter(coupon=coupon, lot__isnull=False).order_by()
    out = {lot_id: -total for lot_id, total in entries.values_list("lot_id").annotate(total=Sum("points"))}
    alive = PointsLot.objects.alive_at(ledger.at).filter(pk__in=out)
    for lot in reversed(alive.first_to_expire()):
        if (part := min(out[lot.pk], points)) > 0:
            ledger.add(lot=lot, points=part, why=why)
            points -= part
    if points:
        days = LoyaltyProgram.current().returned_life_days
        new = ledger.new_lot(
            source=PointsLot.Source.RETURNED, expires_at=end_of_day_after(ledger.at, days=days)
        )
        ledger.add(lot=new, points=points, why=why)


def redeem_again(*, ledger: Ledger, coupon: Coupon, points: int, order: Order) -> None:
    """The order counts again, and with it the points that paid for it: what is spent meanwhile is owed."""
    why = Why(Kind.REDEEMED, AGAIN_REASON, order=order, coupon=coupon)
    ledger.take_or_owe(points=points, why=why)


def reverse_entry(*, ledger: Ledger, entry: PointsEntry, why: Why) -> None:
    """Take one movement back where it was; nothing may have moved in its lot since. An expired lot stays."""
    lot = entry.lot
    if lot is None:
        ledger.add_debt(points=-entry.points, why=why)
    elif lot.expires_at is None or lot.expires_at > ledger.at:
        ledger.add(lot=lot, points=-entry.points, why=why)
