"""Everything that happened to one member, newest first, a page at a time."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet

from learning.json_types import JsonObject
from membership.models import (
    Consent,
    Event,
    Member,
    Order,
    OrderChange,
    PointsEntry,
    SegmentMembership,
    TierHistory,
)

REFUNDED, REFUND_REVERSED, EDITED, CHANGED = "refunded", "refund_reversed", "edited", "changed"


@dataclass(frozen=True)
class Entry:
    """One thing that happened; ``details`` depend on its kind."""

    kind: str
    at: datetime
    pk: int
    details: JsonObject


@dataclass(frozen=True)
class Position:
    """Where a page ended. Entries are sorted by moment, kind and id, all descending."""

    at: datetime
    kind: str
    pk: int


@dataclass(frozen=True)
class Source:
    """One kind of entry: where its rows are, and what to say of each."""

    kind: str
    moment: str
    rows: Callable[[Member], QuerySet[Any]]
    details: Callable[[Any], dict[str, object]]


def _order(row: Order) -> dict[str, object]:
    return {"id": row.public_id, "order_no": row.order_no, "status": row.status, "total": row.total,
            "currency": row.currency, "lines": row.item_count}  # fmt: skip


def _event(row: Event) -> dict[str, object]:
    product = row.product
    sku, name = (product.sku, product.name) if product else (None, None)
    return {"type": row.type, "sku": sku, "name": name, "query": row.query, "session": row.session}


def _consent(row: Consent) -> dict[str, object]:
    return {"purpose": row.purpose, "channel": row.channel, "granted": row.granted, "source": row.source}


def _changes_of(member: Member) -> QuerySet[OrderChange]:
    return OrderChange.objects.filter(order__member=member).select_related("order", "refund")


def _change(row: OrderChange) -> dict[str, object]:
    """``what`` is refunded, refund_reversed, edited, changed or the status that the order got."""
    refund = getattr(row, "refund", None)
    given_back = refund.goods + refund.shipping + refund.tax + refund.tip if refund else None
    return {
        "id": row.order.public_id, "order_no": row.order.order_no, "what": _what(row, given_back),
        "refunded": given_back,
        "total_before": row.before.get("total"), "total_after": row.after.get("total"),
        "currency": row.order.currency, "source": row.source, "by": row.who, "reason": row.reason,
    }  # fmt: skip


def _what(row: OrderChange, given_back: Decimal | None) -> str:
    if given_back:
        return REFUNDED if given_back > 0 else REFUND_REVERSED
    if status := row.after.get("status"):
        return str(status)
    return EDITED if "lines" in row.after else CHANGED


def _points(row: PointsEntry) -> dict[str, object]:
    return {"points": row.points, "reason": row.reason, "expires_at": row.expires_at}


def _tier(row: TierHistory) -> dict[str, object]:
    return {"tier": row.tier, "source": row.source}


def _segment(row: SegmentMembership) -> dict[str, object]:
    return {"id": row.segment.public_id, "key": row.segment.key, "name": row.segment.name,
            "exited_at": row.exited_at}  # fmt: skip


SOURCES = (
    Source("consent", "occurred_at", lambda member: member.consents.all(), _consent),
    Source("event", "occurred_at", lambda member: member.events.select_related("product"), _event),
    Source("order", "placed_at", lambda member: member.orders.all(), _order),
    Source("order_change", "changed_at", _changes_of, _change),
    Source("points", "occurred_at", lambda member: member.points.all(), _points),
    Source(
        "segment",
        "entered_at",
        lambda member: member.segment_memberships.select_related("segment"),
        _segment,
    ),
    Source("tier", "changed_at", lambda member: member.tier_history.all(), _tier),
)
KINDS = tuple(source.kind for source in SOURCES)
SHOWN_TO_MEMBERS = frozenset(KINDS) - {"segment"}
"""Segments are how the shop sees its members, and not for them to read."""
HIDDEN_FROM_MEMBERS = frozenset({"source", "by", "reason"})
"""Of a change of an order: who of the staff made it and why."""


def timeline(
    *,
    member: Member,
    kinds: frozenset[str],
    size: int,
    after: Position | None = None,
    for_member: bool = False,
) -> tuple[list[Entry], Position | None]:
    """A page of entries that come after ``after``, and where the next page begins (None at the end).

    ``for_member``: without what only staff may read.
    """
    if for_member:
        kinds &= SHOWN_TO_MEMBERS
    streams = [
        _entries(source, member=member, size=size, after=after) for source in SOURCES if source.kind in kinds
    ]
    merged = heapq.merge(*streams, key=_sort_key, reverse=True)
    page = [
        _for_member(entry) if for_member else entry
        for entry, _unused in zip(merged, range(size + 1), strict=False)
    ]
    if len(page) <= size:
        return page, None
    last = page[size - 1]
    return page[:size], Position(last.at, last.kind, last.pk)


def _for_member(entry: Entry) -> Entry:
    if entry.kind != "order_change":
        return entry
    shown = {name: value for name, value in entry.details.items() if name not in HIDDEN_FROM_MEMBERS}
    return replace(entry, details=shown)


def _sort_key(entry: Entry) -> tuple[datetime, str, int]:
    return entry.at, entry.kind, entry.pk


def _entries(source: Source, *, member: Member, size: int, after: Position | None) -> Iterator[Entry]:
    rows = source.rows(member).order_by(f"-{source.moment}", "-pk")
    if after is not None:
        later = Q(**{f"{source.moment}__lt": after.at})
        if source.kind < after.kind:
            later |= Q(**{source.moment: after.at})
        elif source.kind == after.kind:
            later |= Q(**{source.moment: after.at, "pk__lt": after.pk})
        rows = rows.filter(later)
    for row in rows[: size + 1]:
        yield Entry(source.kind, getattr(row, source.moment), row.pk, source.details(row))
