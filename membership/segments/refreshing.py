"""After members have changed: renew their figures, then their segments."""

from __future__ import annotations

from django.utils import timezone

from membership.members.figures import refresh_features
from membership.models import MemberFeatures
from membership.segments.by_rule import refresh_all
from registry.one_of import OneOf


def refresh_changed(*, at_most: int) -> int:
    """Renew figures and segments of the members marked longest ago; the number of members done.

    The marks are first replaced by one of our own and taken off when all is done: a mark made meanwhile is
    another one and stays, and so do ours if this process dies.
    """
    marked = MemberFeatures.objects.filter(dirty_at__isnull=False).order_by("dirty_at")
    member_ids = sorted(marked.values_list("member_id", flat=True)[:at_most])
    if not member_ids:
        return 0
    ours = timezone.now()
    # waits for transactions that mark one of these members, whose changes are then seen below
    these = MemberFeatures.objects.filter(OneOf("member_id", member_ids))
    these.filter(dirty_at__isnull=False).update(dirty_at=ours)
    written = refresh_features(as_of=timezone.now(), member_ids=member_ids)
    refresh_all(among=member_ids)
    these.filter(dirty_at=ours).update(dirty_at=None)
    return written
