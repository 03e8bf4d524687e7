"""Background work of this app. Retraining itself is ``registry.tasks.retrain("recommendations")``."""

from __future__ import annotations

import logging

from celery import shared_task
from django.utils import timezone

logger = logging.getLogger(__name__)


@shared_task(name="recommendations.tasks.score_recommendations")
def score_recommendations(member_ids: list[int] | None = None) -> int:
    """Renew stored lists with the live model, without retraining; the rows written.

    All active members, unless told. Does nothing while no model is live.
    """
    from recommendations.services.scoring import FAMILY, score_members
    from registry.services import NoLiveModel, load_live

    try:
        loaded = load_live(FAMILY)
    except NoLiveModel as error:
        logger.info("recommendations are not renewed: %s", error)
        return 0
    return score_members(loaded=loaded, as_of=timezone.now(), member_ids=member_ids)
