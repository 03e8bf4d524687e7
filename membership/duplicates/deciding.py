"""What staff decide on a pair."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from membership.errors import Conflict
from membership.models import DuplicateCandidate, Member


def dismiss(*, candidate: DuplicateCandidate, who: str) -> DuplicateCandidate:
    """Say that the two are different people. The pair comes back only when its facts change.

    Safe to repeat. Raises Conflict when it is merged.
    """
    with transaction.atomic():
        row = DuplicateCandidate.objects.select_for_update().get(pk=candidate.pk)
        if row.state == DuplicateCandidate.State.MERGED:
            raise Conflict(_("These members are merged already."))
        if row.state == DuplicateCandidate.State.OPEN:
            _decide(row, state=DuplicateCandidate.State.DISMISSED, who=who, at=timezone.now())
    return row


def note_merged(*, kept: Member, other: Member, who: str) -> None:
    """The two have been merged: their pair, if there is one, is decided."""
    _decide_pair(kept, other, state=DuplicateCandidate.State.MERGED, who=who)


def note_parted(*, kept: Member, other: Member, who: str) -> None:
    """Their merge was undone: staff say that they are different people."""
    _decide_pair(kept, other, state=DuplicateCandidate.State.DISMISSED, who=who)


def _decide_pair(first: Member, second: Member, *, state: DuplicateCandidate.State, who: str) -> None:
    low, high = sorted((first.pk, second.pk))
    with transaction.atomic():
        row = DuplicateCandidate.objects.select_for_update().filter(low=low, high=high).first()
        if row is not None:
            _decide(row, state=state, who=who, at=timezone.now())


def _decide(row: DuplicateCandidate, *, state: DuplicateCandidate.State, who: str, at: datetime) -> None:
    row.state, row.decided_by, row.decided_at = state, who[:150], at
    row.save(update_fields=("state", "decided_by", "decided_at"))
