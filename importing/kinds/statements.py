"""What a members file says of consents and points, as new entries of their append-only tables."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db.models import Q, Sum

from importing.kinds.lookups import slices
from membership.models import Consent, PointsEntry
from registry.bulk import insert_rows

SOURCE = "import"


def save_consents(given: Mapping[int, Mapping[str, bool]], *, now: datetime) -> None:
    """Member id -> channel -> granted. A grant is noted where it is new, a refusal where it takes back a
    grant.
    """
    newest: dict[tuple[int, str], bool] = {}
    for some in slices(given):
        rows = Consent.objects.filter(member_id__in=some, purpose=Consent.Purpose.MARKETING)
        for member_id, channel, granted in rows.order_by("occurred_at", "id").values_list(
            "member_id", "channel", "granted"
        ):
            newest[member_id, channel] = granted
    insert_rows(
        model=Consent,
        columns=("member_id", "purpose", "channel", "granted", "source", "occurred_at"),
        rows=[
            (member_id, Consent.Purpose.MARKETING.value, channel, granted, SOURCE, now)
            for member_id, channels in given.items()
            for channel, granted in channels.items()
            if newest.get((member_id, channel), False) != granted
        ],
    )


def save_points(given: Mapping[int, int | None], *, now: datetime) -> None:
    """Member id -> balance: one entry makes it so."""
    balances: dict[int, int] = {}
    for some in slices(given):
        entries = PointsEntry.objects.filter(member_id__in=some)
        entries = entries.filter(Q(expires_at=None) | Q(expires_at__gt=now)).order_by()
        balances |= dict(entries.values_list("member_id").annotate(total=Sum("points")))
    insert_rows(
        model=PointsEntry,
        columns=("member_id", "points", "reason", "occurred_at"),
        rows=[
            (member_id, points - balances.get(member_id, 0), SOURCE, now)
            for member_id, points in given.items()
            if points is not None and points != balances.get(member_id, 0)
        ],
    )
