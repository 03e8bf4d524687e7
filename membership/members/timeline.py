"""Everything that happened to one member, newest first, a page at a time."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from learning.json_types import JsonObject
from membership.models import Consent, Event, Member, Order, PointsEntry, SegmentMembership, TierHistory


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


def timeline(
    *, member: Member, kinds: frozenset[str], size: int, after: Position | None = None
) -> tuple[list[Entry], Position | None]:
    """A page of entries that come after ``after``, and where the next page begins (None at the end)."""
    streams = [
        _entries(source, member=member, size=size, after=after) for source in SOURCES if source.kind in kinds
    ]
    merged = heapq.merge(*streams, key=_sort_key, reverse=True)
    page = [entry for entry, _unused in zip(merged, range(size + 1), strict=False)]
    if len(page) <= size:
        return page, None
    last = page[size - 1]
    return page[:size], Position(last.at, last.kind, last.pk)


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
