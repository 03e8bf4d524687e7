"""The RFM grid: how many members have which scores, and which named group each cell belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Avg, Count, Sum
from django.utils.translation import gettext as _

from learning.json_types import JsonObject
from membership.models import Member, MemberFeatures, Segment
from membership.segments.stays import RFM_NAMES


@dataclass(frozen=True)
class Cell:
    """Members with one score of recency and one of frequency; ``share`` of all scored, 0 to 1."""

    recency: int
    frequency: int
    members: int
    share: float
    spend: Decimal
    monetary: float
    group: str
    rule: str


@dataclass(frozen=True)
class Group:
    """One named group with its segment, where it has one yet."""

    key: str
    name: str
    about: str
    members: int
    share: float
    spend: Decimal
    segment: Segment | None


@dataclass(frozen=True)
class Grid:
    """``rows``: frequency from 5 down to 1, each with recency from 1 to 5."""

    rows: list[list[Cell]]
    groups: list[Group]
    members: int


def rfm_grid() -> Grid:
    """Counts of all active members who are scored, and their spend in a year. Two queries."""
    from membership.segments.ml.rfm import GROUPS

    scored = MemberFeatures.objects.filter(
        rfm_recency__isnull=False, rfm_frequency__isnull=False, member__status=Member.Status.ACTIVE
    )
    counts: dict[Any, Any] = {
        (row["rfm_recency"], row["rfm_frequency"]): row
        for row in scored.order_by()
        .values("rfm_recency", "rfm_frequency")
        .annotate(members=Count("pk"), spend=Sum("spend_365d"), monetary=Avg("rfm_monetary"))
    }
    total = sum(row["members"] for row in counts.values())
    cells = {
        (recency, frequency): _cell(recency, frequency, counts.get((recency, frequency), {}), total)
        for recency in range(1, 6)
        for frequency in range(1, 6)
    }
    segments = {one.key.removeprefix("rfm-"): one for one in Segment.objects.filter(key__startswith="rfm-")}
    groups = []
    for group in GROUPS:
        mine = [cell for cell in cells.values() if cell.group == group.key]
        name, about = RFM_NAMES[group.key]
        members = sum(cell.members for cell in mine)
        groups.append(
            Group(
                group.key,
                _(name),
                _(about),
                members,
                members / total if total else 0.0,
                sum((cell.spend for cell in mine), Decimal(0)),
                segments.get(group.key),
            )
        )
    rows = [[cells[recency, frequency] for recency in range(1, 6)] for frequency in range(5, 0, -1)]
    return Grid(rows, groups, total)


def _cell(recency: int, frequency: int, row: JsonObject, total: int) -> Cell:
    members = row.get("members", 0)
    return Cell(
        recency,
        frequency,
        members,
        members / total if total else 0.0,
        row.get("spend") or Decimal(0),
        row.get("monetary") or 0.0,
        _group(recency, frequency),
        f"rfm_recency = {recency} and rfm_frequency = {frequency}",
    )


def _group(recency: int, frequency: int) -> str:
    from membership.segments.ml.rfm import GROUPS

    return next(
        one.key
        for one in GROUPS
        if one.recency[0] <= recency <= one.recency[1] and one.frequency[0] <= frequency <= one.frequency[1]
    )
