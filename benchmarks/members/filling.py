"""Generated people as a shop's members and orders."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from benchmarks.members.people import Made
from membership.models import Member, Order
from registry.tables.bulk import insert_rows

AT = datetime(2026, 1, 1, tzinfo=UTC)
MEMBER = (
    "id", "public_id", "member_no", "name", "email", "phone", "birth_date", "country", "language",
    "joined_at", "tier", "status", "created_at", "updated_at",
)  # fmt: skip
ORDER = (
    "public_id", "order_no", "member_id", "status", "channel", "currency", "subtotal", "discount", "total",
    "shop_rate", "item_count", "payment_method", "payment_fingerprint", "device_fingerprint",
    "address_fingerprint", "billing_country", "shipping_country", "coupon", "placed_at", "imported_at",
    "label_source",
)  # fmt: skip


def fill(people: Sequence[Made]) -> None:
    """Write them: the id of a member is its place, from 1 on."""
    insert_rows(model=Member, columns=MEMBER, rows=_members(people))
    insert_rows(model=Order, columns=ORDER, rows=_orders(people))


def _members(people: Sequence[Made]) -> Iterator[tuple[Any, ...]]:
    for number, one in enumerate(people, start=1):
        yield (
            number, uuid.uuid4(), f"M{number}", one.name[:120], one.email or None, one.phone or None,
            _day(one.birth_date), "", "", AT, "basic", "active", AT, AT,
        )  # fmt: skip


def _day(day: int) -> date | None:
    return date(day // 10_000, day // 100 % 100, day % 100) if day else None


def _orders(people: Sequence[Made]) -> Iterator[tuple[Any, ...]]:
    """One order for each device at least, so that all that a member used is there."""
    amount = Decimal("10.00")
    for number, one in enumerate(people, start=1):
        if not one.address:
            continue
        for place in range(max(2, len(one.devices), len(one.payments))):
            yield (
                uuid.uuid4(), f"O{number}-{place}", number, "completed", "web", "USD", amount, Decimal(0),
                amount, Decimal(1), 1, "card", one.payments[place % len(one.payments)],
                one.devices[place % len(one.devices)], one.address, "", "", "", AT, AT, "",
            )  # fmt: skip
