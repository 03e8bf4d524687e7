"""Points that moved elsewhere before: credits become lots, debits take what expires first. For bulk loads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from membership.loyalty.ledger import EXPIRED_REASON, Kind
from membership.models import PointsEntry, PointsLot
from registry.tables.bulk import insert_rows
from registry.tables.one_of import OneOf

ENTRY_COLUMNS = ("member_id", "lot_id", "kind", "points", "reason", "occurred_at", "expires_at")
Moved = tuple[int, int, str, datetime, datetime | None]
"""Member id, points, reason, when, and when they expire."""
Part = tuple[str, int, str, datetime]
"""Kind, points, reason, when: one movement of a lot."""


@dataclass
class _Lot:
    member_id: int
    earned_at: datetime
    expires_at: datetime | None
    remaining: int
    parts: list[Part]


def load_history(*, rows: Iterable[Moved], at: datetime | None = None) -> int:
    """Store movements of members who have no points yet, oldest first; the number of entries written.

    Raises ValueError where a member spent more than there was.
    """
    at = at or timezone.now()
    lots: dict[int, list[_Lot]] = defaultdict(list)
    for member_id, points, reason, moment, expires_at in rows:
        if points > 0:
            lots[member_id].append(
                _Lot(member_id, moment, expires_at, points, [(Kind.IMPORTED, points, reason, moment)])
            )
        else:
            _spend(lots[member_id], -points, reason, moment)
    every = [lot for some in lots.values() for lot in some]
    for lot in every:
        if lot.remaining and lot.expires_at is not None and lot.expires_at <= at:
            lot.parts.append((Kind.EXPIRED, -lot.remaining, EXPIRED_REASON, lot.expires_at))
    with transaction.atomic():
        return _store(every)


def _spend(lots: list[_Lot], points: int, reason: str, moment: datetime) -> None:
    alive = [lot for lot in lots if lot.remaining and (lot.expires_at is None or lot.expires_at > moment)]
    endless = datetime.max.replace(tzinfo=moment.tzinfo)
    for lot in sorted(alive, key=lambda lot: (lot.expires_at or endless, lot.earned_at)):
        if part := min(lot.remaining, points):
            lot.parts.append((Kind.TAKEN, -part, reason, moment))
            lot.remaining -= part
            points -= part
    if points:
        raise ValueError(f"{points} points more were spent than there were")


def _store(lots: list[_Lot]) -> int:
    """Lots are found again by member and moments; those alike in them are one another's equals."""
    source = PointsLot.Source.IMPORT.value
    insert_rows(
        model=PointsLot,
        columns=("member_id", "source", "occasion", "remaining", "earned_at", "expires_at"),
        rows=[(lot.member_id, source, "", 0, lot.earned_at, lot.expires_at) for lot in lots],
    )
    ids: dict[tuple[int, datetime, datetime | None], list[int]] = defaultdict(list)
    stored = PointsLot.objects.filter(OneOf("member_id", {lot.member_id for lot in lots})).order_by("-pk")
    for pk, *key in stored.values_list("pk", "member_id", "earned_at", "expires_at"):
        ids[tuple(key)].append(pk)  # type: ignore[index]  # three columns
    return insert_rows(
        model=PointsEntry,
        columns=ENTRY_COLUMNS,
        rows=[
            (lot.member_id, pk, kind, points, reason, moment, lot.expires_at)
            for lot in lots
            for pk in [ids[lot.member_id, lot.earned_at, lot.expires_at].pop()]
            for kind, points, reason, moment in lot.parts
        ],
    )
