"""The registry's tasks: carry out a training run, and hand on what a dead worker left."""

from __future__ import annotations

from celery import shared_task

from registry.families import families
from registry.models import TrainingRun
from registry.queueing import queue_after_commit
from registry.services import runs


@shared_task(name="registry.tasks.run_training")
def run_training(run_id: int) -> None:
    """Carry out one training run; a second message for the same run does nothing."""
    run = TrainingRun.objects.filter(pk=run_id).first()
    if run is not None:
        runs.execute_run(run=run)


@shared_task(name="registry.tasks.retrain")
def retrain(family: str) -> int:
    """Start a retrain of ``family`` unless one is under way. What beat schedules."""
    run, is_new = runs.request_run(family=family)
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
