"""Background work of this app. Retraining itself is ``registry.tasks.retrain("recommendations")``."""

from __future__ import annotations

import logging

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from recommendations.models import ScoringShard
from registry.queueing import queue_after_commit

logger = logging.getLogger(__name__)


@shared_task(name="recommendations.tasks.score_recommendations")
def score_recommendations(member_ids: list[int] | None = None) -> int:
    """Renew stored lists with the live model, without retraining; the rows written.

    All active members, unless told. Does nothing while no model is live.
    """
    from recommendations.services.writing.scoring import FAMILY, score_members
    from recommendations.services.writing.write_back import renew_lists
    from registry.services import NoLiveModel, load_live

    try:
        loaded = load_live(FAMILY)
    except NoLiveModel as error:
        logger.info("recommendations are not renewed: %s", error)
        return 0
    if member_ids is not None:
        return score_members(loaded=loaded, as_of=timezone.now(), members=member_ids)
    return renew_lists(loaded=loaded, as_of=timezone.now(), queue=queue_shard, hold=transaction.atomic)


@shared_task(name="recommendations.tasks.score_shard")
def score_shard(shard_id: int) -> None:
    """Write the lists of one range of members; a second message for the same shard does nothing."""
    from recommendations.services.writing.write_back import execute_shard

    shard = ScoringShard.objects.select_related("model_version").filter(pk=shard_id).first()
    if shard is not None:
        execute_shard(shard=shard)


def queue_shard(shard_id: int) -> None:
    """Have a worker of the queue *scoring* take this shard on; without a broker, whoever made it does."""
    queue_after_commit(ScoringShard.task_name, shard_id)
