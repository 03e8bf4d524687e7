"""Background work on members' figures and segments. Each task calls one service."""

from __future__ import annotations

import logging

from celery import shared_task
from django.utils import timezone

logger = logging.getLogger(__name__)

CHANGED_MEMBERS_A_TICK = 2_000


@shared_task(name="membership.tasks.refresh_changed_members")
def refresh_changed_members() -> int:
    """Recompute the figures of members marked as changed, and their segments; the number done."""
    from membership.segments.refreshing import refresh_changed

    return refresh_changed(at_most=CHANGED_MEMBERS_A_TICK)


@shared_task(name="membership.tasks.refresh_due_segments")
def refresh_due_segments() -> int:
    """Refresh the segments that are due: after midnight for relative dates, or when points expire."""
    from membership.segments.by_rule import refresh_due

    return refresh_due()


@shared_task(name="membership.tasks.refresh_rfm")
def refresh_rfm() -> int:
    """Renew RFM scores and segments from the stored figures; the number of members scored."""
    from membership.segments.stays import refresh_rfm_segments

    return refresh_rfm_segments(as_of=timezone.now())


@shared_task(name="membership.tasks.refresh_all_members")
def refresh_all_members() -> int:
    """Recompute every member's figures, then the RFM segments and rules; the number of members."""
    from membership.segments.refreshing import refresh_everybody

    return refresh_everybody()


@shared_task(name="membership.tasks.refresh_dynamic_segments")
def refresh_dynamic_segments() -> int:
    """Refresh all segments kept by a rule: members can leave only because time passes."""
    from membership.segments.by_rule import refresh_all

    return refresh_all()


@shared_task(name="membership.tasks.refresh_clusters")
def refresh_clusters() -> int:
    """Assign all members to groups again by the live version; the number of members."""
    from membership.segments.learned.clusters import refresh_clusters as assign

    return assign()


@shared_task(name="membership.tasks.fill_waiting_look_alikes")
def fill_waiting_look_alikes() -> int:
    """Fill look-alike segments whose message was lost; how many segments."""
    from membership.segments.learned.look_alikes import waiting_look_alikes

    waiting = waiting_look_alikes()
    for segment in waiting:
        fill_look_alikes(segment.pk)
    return len(waiting)


@shared_task(name="membership.tasks.fill_look_alikes")
def fill_look_alikes(segment_id: int) -> int:
    """Find the members of a look-alike segment; how many, 0 where there is nothing to learn from."""
    from membership.errors import ServiceError
    from membership.models import Segment
    from membership.segments.learned.look_alikes import fill_look_alikes as fill
    from membership.segments.learned.look_alikes import give_up

    segment = Segment.objects.filter(pk=segment_id).first()
    if segment is None:
        return 0
    try:
        return fill(segment=segment)
    except ServiceError as error:
        logger.warning("no look-alikes for %s: %s", segment.key, error)
        give_up(segment=segment, reason=str(error))
        return 0
