"""The shop's own panels on the member page."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from freezegun import freeze_time

from membership.loyalty.ledger import add_points
from membership.members.panels import consents, orders, profile, segments, timeline
from membership.models import Consent, Event, TierHistory
from tests.factories import (
    EventFactory,
    MemberFactory,
    OrderFactory,
    ProductFactory,
    SegmentFactory,
    SegmentMembershipFactory,
    TagFactory,
)

pytestmark = pytest.mark.django_db


@freeze_time("2026-03-15 12:00")
def test_spending_is_added_up_for_each_of_twelve_months(settings) -> None:
    settings.TIME_ZONE = "Asia/Shanghai"
    member = MemberFactory()
    for day, total, status in (
        ("2026-03-01T00:30:00+08:00", "5", "paid"),
        ("2026-02-28T23:30:00+08:00", "7", "paid"),
        ("2026-02-10T12:00:00+08:00", "1", "refunded"),
        ("2025-03-31T12:00:00+08:00", "9", "paid"),  # more than twelve months ago
    ):
        placed = datetime.fromisoformat(day)
        OrderFactory(member=member, placed_at=placed, total=Decimal(total), status=status)

    chart = json.loads(str(orders(member)["chart"]))

    assert (chart["labels"][0], chart["labels"][-1], len(chart["labels"])) == ("2025-04", "2026-03", 12)
    assert chart["datasets"][0]["data"] == [0.0] * 10 + [7.0, 5.0]


def test_the_newest_orders_are_shown(noon) -> None:
    member = MemberFactory()
    for days in range(10):
        OrderFactory(member=member, order_no=str(days), placed_at=noon - timedelta(days=days))

    assert [order.order_no for order in orders(member)["orders"]] == list("01234567")


def test_the_profile_has_tags_and_the_tiers_to_choose_from() -> None:
    member = MemberFactory()
    member.tags.add(TagFactory(name="vip"))

    context = profile(member)

    assert [str(tag) for tag in context["tags"]] == ["vip"]
    assert [key for key, _name in context["tiers"]] == ["basic", "silver", "gold", "platinum"]


def test_every_marketing_channel_is_listed_and_profiling_where_there_is_a_statement() -> None:
    member = MemberFactory()
    Consent.objects.create(member=member, purpose="profiling", channel="sms", granted=False, source="x")

    context = consents(member)

    listed = [(row["purpose"].value, row["channel"].value) for row in context["consents"]]
    assert listed == [*(("marketing", channel) for channel in Consent.Channel.values), ("profiling", "sms")]


def test_segments_of_now_come_first_and_only_others_can_be_entered(noon) -> None:
    member = MemberFactory()
    left = SegmentMembershipFactory(member=member, entered_at=noon, exited_at=noon + timedelta(days=9))
    now = SegmentMembershipFactory(member=member, entered_at=noon - timedelta(days=5))
    SegmentFactory(kind="dynamic")

    context = segments(member)

    assert context["stays"] == [now, left]
    assert context["open_segments"] == [left.segment]


@pytest.mark.parametrize(
    ("kind", "product", "query", "text"),
    [
        ("view", "Tea", "", "View: Tea"),
        ("search", None, "green tea", "Search: green tea"),
        ("cart", None, "", "Added to cart"),
    ],
)
def test_events_are_shown_by_type_and_product_or_words(kind, product, query, text) -> None:
    row = EventFactory(type=kind, product=ProductFactory(name=product) if product else None, query=query)

    assert [moment.text for moment in timeline(row.member)["moments"]] == [text]


def test_what_the_shop_showed_by_itself_is_left_out() -> None:
    member = EventFactory(type=Event.Type.IMPRESSION).member

    assert timeline(member)["moments"] == []


def test_each_kind_of_entry_is_one_line() -> None:
    member = MemberFactory()
    OrderFactory(member=member, order_no="O-1", total=Decimal("9.50"))
    TierHistory.objects.create(member=member, tier="gold", source="import")
    add_points(member=member, points=5, reason="gift")
    SegmentMembershipFactory(member=member, segment__name="Champions", entered_at=timezone.now())
    Consent.objects.create(member=member, purpose="marketing", channel="email", granted=True, source="x")

    assert {moment.text for moment in timeline(member)["moments"]} == {
        "Order O-1, $9.50",
        "Tier became Gold (import)",
        "+5 points: gift",
        "Entered the segment Champions",
        "Marketing · E-mail: granted",
    }
