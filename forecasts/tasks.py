"""Background work on forecasts. Each task calls one service."""

from __future__ import annotations

import logging

from celery import shared_task
from django.utils import timezone

logger = logging.getLogger(__name__)

CHANGED_FORECASTS_A_TICK = 2_000
CHANGED_PRODUCTS_A_TICK = 20_000


@shared_task(name="membership.tasks.score_forecasts")
def score_forecasts() -> int:
    """Renew all members' forecasts with the live model, given the silence since; the rows written."""
    from forecasts.services.member_scoring import FAMILY, score_members
    from registry.services import NoLiveModel, load_live

    try:
        return score_members(loaded=load_live(FAMILY), as_of=timezone.now())
    except NoLiveModel as error:
        logger.info("forecasts are not renewed: %s", error)
        return 0


@shared_task(name="membership.tasks.score_changed_forecasts")
def score_changed_forecasts() -> int:
    """Renew the forecasts of members who have ordered since; the rows written."""
    from forecasts.services.member_scoring import FAMILY, out_of_date, score_members
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
    from forecasts.services.demand import FAMILY, score_products
    from registry.services import NoLiveModel, load_live

    try:
        return score_products(loaded=load_live(FAMILY), as_of=timezone.now())
    except NoLiveModel as error:
        logger.info("demand forecasts are not renewed: %s", error)
        return 0


@shared_task(name="membership.tasks.score_changed_demand")
def score_changed_demand() -> int:
    """Renew the weeks ahead of products whose planned promotions have changed; the number of products."""
    from forecasts.services.demand import FAMILY, out_of_date, score_products
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
    from forecasts.services import demand
    from forecasts.services import member_scoring as forecasts

    now, written = timezone.now(), 0
    if forecasts.refresh_due(as_of=now):
        written += score_forecasts()
    if demand.refresh_due(as_of=now):
        written += score_demand()
    return written
