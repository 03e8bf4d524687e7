"""Compares what the ledger's parts say of each other. The database keeps them so; this shows it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce

from membership.models import PointsEntry, PointsLot


@dataclass(frozen=True)
class Differences:
    """``lines`` name what does not agree."""

    lots: int
    entries: int
    lines: list[str]


def differences(*, at_most: int = 20) -> Differences:
    """Lots that are not the sum of their entries, and entries that are not their lot's."""
    sums = PointsLot.objects.order_by("pk").annotate(total=Coalesce(Sum("entries__points"), 0))
    wrong = sums.exclude(total=F("remaining")).values_list("pk", "remaining", "total")[:at_most]
    lines = [f"lot {pk}: {left} left, entries add up to {total}" for pk, left, total in wrong]
    strays = PointsEntry.objects.filter(lot__isnull=False).exclude(member_id=F("lot__member_id"))
    lines += [f"entry {entry.pk}: another member's lot {entry.lot_id}" for entry in strays[:at_most]]
    late = PointsEntry.objects.filter(Q(lot__expires_at__isnull=False) & ~Q(expires_at=F("lot__expires_at")))
    lines += [f"entry {entry.pk}: another end than lot {entry.lot_id}" for entry in late[:at_most]]
    return Differences(PointsLot.objects.count(), PointsEntry.objects.count(), lines[:at_most])
