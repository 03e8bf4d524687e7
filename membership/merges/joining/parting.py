"""The points of one person become those of two again.

Lots go back with all their movements. What was moved since for things of the one in lots of the other is
moved back there and booked where it belongs; a debt of the one that points of the other have paid is owed
again. Entries are only added, and what both have together does not change.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Sum
from django.utils.translation import gettext_noop

from membership.loyalty.ledger import Kind, Ledger, Why
from membership.merges.joining.lots import later_entries, return_lots, settle
from membership.merges.rows import moved_ids, return_rows
from membership.models import Coupon, Merge, Order, PointsEntry, PointsLot
from registry.tables.one_of import OneOf

REASON = gettext_noop("merge undone")
OF_THE_LOT = (Kind.EXPIRED, Kind.DEBT_PAID)
"""Movements that belong to their lot, whoever's it is."""


@dataclass(frozen=True)
class _Others:
    """The orders, coupons and lots of the member who had been merged."""

    orders: frozenset[int]
    coupons: frozenset[int]
    lots: frozenset[int]

    def own(self, entry: PointsEntry) -> bool:
        """Whether the movement was made for something of theirs."""
        if entry.coupon_id is not None:
            return entry.coupon_id in self.coupons
        return entry.order_id is not None and entry.order_id in self.orders


def part_points(*, merge: Merge, at: datetime) -> None:
    """Call with both members locked, before their orders and coupons are back."""
    later = later_entries(merge=merge)
    others = _others(merge, later)
    _return_rows(merge, later, others)
    _move_back(merge, [entry for entry in later if entry.lot_id and entry.kind not in OF_THE_LOT], others, at)
    _part_debts(merge, [entry for entry in later if entry.lot_id and entry.kind == Kind.DEBT_PAID], others)
    for member_id in sorted((merge.kept_id, merge.other_id)):
        settle(member_id=member_id, at=at)


def _others(merge: Merge, later: Sequence[PointsEntry]) -> _Others:
    orders = frozenset(moved_ids(merge=merge, model=Order))
    coupons = frozenset(moved_ids(merge=merge, model=Coupon))
    lots = set(moved_ids(merge=merge, model=PointsLot))
    first: dict[int, PointsEntry] = {}
    for entry in later:
        if entry.lot_id is not None:
            first.setdefault(entry.lot_id, entry)
    older = PointsEntry.objects.filter(OneOf("lot_id", first), pk__lte=merge.newest_entry_id).order_by()
    known = lots | set(older.values_list("lot_id", flat=True))
    before = _Others(orders, coupons, frozenset())
    lots |= {pk for pk, entry in first.items() if pk not in known and before.own(entry)}
    return _Others(orders, coupons, frozenset(lots))


def _return_rows(merge: Merge, later: Sequence[PointsEntry], others: _Others) -> None:
    return_lots(merge=merge)
    kept, other = merge.kept_id, merge.other_id
    PointsLot.objects.filter(OneOf("pk", others.lots), member_id=kept).update(member_id=other)
    return_rows(merge=merge, model=PointsEntry, field="member")
    own = [entry.pk for entry in later if entry.lot_id is None and others.own(entry)]
    PointsEntry.objects.filter(OneOf("pk", own), member_id=kept).update(member_id=other)
    PointsEntry.objects.filter(OneOf("lot_id", others.lots), member_id=kept).update(member_id=other)


def _move_back(merge: Merge, moved: Iterable[PointsEntry], others: _Others, at: datetime) -> None:
    """Movements for the one in lots of the other: reversed there, booked where they belong."""
    strange: dict[int, list[PointsEntry]] = defaultdict(list)
    for entry in moved:
        if entry.lot_id is not None and (entry.lot_id in others.lots) != others.own(entry):
            strange[entry.lot_id].append(entry)
    due: dict[tuple[bool, int | None, int | None], list[PointsEntry]] = defaultdict(list)
    for entries in strange.values():
        if sum(entry.points for entry in entries) >= 0:
            continue  # nothing was taken there in the end
        for entry in sorted(entries, key=lambda one: (one.points, one.pk)):  # what was taken is back first
            _reverse(merge, entry, others)
            due[others.own(entry), entry.coupon_id, entry.order_id].append(entry)
    for (is_others, _coupon, _order), entries in due.items():
        _book(Ledger(merge.other_id if is_others else merge.kept_id, at), entries)


def _book(ledger: Ledger, entries: Sequence[PointsEntry]) -> None:
    """The same movements together, in lots of the member they were made for; what is not there is owed."""
    first, points = entries[0], sum(entry.points for entry in entries)
    why = Why(PointsEntry.Kind(first.kind), first.reason, first.order, first.coupon, first.by)
    if points < 0:
        ledger.take_or_owe(points=-points, why=why, first=_lot_of_order(ledger, first.order_id))
    elif points > 0:
        ledger.add(lot=ledger.new_lot(source=PointsLot.Source.RETURNED), points=points, why=why)


def _lot_of_order(ledger: Ledger, order_id: int | None) -> PointsLot | None:
    lots = PointsLot.objects.filter(member_id=ledger.member_id, source=PointsLot.Source.ORDER)
    return lots.filter(order_id=order_id).first() if order_id is not None else None


def _reverse(merge: Merge, entry: PointsEntry, others: _Others) -> None:
    owner = merge.other_id if entry.lot_id in others.lots else merge.kept_id
    _write(owner, entry.lot, -entry.points, entry, PointsEntry.Kind(entry.kind))


def _write(
    member_id: int, lot: PointsLot | None, points: int, like: PointsEntry, kind: PointsEntry.Kind
) -> None:
    """A correction, dated as what it corrects: the balance of no moment then shows what was taken back."""
    PointsEntry.objects.create(
        member_id=member_id, lot=lot, kind=kind, points=points, reason=REASON,
        order=like.order, coupon=like.coupon, occurred_at=like.occurred_at,
        available_at=lot.available_at if lot else None, expires_at=lot.expires_at if lot else None,
    )  # fmt: skip


def _part_debts(merge: Merge, payments: Sequence[PointsEntry], others: _Others) -> None:
    """Each pays what it owes itself; what it paid for the other is back in its lots, and owed again there.

    The entries that say that a debt was paid are all with the member who was kept.
    """
    kept, other = merge.kept_id, merge.other_id
    paid = _amounts(payments)
    owed = {True: -_without_lot(other), False: sum(points for _entry, points in paid) - _without_lot(kept)}
    for payment, points in paid:
        is_others = payment.lot_id in others.lots
        own = min(points, max(owed[is_others], 0))
        owed[is_others] -= own
        if is_others and own:
            _write(other, None, own, payment, Kind.DEBT_PAID)
            _write(kept, None, -own, payment, Kind.DEBT_PAID)
        if points > own:
            _write(other if is_others else kept, payment.lot, points - own, payment, Kind.DEBT_PAID)
            _write(kept, None, own - points, payment, Kind.DEBT_PAID)


def _amounts(payments: Sequence[PointsEntry]) -> list[tuple[PointsEntry, int]]:
    """(payment, points), without what another undo has given back."""
    left = {entry.pk: -entry.points for entry in payments if entry.points < 0}
    for back in (entry for entry in payments if entry.points > 0):
        points = back.points
        for entry in reversed(payments):
            if entry.lot_id == back.lot_id and entry.pk in left:
                part = min(points, left[entry.pk])
                left[entry.pk] -= part
                points -= part
    return [(entry, left[entry.pk]) for entry in payments if left.get(entry.pk)]


def _without_lot(member_id: int) -> int:
    """Below zero what the member owes."""
    entries = PointsEntry.objects.filter(member_id=member_id, lot=None).order_by()
    return entries.aggregate(total=Sum("points"))["total"] or 0
