"""The ledger of loyalty points. Entries are only ever added; what has expired does not count."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from membership.errors import Conflict
from membership.members.figures import mark_dirty
from membership.models import Member, Order, PointsEntry


def add_points(
    *,
    member: Member,
    points: int,
    reason: str,
    order: Order | None = None,
    expires_at: datetime | None = None,
    at: datetime | None = None,
) -> PointsEntry:
    """Credit (or, below zero, debit) points. Raises Conflict when the balance does not cover a debit."""
    with transaction.atomic():
        Member.objects.select_for_update().get(pk=member.pk)  # two debits must not both see the old balance
        balance = member.points_balance(at=at)
        if points < 0 and balance + points < 0:
            raise Conflict(
                _("The balance is %(balance)d; %(points)d cannot be taken.")
                % {"balance": balance, "points": -points}
            )
        mark_dirty(member_ids=[member.pk])
        return PointsEntry.objects.create(
            member=member,
            points=points,
            reason=reason,
            order=order,
            occurred_at=at or timezone.now(),
            expires_at=expires_at,
        )
