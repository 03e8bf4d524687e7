"""Background work on members. Each task calls one service."""

from __future__ import annotations

import logging
from datetime import timedelta

from celery import shared_task
from django.utils import timezone

logger = logging.getLogger(__name__)

CHANGED_MEMBERS_A_TICK = 2_000
CHANGED_FORECASTS_A_TICK = 2_000
CHANGED_PRODUCTS_A_TICK = 20_000


@shared_task(name="membership.tasks.refresh_changed_members")
def refresh_changed_members() -> int:
    """Recompute the figures of members marked as changed, and their segments; the number done."""
    from membership.services.changed_members import refresh_changed

    return refresh_changed(at_most=CHANGED_MEMBERS_A_TICK)


@shared_task(name="membership.tasks.refresh_due_segments")
def refresh_due_segments() -> int:
    """Let the rules decide again whose time has come: midnight for relative dates, or points that expire."""
    from membership.services.segment_rules import refresh_due

    return refresh_due()


@shared_task(name="membership.tasks.refresh_rfm")
def refresh_rfm() -> int:
    """Renew RFM scores and segments from the stored figures; the number of members scored."""
    from membership.services.segments import refresh_rfm_segments

    return refresh_rfm_segments(as_of=timezone.now())


@shared_task(name="membership.tasks.refresh_all_members")
def refresh_all_members() -> int:
    """Recompute every member's figures, then the RFM segments and rules; the number of members."""
    from membership.features import refresh_features
    from membership.services.segment_rules import refresh_all
    from membership.services.segments import reconcile_bitmaps, refresh_rfm_segments

    now = timezone.now()
    reconcile_bitmaps()
    written = refresh_features(as_of=now)
    refresh_rfm_segments(as_of=now)
    refresh_all()
    return written


@shared_task(name="membership.tasks.refresh_dynamic_segments")
def refresh_dynamic_segments() -> int:
    """Let every rule decide again who is in: days pass, and members leave without doing anything."""
    from membership.services.segment_rules import refresh_all

    return refresh_all()


@shared_task(name="membership.tasks.forget_idempotency_keys")
def forget_idempotency_keys() -> int:
    """Delete idempotency keys older than a week: no client repeats a request that late."""
    from membership.models import IdempotencyKey

    deleted, _ = IdempotencyKey.objects.filter(created_at__lt=timezone.now() - timedelta(days=7)).delete()
    return deleted


@shared_task(name="membership.tasks.resume_import")
def resume_import(report_id: int) -> None:
    """Go on with an import; a second message for the same one does nothing."""
    from membership.importing import resume
    from membership.models import ImportReport

    report = ImportReport.objects.filter(pk=report_id).first()
    if report is not None:
        resume(report=report)


@shared_task(name="membership.tasks.score_forecasts")
def score_forecasts() -> int:
    """Renew all members' forecasts with the live model, given the silence since; the rows written."""
    from membership.services.forecasts import FAMILY, score_members
    from registry.services import NoLiveModel, load_live

    try:
        return score_members(loaded=load_live(FAMILY), as_of=timezone.now())
    except NoLiveModel as error:
        logger.info("forecasts are not renewed: %s", error)
        return 0


@shared_task(name="membership.tasks.score_changed_forecasts")
def score_changed_forecasts() -> int:
    """Renew the forecasts of members who have ordered since; the rows written."""
    from membership.services.forecasts import FAMILY, out_of_date, score_members
    from registry.services import NoLiveModel, load_live

    member_ids = out_of_date(at_most=CHANGED_FORECASTS_A_TICK)
    if not member_ids:
        return 0
    try:
        return score_members(loaded=load_live(FAMILY), as_of=timezone.now(), member_ids=member_ids)
    except NoLiveModel:
        return 0  # the first training writes them


@shared_task(name="membership.tasks.score_demand")
def score_demand() -> int:
    """Renew the weeks ahead of all products with the live model; the number of products."""
    from membership.services.demand import FAMILY, score_products
    from registry.services import NoLiveModel, load_live

    try:
        return score_products(loaded=load_live(FAMILY), as_of=timezone.now())
    except NoLiveModel as error:
        logger.info("demand forecasts are not renewed: %s", error)
        return 0


@shared_task(name="membership.tasks.score_changed_demand")
def score_changed_demand() -> int:
    """Renew the weeks ahead of products whose planned promotions have changed; the number of products."""
    from membership.services.demand import FAMILY, out_of_date, score_products
    from registry.services import NoLiveModel, load_live

    product_ids = out_of_date(at_most=CHANGED_PRODUCTS_A_TICK)
    if not product_ids:
        return 0
    try:
        return score_products(loaded=load_live(FAMILY), as_of=timezone.now(), product_ids=product_ids)
    except NoLiveModel:
        return 0  # the first training writes them


@shared_task(name="membership.tasks.score_due_forecasts")
def score_due_forecasts() -> int:
    """Once a day of the shop, renew the forecasts of members and products; the rows written.

    Asked often, so that a day that was missed is made up for as soon as a worker is back.
    """
    from membership.services import demand, forecasts

    now, written = timezone.now(), 0
    if forecasts.refresh_due(as_of=now):
        written += score_forecasts()
    if demand.refresh_due(as_of=now):
        written += score_demand()
    return written


@shared_task(name="membership.tasks.refresh_clusters")
def refresh_clusters() -> int:
    """Let the live version put every member into a group again; the number of members."""
    from membership.services.clusters import refresh_clusters as assign

    return assign()


@shared_task(name="membership.tasks.fill_waiting_look_alikes")
def fill_waiting_look_alikes() -> int:
    """Fill look-alike segments whose message was lost; how many segments."""
    from membership.services.look_alikes import waiting_look_alikes

    waiting = waiting_look_alikes()
    for segment in waiting:
        fill_look_alikes(segment.pk)
    return len(waiting)


@shared_task(name="membership.tasks.fill_look_alikes")
def fill_look_alikes(segment_id: int) -> int:
    """Find the members of a look-alike segment; how many, 0 where there is nothing to learn from."""
    from membership.models import Segment
    from membership.services.errors import ServiceError
    from membership.services.look_alikes import fill_look_alikes as fill
    from membership.services.look_alikes import give_up

    segment = Segment.objects.filter(pk=segment_id).first()
    if segment is None:
        return 0
    try:
        return fill(segment=segment)
    except ServiceError as error:
        logger.warning("no look-alikes for %s: %s", segment.key, error)
        give_up(segment=segment, reason=str(error))
        return 0
