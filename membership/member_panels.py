"""The shop's own panels on the member page: profile, orders, consents and points, segments, what happened."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import F, Sum
from django.db.models.functions import TruncMonth
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from membership.models import Consent, Event, Member, SegmentMembership
from membership.models.members import Tier
from membership.panels import Panel, register_panel
from membership.services.consents import current_consents
from membership.wording import money_text

ORDERS_SHOWN = 8
MOMENTS_SHOWN = 12


def profile(member: Member) -> Mapping[str, Any]:
    return {"tags": list(member.tags.all()), "tiers": Tier.choices}


def orders(member: Member) -> Mapping[str, Any]:
    newest = member.orders.select_related("store").order_by("-placed_at", "-id")[:ORDERS_SHOWN]
    return {"orders": list(newest), "chart": _spend_by_month(member)}


def _spend_by_month(member: Member) -> str:
    """Chart.js data of the last twelve months in the shop's currency, months without orders included."""
    this_month = timezone.localtime().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    months = [this_month]
    while len(months) < 12:
        months.insert(0, (months[0] - timedelta(days=1)).replace(day=1, hour=0))
    spent = dict(
        member.orders.counted()
        .filter(currency=settings.SHOP_CURRENCY, placed_at__gte=months[0])
        .order_by()
        .annotate(month=TruncMonth("placed_at"))
        .values_list("month")
        .annotate(spent=Sum("total"))
    )
    by_month = {(month.year, month.month): amount for month, amount in spent.items()}
    amounts = [by_month.get((month.year, month.month), Decimal(0)) for month in months]
    return json.dumps(
        {
            "labels": [f"{month:%Y-%m}" for month in months],
            "datasets": [
                {
                    "label": _("Spent (%(currency)s)") % {"currency": settings.SHOP_CURRENCY},
                    "data": [float(amount) for amount in amounts],
                    "backgroundColor": "var(--color-primary-500)",
                    "displayYAxis": True,
                    "maxBarThickness": 28,
                    "borderRadius": 4,
                }
            ],
        }
    )


def consents_and_points(member: Member) -> Mapping[str, Any]:
    newest = current_consents(member=member)
    rows = [
        {"purpose": purpose, "channel": channel, "consent": newest.get((purpose, channel))}
        for purpose in Consent.Purpose
        for channel in Consent.Channel
        if purpose == Consent.Purpose.MARKETING or (purpose, channel) in newest
    ]
    return {
        "consents": rows,
        "points": member.points_balance(),
        "points_entries": list(member.points.all()[:4]),
    }


def segments(member: Member) -> Mapping[str, Any]:
    stays = SegmentMembership.objects.filter(member=member).select_related("segment")
    newest_first = stays.order_by(F("exited_at").desc(nulls_first=True), "-entered_at")[:12]
    return {"stays": list(newest_first)}


@dataclass(frozen=True)
class Moment:
    """One line of the timeline."""

    at: datetime
    icon: str
    text: str


def timeline(member: Member) -> Mapping[str, Any]:
    """The newest things of every kind, merged; what the shop showed by itself is left out."""
    seen = member.events.exclude(type=Event.Type.IMPRESSION).select_related("product")
    moments = [
        Moment(
            at=event.occurred_at,
            icon=EVENT_ICONS.get(event.type, "circle"),
            text=": ".join(
                str(part) for part in (event.get_type_display(), event.product or event.query) if part
            ),
        )
        for event in seen[:MOMENTS_SHOWN]
    ]
    moments += [
        Moment(
            at=order.placed_at,
            icon="receipt_long",
            text=_("Order %(number)s, %(amount)s")
            % {"number": order.order_no, "amount": money_text(order.total, order.currency)},
        )
        for order in member.orders.order_by("-placed_at")[:MOMENTS_SHOWN]
    ]
    moments += [
        Moment(
            at=change.changed_at,
            icon="military_tech",
            text=_("Tier became %(tier)s (%(source)s)")
            % {"tier": change.get_tier_display(), "source": change.source},
        )
        for change in member.tier_history.all()[:5]
    ]
    moments += [
        Moment(at=consent.occurred_at, icon="verified_user", text=str(consent))
        for consent in member.consents.all()[:5]
    ]
    moments.sort(key=lambda moment: moment.at, reverse=True)
    return {"moments": moments[:MOMENTS_SHOWN]}


EVENT_ICONS = {
    "view": "visibility",
    "cart": "add_shopping_cart",
    "search": "search",
    "wishlist": "favorite",
    "click": "ads_click",
}


def register_panels() -> None:
    folder = "membership/panels"
    for panel in (
        Panel(
            key="orders",
            title=gettext_lazy("Orders"),
            template=f"{folder}/orders.html",
            context=orders,
            permission="membership.view_order",
            order=10,
        ),
        Panel(
            key="timeline",
            title=gettext_lazy("What happened"),
            template=f"{folder}/timeline.html",
            context=timeline,
            permission="membership.view_event",
            order=90,
        ),
        Panel(
            key="profile",
            title=gettext_lazy("Profile"),
            template=f"{folder}/profile.html",
            context=profile,
            permission="membership.view_member",
            order=1,
            side=True,
        ),
        Panel(
            key="segments",
            title=gettext_lazy("Segments"),
            template=f"{folder}/segments.html",
            context=segments,
            permission="membership.view_segment",
            order=2,
            side=True,
        ),
        Panel(
            key="consents",
            title=gettext_lazy("Consents and points"),
            template=f"{folder}/consents.html",
            context=consents_and_points,
            permission="membership.view_consent",
            order=3,
            side=True,
        ),
    ):
        register_panel(panel)
