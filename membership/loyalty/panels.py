"""The points on a member's page, and what staff do there: give and take with a reason, pay for an order."""

from __future__ import annotations

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from learning.json_types import JsonMapping
from membership.errors import rejected
from membership.loyalty.api.serializers import MAX_POINTS
from membership.loyalty.calendar import last_day
from membership.loyalty.ledger import add_points
from membership.loyalty.redeeming import OPEN, redeem_points
from membership.loyalty.standing import standing_of
from membership.members.actions import MemberAction, register_member_action
from membership.models import LoyaltyProgram, Member, PointsLot, TierStanding
from membership.models.shop import the_shop
from membership.panels import Panel, register_panel

LOTS_SHOWN = 5
ENTRIES_SHOWN = 5
ORDERS_OFFERED = 10


def points(member: Member) -> JsonMapping:
    now = timezone.now()
    held = TierStanding.objects.filter(member=member, held_until__gt=now).first()
    orders = member.orders.filter(status__in=OPEN, refunded=0, currency=the_shop().currency)
    may_redeem = LoyaltyProgram.current().point_value > 0
    return {
        "standing": standing_of(member=member, at=now),
        "lots": [_shown(lot, pending=lot.available_at is not None and lot.available_at > now)
                 for lot in member.points_lots.filter(remaining__gt=0).first_to_expire()[:LOTS_SHOWN]],
        "entries": list(member.points.select_related("order")[:ENTRIES_SHOWN]),
        "orders": list(orders.order_by("-placed_at")[:ORDERS_OFFERED]) if may_redeem else [],
        "held_until": held.held_until if held else None,
        "held_reason": held.reason if held else "",
    }  # fmt: skip


def _shown(lot: PointsLot, *, pending: bool) -> dict[str, object]:
    return {
        "remaining": lot.remaining,
        "get_source_display": lot.get_source_display(),
        "is_pending": pending,
        "last_day": last_day(lot.expires_at) if lot.expires_at else "",
    }


def register_loyalty() -> None:
    """Called once, when the app is ready."""
    register_panel(
        Panel(
            key="points",
            title=gettext_lazy("Points"),
            template="membership/panels/points.html",
            context=points,
            permission="membership.view_pointsentry",
            order=4,
            side=True,
        )
    )
    register_member_action(MemberAction("points", _give_or_take, "membership.add_pointsentry"))
    register_member_action(MemberAction("redeem", _redeem, "membership.add_coupon"))


def _give_or_take(member: Member, request: HttpRequest) -> str:
    number = _number(request)
    reason = request.POST.get("reason", "").strip()
    if not reason:
        raise rejected("reason", _("Say why."))
    add_points(member=member, points=number, reason=reason, by=request.user.get_username())
    if number > 0:
        return ngettext("%(points)d point given.", "%(points)d points given.", number) % {"points": number}
    return ngettext("%(points)d point taken.", "%(points)d points taken.", -number) % {"points": -number}


def _redeem(member: Member, request: HttpRequest) -> str:
    given = request.POST.get("order", "")
    order = get_object_or_404(member.orders, pk=int(given) if given.isdecimal() else 0)
    coupon = redeem_points(
        member=member, points=_number(request), order=order, by=request.user.get_username()
    )
    return _("%(points)d points redeemed for order %(order)s.") % {
        "points": coupon.points, "order": order.order_no,
    }  # fmt: skip


def _number(request: HttpRequest) -> int:
    """A whole number that is not 0. Raises Rejected."""
    try:
        number = int(request.POST.get("points", ""))
    except ValueError:
        number = 0
    if not 0 < abs(number) <= MAX_POINTS:
        raise rejected("points", _("Give a whole number of points that is not 0."))
    return number
