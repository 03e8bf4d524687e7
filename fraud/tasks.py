"""Background work of this app. Retraining itself is ``registry.tasks.retrain("fraud")``."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from celery import shared_task
from django.utils import timezone

from registry.queueing import queue_after_commit, queue_now

logger = logging.getLogger(__name__)
SHARD_DAYS = 28


@shared_task(name="fraud.tasks.score_recent_orders")
def score_recent_orders(days: int = 14) -> int:
    """Queue the renewal of the scores of the last ``days``, a shard a task; the number of shards."""
    return _queue_shards(since=timezone.now() - timedelta(days=days))


@shared_task(name="fraud.tasks.score_all_orders")
def score_all_orders() -> int:
    """Queue the renewal of every score, a shard a task; the number of shards."""
    return _queue_shards(since=None)


@shared_task(name="fraud.tasks.score_missing_orders")
def score_missing_orders(days: int = 90) -> int:
    """Back-fill: queue the shards from the oldest order of the last ``days`` that no model has scored."""
    from fraud.services.rescoring import unscored_since

    oldest = unscored_since(limit=timezone.now() - timedelta(days=days))
    return 0 if oldest is None else _queue_shards(since=oldest)


@shared_task(name="fraud.tasks.score_orders_between")
def score_orders_between(begins: str, ends: str) -> int:
    """Renew the scores of one shard with the live model; the rows written. Safe to repeat.

    Does nothing while no model is live.
    """
    from fraud.services.answering.answers import FAMILY
    from fraud.services.rescoring import score_orders
    from registry.services import NoLiveModel, load_live

    try:
        loaded = load_live(FAMILY)
    except NoLiveModel as error:
        logger.info("orders are not scored: %s", error)
        return 0
    return score_orders(
        loaded=loaded, since=datetime.fromisoformat(begins), until=datetime.fromisoformat(ends)
    )


@shared_task(name="fraud.tasks.train_first_model")
def train_first_model() -> int | None:
    """Start the shop's first training once its labels are enough; the run, None where it is not due."""
    from fraud.services.first_model import is_due
    from fraud.services.training import FAMILY
    from registry.models import TrainingRun
    from registry.services.runs import request_run

    if not is_due():
        return None
    run, is_new = request_run(family=FAMILY, recipe=TrainingRun.Recipe.LIGHT)
    if is_new:
        queue_after_commit(run.task_name, run.pk)
    return int(run.pk)


@shared_task(name="fraud.tasks.rank_unusual_orders")
def rank_unusual_orders() -> int | None:
    """Until a fraud model is live: rank alerts that have no rank, and fit the forest when due; that run."""
    from fraud.services.unusual.due import is_due, keep_ranks
    from fraud.services.unusual.ranking import FAMILY
    from registry.services.runs import request_run

    keep_ranks()
    if not is_due():
        return None
    run, is_new = request_run(family=FAMILY)
    if is_new:
        queue_after_commit(run.task_name, run.pk)
    return int(run.pk)


@shared_task(name="fraud.tasks.run_backtest")
def run_backtest(backtest_id: int) -> None:
    """Carry out one back-test; a second message for the same one does nothing."""
    from fraud.models import Backtest
    from fraud.services.policies.backtests import carry_out

    backtest = Backtest.objects.filter(pk=backtest_id).first()
    if backtest is not None:
        carry_out(backtest=backtest)


def _queue_shards(*, since: datetime | None) -> int:
    from fraud.services.rescoring import shards

    spans = shards(since=since, days=SHARD_DAYS)
    for begins, ends in spans:
        queue_now(score_orders_between.name, begins.isoformat(), ends.isoformat())
    return len(spans)
