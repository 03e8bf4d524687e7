"""After members have changed: renew their figures, then their segments."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from membership.members.figures import refresh_features
from membership.models import ImportReport, MemberFeatures
from membership.segments.by_rule import refresh_all
from membership.segments.stays import reconcile_bitmaps, refresh_rfm_segments
from registry.tables.one_of import OneOf

WAITS_FOR_IMPORT = timedelta(minutes=15)


def refresh_changed(*, at_most: int) -> int:
    """Renew figures and segments of the members marked longest ago; the number of members done.

    Members whom an import is marking wait for its end, at most WAITS_FOR_IMPORT: each of its chunks changes
    most of them again. The marks are first replaced by one of our own and taken off when all is done: a mark
    made meanwhile is another one and stays, and so do ours if this process dies.
    """
    marked = MemberFeatures.objects.filter(dirty_at__isnull=False).order_by("dirty_at")
    marked = marked.exclude(dirty_at__in=_moments_of_imports())
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


def refresh_everybody() -> int:
    """Renew all members' figures, then RFM segments and those kept by a rule; the number of members.

    Marks are taken off as ``refresh_changed`` does, so that nobody is renewed twice.
    """
    now = timezone.now()
    marked = MemberFeatures.objects.filter(dirty_at__isnull=False)
    marked.update(dirty_at=now)
    reconcile_bitmaps()
    written = refresh_features(as_of=timezone.now())
    refresh_rfm_segments(as_of=now)
    refresh_all()
    marked.filter(dirty_at=now).update(dirty_at=None)
    return written


def _moments_of_imports() -> QuerySet[ImportReport, datetime]:
    """When the imports under way were queued: the moment that they mark members with."""
    now = timezone.now()
    running = ImportReport.objects.filter(status=ImportReport.Status.RUNNING, lease_expires_at__gte=now)
    return running.filter(started_at__gte=now - WAITS_FOR_IMPORT).values_list("queued_at", flat=True)
