"""The registry's tasks: carry out a training run, and hand on what a dead worker left."""

from __future__ import annotations

from celery import current_app, shared_task
from django.db import transaction

from registry.families import families
from registry.models import TrainingRun
from registry.services import runs


@shared_task(name="registry.tasks.run_training")
def run_training(run_id: int) -> None:
    """Carry out one training run; a second message for the same run does nothing."""
    run = TrainingRun.objects.filter(pk=run_id).first()
    if run is not None:
        runs.execute_run(run=run)


@shared_task(name="registry.tasks.retrain")
def retrain(family: str, recipe: str = TrainingRun.Recipe.FULL) -> int:
    """Start a retrain of ``family`` unless one is under way. What beat schedules."""
    run, is_new = runs.request_run(family=family, recipe=recipe)
    if is_new:
        transaction.on_commit(lambda: run_training.delay(run.pk))
    return int(run.pk)


def queue_rescoring(*, family: str) -> None:
    """After commit, have a worker renew the family's scores with the version that is live now."""
    for one in families():
        if one.name == family and one.queue_rescoring is not None:
            transaction.on_commit(one.queue_rescoring)


@shared_task(name="registry.tasks.reap_expired_jobs")
def reap_expired_jobs() -> int:
    """Queue again every job that its worker stopped renewing."""
    jobs = runs.abandoned_jobs()
    for job in jobs:
        current_app.send_task(job.task_name, args=[job.pk])
    return len(jobs)
