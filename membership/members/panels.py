"""The shop's own panels on the member page: profile, orders, consents, segments, what happened."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import F, Sum
from django.db.models.functions import TruncMonth
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from learning.json_types import JsonMapping
from membership.members.consents import current_consents
from membership.members.timeline import CHANGED, EDITED, KINDS, REFUNDED, Entry
from membership.members.timeline import timeline as timeline_of
from membership.models import Consent, Event, Member, Order, Segment, SegmentMembership
from membership.models.members import Tier
from membership.models.shop import the_shop
from membership.panels import Panel, register_panel
from membership.wording import in_words, money_text

ORDERS_SHOWN = 8
MOMENTS_SHOWN = 12


def profile(member: Member) -> JsonMapping:
    return {"tags": list(member.tags.all()), "tiers": Tier.choices}


def orders(member: Member) -> JsonMapping:
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
        .filter(shop_total__isnull=False, placed_at__gte=months[0])
        .order_by()
        .annotate(month=TruncMonth("placed_at"))
        .values_list("month")
        .annotate(spent=Sum("shop_total"))
    )
    by_month = {(month.year, month.month): amount for month, amount in spent.items()}
    amounts = [by_month.get((month.year, month.month), Decimal(0)) for month in months]
    return json.dumps(
        {
            "labels": [f"{month:%Y-%m}" for month in months],
            "datasets": [
                {
                    "label": _("Spent (%(currency)s)") % {"currency": the_shop().currency},
                    "data": [float(amount) for amount in amounts],
                    "backgroundColor": "var(--color-primary-500)",
                    "displayYAxis": True,
                    "maxBarThickness": 28,
                    "borderRadius": 4,
                }
            ],
        }
    )


def consents(member: Member) -> JsonMapping:
    newest = current_consents(member=member)
    rows = [
        {"purpose": purpose, "channel": channel, "consent": newest.get((purpose, channel))}
        for purpose in Consent.Purpose
        for channel in Consent.Channel
        if purpose == Consent.Purpose.MARKETING or (purpose, channel) in newest
    ]
    return {"consents": rows}


def segments(member: Member) -> JsonMapping:
    stays = SegmentMembership.objects.filter(member=member).select_related("segment")
    newest_first = list(stays.order_by(F("exited_at").desc(nulls_first=True), "-entered_at")[:12])
    inside = {stay.segment_id for stay in newest_first if stay.exited_at is None}
    kept_by_hand = Segment.objects.filter(kind=Segment.Kind.MANUAL).exclude(pk__in=inside)
    return {"stays": newest_first, "open_segments": list(kept_by_hand[:200])}


@dataclass(frozen=True)
class Moment:
    """One line of the timeline."""

    at: datetime
    icon: str
    text: str


def timeline(member: Member) -> JsonMapping:
    """The newest entries of every kind, without what the shop displayed by itself."""
    entries, _next = timeline_of(member=member, kinds=frozenset(KINDS), size=4 * MOMENTS_SHOWN)
    seen = [entry for entry in entries if entry.details.get("type") != Event.Type.IMPRESSION]
    return {"moments": [_moment(entry) for entry in seen[:MOMENTS_SHOWN]]}


def _moment(entry: Entry) -> Moment:
    """The entry in the reader's words."""
    about = entry.details
    if entry.kind == "event":
        parts = (Event.Type(about["type"]).label, about["name"] or about["query"])
        icon, text = EVENT_ICONS[about["type"]], ": ".join(str(part) for part in parts if part)
    elif entry.kind == "order":
        amount = money_text(about["total"], about["currency"])
        icon, text = "receipt_long", _("Order %(number)s, %(amount)s")
        text %= {"number": about["order_no"], "amount": amount}
    elif entry.kind == "order_change":
        icon, text = _order_change(about)
    elif entry.kind == "consent":
        state = _("granted") if about["granted"] else _("withdrawn")
        purpose, channel = Consent.Purpose(about["purpose"]).label, Consent.Channel(about["channel"]).label
        icon, text = "verified_user", f"{purpose} · {channel}: {state}"
    elif entry.kind == "points":
        icon, text = "loyalty", _("%(points)+d points: %(reason)s")
        text %= {"points": about["points"], "reason": in_words(about["reason"])}
    elif entry.kind == "segment":
        icon, text = "donut_small", _("Entered the segment %(name)s") % {"name": in_words(about["name"])}
    else:
        icon, text = "military_tech", _("Tier became %(tier)s (%(source)s)")
        text %= {"tier": Tier(about["tier"]).label, "source": in_words(about["source"])}
    return Moment(at=entry.at, icon=icon, text=str(text))


def _order_change(about: JsonMapping) -> tuple[str, str]:
    """(icon, what became of an order, how much, who did it and why)."""
    what = str(about["what"])
    if about["refunded"]:
        amount = money_text(abs(about["refunded"]), about["currency"])
        text = _("%(amount)s refunded") if what == REFUNDED else _("refund of %(amount)s taken back")
        said = text % {"amount": amount}
    elif what == EDITED:
        said = _("lines edited")
        if about["total_after"] is not None:
            ends = {end: money_text(Decimal(about[f"total_{end}"]), about["currency"]) for end in ENDS}
            said = _("lines edited, %(before)s → %(after)s") % ends
    else:
        said = _("changed") if what == CHANGED else str(Order.Status(what).label)
    by = ": ".join(filter(None, (about["by"] or about["source"], about["reason"])))
    text = _("Order %(number)s: %(what)s (%(by)s)")
    return CHANGE_ICONS.get(what, "edit_note"), text % {"number": about["order_no"], "what": said, "by": by}


ENDS = ("before", "after")
CHANGE_ICONS = {
    REFUNDED: "assignment_return",
    "cancelled": "cancel",
    "declined": "block",
    "shipped": "local_shipping",
    "completed": "task_alt",
}
EVENT_ICONS = {
    "view": "visibility",
    "cart": "add_shopping_cart",
    "search": "search",
    "wishlist": "favorite",
    "impression": "web",
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
            title=gettext_lazy("Consents"),
            template=f"{folder}/consents.html",
            context=consents,
            permission="membership.view_consent",
            order=3,
            side=True,
        ),
    ):
        register_panel(panel)
