"""What a members file says of consents and points, as new entries of their append-only tables."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db.models import Max, Sum

from importing.kinds.lookups import slices
from membership.loyalty.ledger import Kind, Why, movements
from membership.merges.joining.consents import SOURCE as MERGE
from membership.models import Consent, PointsEntry, PointsLot
from registry.tables.bulk import insert_rows

SOURCE = "import"


def save_consents(given: Mapping[int, Mapping[str, bool]], *, now: datetime) -> None:
    """Member id -> channel -> granted. A grant is noted where it is new, a refusal where it takes back a
    grant. A grant without a date does not undo what a merge has withdrawn.
    """
    newest: dict[tuple[int, str], bool] = {}
    withdrawn_by_merge: set[tuple[int, str]] = set()
    for some in slices(given):
        rows = Consent.objects.filter(member_id__in=some, purpose=Consent.Purpose.MARKETING)
        for member_id, channel, granted, source in rows.order_by("occurred_at", "id").values_list(
            "member_id", "channel", "granted", "source"
        ):
            newest[member_id, channel] = granted
            withdrawn_by_merge.discard((member_id, channel))
            if source == MERGE and not granted:
                withdrawn_by_merge.add((member_id, channel))
    insert_rows(
        model=Consent,
        columns=("member_id", "purpose", "channel", "granted", "source", "occurred_at"),
        rows=[
            (member_id, Consent.Purpose.MARKETING.value, channel, granted, SOURCE, now)
            for member_id, channels in given.items()
            for channel, granted in channels.items()
            if newest.get((member_id, channel), False) != granted
            and (member_id, channel) not in withdrawn_by_merge
        ],
    )


def save_points(given: Mapping[int, int | None], *, now: datetime) -> None:
    """Member id -> balance: what is missing becomes a lot without end, what is too much is taken from lots.

    A member who owes points gets so many more that the balance is the file's once the debt is paid.
    """
    net: dict[int, int] = {}
    for some in slices(given):
        entries = PointsEntry.objects.counting_at(now).filter(member_id__in=some).order_by()
        net |= dict(entries.values_list("member_id").annotate(total=Sum("points")))
    missing = {
        member_id: points - net.get(member_id, 0)
        for member_id, points in given.items()
        if points is not None and points != max(net.get(member_id, 0), 0)
    }
    _give({member_id: points for member_id, points in missing.items() if points > 0}, now=now)
    for member_id, points in missing.items():
        if points < 0:
            with movements(member=member_id, at=now) as ledger:
                ledger.take(points=min(-points, ledger.balance()), why=Why(Kind.IMPORTED, SOURCE))
        elif net.get(member_id, 0) < 0:
            with movements(member=member_id, at=now):
                pass  # pays the debt


def _give(points: Mapping[int, int], *, now: datetime) -> None:
    source = PointsLot.Source.IMPORT.value
    insert_rows(
        model=PointsLot,
        columns=("member_id", "source", "occasion", "remaining", "earned_at"),
        rows=[(member_id, source, "", 0, now) for member_id in points],
    )
    lots: dict[int, int] = {}
    for some in slices(points):
        made = PointsLot.objects.filter(member_id__in=some, source=source, earned_at=now).order_by()
        lots |= dict(made.values_list("member_id").annotate(newest=Max("pk")))
    insert_rows(
        model=PointsEntry,
        columns=("member_id", "lot_id", "kind", "points", "reason", "occurred_at"),
        rows=[
            (member_id, lots[member_id], Kind.IMPORTED.value, some, SOURCE, now)
            for member_id, some in points.items()
        ],
    )
