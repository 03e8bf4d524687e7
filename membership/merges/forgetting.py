"""What only an undo needs is kept no longer than an undo is possible."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from membership.models import Merge, MergedRow


def forget_old_merges(*, at: datetime | None = None) -> int:
    """Delete the former values of members whose merge can no longer be undone, and which rows moved.

    Who was merged into whom, by whom and when stays. The number of merges.
    """
    old = Merge.objects.filter(undoable_until__lt=at or timezone.now()).exclude(fields={})
    ids = list(old.values_list("pk", flat=True))
    with transaction.atomic():
        MergedRow.objects.filter(merge__in=ids).delete()
        return Merge.objects.filter(pk__in=ids).update(fields={})
