"""Customers of a connected shop whose member was merged into another."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.applying.dispatch import apply_items
from connectors.applying.known import Context
from connectors.models import Connection
from connectors.systems.signed import read_message
from membership.members.consents import record_consent
from membership.merges.merging import merge_members
from membership.models import Member, Order
from tests.connectors.shops import connect
from tests.factories import MemberFactory
from tests.membership.merges.people import allows

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def connection() -> Connection:
    return connect("signed", shop_address="")


def say(connection: Connection, topic: str, data: dict[str, Any], *, hours: int = 0) -> None:
    at = (NOW + timedelta(hours=hours)).isoformat()
    items = read_message(topic, {"type": topic, "timestamp": at, "data": data})
    apply_items(items, Context(connection=connection, now=NOW + timedelta(hours=hours), reason=topic))


@pytest.fixture
def keep(connection: Connection) -> Member:
    """A member into whom the shop's customer M1 was merged."""
    say(connection, "member.created", {"member_no": "M1", "name": "Ada", "email": "ada@example.org"})
    keep: Member = MemberFactory.create(member_no="KEEP", name="Ada L.", email="al@example.org")
    merge_members(keep=keep, other=Member.objects.get(member_no="M1"), who="boss")
    return keep


def test_a_later_message_about_the_customer_makes_nobody_and_brings_no_address_back(connection, keep) -> None:
    say(connection, "member.updated", {"member_no": "M1", "email": "ada@example.org"}, hours=1)
    keep.refresh_from_db()
    assert (Member.objects.count(), keep.email) == (2, "al@example.org")


@pytest.mark.parametrize("buyer", [{"member_no": "M1"}, {"email": "ada@example.org"}])
def test_an_order_of_the_customer_is_the_kept_members(connection, keep, buyer) -> None:
    say(connection, "order.created", {
        "order_no": "A-1", "placed_at": "2026-10-01T11:59:00Z", "status": "paid", "currency": "EUR",
        "lines": [{"sku": "tea", "product_name": "Tea", "quantity": 2, "unit_price": "3.50"}], **buyer,
    }, hours=2)  # fmt: skip
    assert Order.objects.get().member == keep


def test_an_older_consent_of_the_shop_does_not_grant_what_was_withdrawn(connection, keep) -> None:
    record_consent(member=keep, purpose="marketing", channel="email", granted=False, source="merge")
    say(connection, "member.updated", {"member_no": "M1", "email_consent": "yes"}, hours=3)
    assert allows(keep) is False
