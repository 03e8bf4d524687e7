"""Background work of this app. Retraining itself is ``registry.tasks.retrain("fraud")``."""

from __future__ import annotations

import logging
from datetime import timedelta

from celery import shared_task
from django.utils import timezone

logger = logging.getLogger(__name__)


@shared_task(name="fraud.tasks.score_recent_orders")
def score_recent_orders(days: int = 14) -> int:
    """Renew the scores of the last ``days`` with the live model, without retraining; the rows written.

    Does nothing while no model is live.
    """
    from fraud.services.scoring import FAMILY, score_orders
    from registry.services import NoLiveModel, load_live

    try:
        loaded = load_live(FAMILY)
    except NoLiveModel as error:
        logger.info("orders are not scored: %s", error)
        return 0
    return score_orders(loaded=loaded, since=timezone.now() - timedelta(days=days))
