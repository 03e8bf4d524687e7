"""Points of two members in one ledger: lots move with all their movements, so that no entry is changed."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Max

from membership.loyalty.ledger import movements
from membership.merges.rows import change_row, move_these, restore_changed, return_rows
from membership.models import Merge, PointsEntry, PointsLot

Source = PointsLot.Source


def newest_entry(*, member_ids: tuple[int, int]) -> int:
    """The highest id of their points entries; 0 without one."""
    entries = PointsEntry.objects.filter(member_id__in=member_ids).order_by()
    return entries.aggregate(newest=Max("pk"))["newest"] or 0


def move_lots(*, merge: Merge) -> int:
    """The other member's lots become those of the member who is kept; how many. Their entries move too.

    One order has one lot of a member and one birthday too: where both have it, the lot that comes keeps its
    points and gives up being that one.
    """
    lots = PointsLot.objects.filter(member_id=merge.other_id)
    kept = PointsLot.objects.filter(member_id=merge.kept_id)
    orders = kept.filter(source=Source.ORDER, order__isnull=False).values("order_id")
    for lot in lots.filter(source=Source.ORDER, order_id__in=orders):
        change_row(merge=merge, row=lot, source=Source.RETURNED.value)
    for lot in lots.filter(occasion__in=kept.exclude(occasion="").values("occasion")):
        change_row(merge=merge, row=lot, occasion="")
    ids = lots.order_by("pk").values_list("pk", flat=True)
    return move_these(merge=merge, model=PointsLot, field="member", ids=ids)


def settle(*, member_id: int, at: datetime) -> None:
    """What is owed is paid by what is there, and what has lapsed expires."""
    with movements(member=member_id, at=at):
        pass


def return_lots(*, merge: Merge) -> None:
    """The lots that moved are the other member's again, as they were."""
    return_rows(merge=merge, model=PointsLot, field="member")
    restore_changed(merge=merge, model=PointsLot)


def later_entries(*, merge: Merge) -> list[PointsEntry]:
    """What was written for the member who is kept since the merge, in the order of writing."""
    entries = PointsEntry.objects.filter(member_id=merge.kept_id, pk__gt=merge.newest_entry_id)
    return list(entries.select_related("lot", "order", "coupon").order_by("pk"))
