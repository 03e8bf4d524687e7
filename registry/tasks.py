"""The registry's tasks: carry out a training run, and hand on what a dead worker left."""

from __future__ import annotations

import logging

from celery import shared_task

from registry.families import families, family_named
from registry.models import TrainingRun
from registry.queueing import queue_after_commit
from registry.services import runs

logger = logging.getLogger(__name__)


@shared_task(name="registry.tasks.run_training")
def run_training(run_id: int) -> None:
    """Carry out one training run; a second message for the same run does nothing."""
    run = TrainingRun.objects.filter(pk=run_id).first()
    if run is not None:
        runs.execute_run(run=run)


@shared_task(name="registry.tasks.retrain")
def retrain(family: str, recipe: str = TrainingRun.Recipe.FULL) -> int | None:
    """Start a retrain of ``family`` unless one is under way; its run. What beat schedules.

    None where the data cannot train the family yet, which the log says: that is no failure.
    """
    lacks = family_named(family).why_not_yet
    if lacks is not None and (why := lacks()):
        logger.info("%s is not trained yet: %s", family, why)
        return None
    return ask_for_training(family, recipe)


def ask_for_training(family: str, recipe: str = TrainingRun.Recipe.FULL) -> int:
    """The run of ``family`` that is under way, or a new one, whatever its data."""
    run, is_new = runs.request_run(family=family, recipe=recipe)
    if is_new:
        queue_after_commit(run.task_name, run.pk)
    return int(run.pk)


def queue_rescoring(*, family: str) -> bool:
    """After commit, have a worker renew the family's scores with the version that is live now.

    False where the queue does not answer: the schedule renews them, within a day.
    """
    tasks = [one.rescoring_task for one in families() if one.name == family and one.rescoring_task]
    return all(queue_after_commit(task) for task in tasks)


@shared_task(name="registry.tasks.reap_expired_jobs")
def reap_expired_jobs() -> int:
    """Queue again every job that its worker stopped renewing, or whose message was never sent."""
    jobs = runs.abandoned_jobs()
    for job in jobs:
        queue_after_commit(job.task_name, job.pk)
    return len(jobs)
