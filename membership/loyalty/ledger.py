"""The ledger of points: the one place where points move.

``movements`` locks the member's row, brings the lots up to date (what has lapsed expires, what has become
available pays debt) and gives a ``Ledger``. Every movement names its lot, and the database keeps a lot from
falling below zero. Points are whole numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from membership.errors import Conflict
from membership.members.figures import mark_dirty
from membership.models import Coupon, Member, Order, PointsEntry, PointsLot

Kind = PointsEntry.Kind
EXPIRED_REASON = gettext_noop("expired")
DEBT_REASON = gettext_noop("debt paid")


@dataclass(frozen=True)
class Why:
    """What a movement is, why it was made and by whom."""

    kind: PointsEntry.Kind
    reason: str
    order: Order | None = None
    coupon: Coupon | None = None
    by: str = ""


@dataclass
class Ledger:
    """One member's points at one moment, inside ``movements``."""

    member_id: int
    at: datetime
    written: list[PointsEntry] = field(default_factory=list)

    # --- what is there -----------------------------------------------------------------------------------

    def available_lots(self) -> list[PointsLot]:
        """Lots that may be spent, those first that expire first."""
        lots = PointsLot.objects.open().available_at_moment(self.at)
        return list(lots.filter(member_id=self.member_id, earned_at__lte=self.at).first_to_expire())

    def balance(self) -> int:
        return sum(lot.remaining for lot in self.available_lots())

    def debt(self) -> int:
        return debt_of(member_id=self.member_id)

    # --- movements ---------------------------------------------------------------------------------------

    def new_lot(
        self,
        *,
        source: PointsLot.Source,
        order: Order | None = None,
        occasion: str = "",
        available_at: datetime | None = None,
        expires_at: datetime | None = None,
    ) -> PointsLot:
        """An empty lot, for ``add``. Raises IntegrityError where its order or occasion has one already."""
        if available_at is not None and available_at <= self.at:
            available_at = None
        return PointsLot.objects.create(
            member_id=self.member_id, source=source, order=order, occasion=occasion, earned_at=self.at,
            available_at=available_at, expires_at=expires_at,
        )  # fmt: skip

    def add(self, *, lot: PointsLot, points: int, why: Why) -> PointsEntry:
        return self._write(lot, points, why)

    def add_debt(self, *, points: int, why: Why) -> PointsEntry:
        """An entry without a lot: below zero it is owed, above it pays what was owed."""
        return self._write(None, points, why)

    def take(self, *, points: int, why: Why) -> list[PointsEntry]:
        """Spend points of what expires first. Raises Conflict when the balance does not cover them."""
        lots = self.available_lots()
        balance = sum(lot.remaining for lot in lots)
        if balance < points:
            raise Conflict(
                _("The balance is %(balance)d; %(points)d cannot be taken.")
                % {"balance": balance, "points": points}
            )
        return self._take_from(lots, points, why)

    def take_or_owe(self, *, points: int, why: Why, first: PointsLot | None = None) -> None:
        """Take points from the lot ``first``, even if pending, then from the others; the rest is owed."""
        own = [first] if first is not None and first.remaining > 0 else []
        lots = own + [lot for lot in self.available_lots() if first is None or lot.pk != first.pk]
        taken = self._take_from(lots, min(points, sum(lot.remaining for lot in lots)), why)
        if left := points + sum(entry.points for entry in taken):
            self._write(None, -left, why)

    def pay_debt(self) -> None:
        """What has become available pays what is owed, and what has lapsed since too: it was there first."""
        debt = self.debt()
        if not debt:
            return
        lots = PointsLot.objects.open().filter(
            Q(available_at=None) | Q(available_at__lte=self.at), member_id=self.member_id
        )
        for lot in lots.first_to_expire():
            part = min(lot.remaining, debt)
            lapsed = lot.expires_at is not None and lot.expires_at <= self.at
            moment = (lot.available_at or lot.earned_at) if lapsed else self.at
            why = Why(Kind.DEBT_PAID, DEBT_REASON)
            self._write(lot, -part, why, at=moment)
            self._write(None, part, why, at=moment)
            debt -= part
            if not debt:
                return

    def expire(self) -> int:
        """Post what has lapsed; the number of points."""
        lapsed = PointsLot.objects.open().filter(member_id=self.member_id, expires_at__lte=self.at)
        expired = 0
        for lot in lapsed.order_by("expires_at", "id"):
            expired += lot.remaining
            self._write(lot, -lot.remaining, Why(Kind.EXPIRED, EXPIRED_REASON), at=lot.expires_at)
        return expired

    def forget_expiry(self, *, lot: PointsLot, points: int, why: Why) -> int:
        """Take back points that had expired in ``lot``: at most ``points``, the number done."""
        expired = lot.entries.filter(kind=Kind.EXPIRED).aggregate(total=Sum("points"))["total"] or 0
        if part := min(points, -expired):
            self._write(lot, part, Why(Kind.EXPIRED, EXPIRED_REASON, order=why.order))
            self._write(lot, -part, why)
        return part

    def add_expired(self, *, lot: PointsLot, points: int, why: Why) -> None:
        """Give points to a lot that has expired, where they expire at once. ``why`` is a take-back undone."""
        self._write(lot, points, why)
        self._write(lot, -points, Why(Kind.EXPIRED, EXPIRED_REASON, order=why.order))

    def _take_from(self, lots: list[PointsLot], points: int, why: Why) -> list[PointsEntry]:
        entries = []
        for lot in lots:
            if part := min(lot.remaining, points):
                entries.append(self._write(lot, -part, why))
                points -= part
        return entries

    def _write(
        self, lot: PointsLot | None, points: int, why: Why, *, at: datetime | None = None
    ) -> PointsEntry:
        entry = PointsEntry.objects.create(
            member_id=self.member_id, lot=lot, kind=why.kind, points=points, reason=why.reason[:80],
            by=why.by[:40], order=why.order, coupon=why.coupon, occurred_at=at or self.at,
            available_at=lot.available_at if lot else None, expires_at=lot.expires_at if lot else None,
        )  # fmt: skip
        if lot is not None:
            lot.remaining += points  # as the database just did
        self.written.append(entry)
        return entry


@contextmanager
def movements(*, member: Member | int, at: datetime | None = None) -> Iterator[Ledger]:
    """Move points of one member, all or nothing; nobody else moves theirs meanwhile."""
    member_id = member if isinstance(member, int) else member.pk
    with transaction.atomic():
        # no_key: rows that name the member hold its key already, such as the new order that points pay for
        Member.objects.select_for_update(no_key=True).only("pk").get(pk=member_id)
        ledger = Ledger(member_id, at or timezone.now())
        ledger.pay_debt()
        ledger.expire()
        yield ledger
        ledger.pay_debt()
        if ledger.written:
            mark_dirty(member_ids=[member_id])


def add_points(
    *,
    member: Member,
    points: int,
    reason: str,
    order: Order | None = None,
    expires_at: datetime | None = None,
    at: datetime | None = None,
    by: str = "",
) -> PointsEntry:
    """Credit (or, below zero, debit) points by hand. Raises Conflict when the balance does not cover a debit.

    A debit may be stored as several entries, one a lot; what is returned then is their sum, not a stored row.
    """
    with movements(member=member, at=at) as ledger:
        why = Why(Kind.GIVEN if points > 0 else Kind.TAKEN, reason, order=order, by=by)
        if points > 0:
            lot = ledger.new_lot(source=PointsLot.Source.STAFF, expires_at=expires_at)
            return ledger.add(lot=lot, points=points, why=why)
        entries = ledger.take(points=-points, why=why)
    if len(entries) == 1:
        return entries[0]
    return PointsEntry(
        member=member, kind=why.kind, points=points, reason=reason, order=order, by=by,
        occurred_at=entries[0].occurred_at,
    )  # fmt: skip


def debt_of(*, member_id: int) -> int:
    """Points that the member owes: entries without a lot."""
    entries = PointsEntry.objects.filter(member_id=member_id, lot=None)
    return max(-(entries.aggregate(total=Sum("points"))["total"] or 0), 0)


def pending_of(*, member_id: int, at: datetime) -> int:
    """Points that are still to become available."""
    lots = PointsLot.objects.open().alive_at(at).filter(member_id=member_id, available_at__gt=at)
    return lots.aggregate(total=Sum("remaining"))["total"] or 0
