"""Training runs: ask for one, carry it out, and hand abandoned ones to a new worker."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db.models import Exists, Q
from django.utils import timezone

from learning.estimator import Progress
from registry.families import family_named
from registry.job_errors import given_up, stored_error
from registry.jobs import LeasedJob, LeaseLost, job_models
from registry.models import ModelVersion, TrainingRun
from registry.services.versions import register_candidate, store_artefact

if TYPE_CHECKING:
    from django.contrib.auth.models import User

logger = logging.getLogger(__name__)
HANDED_ON_AT_ONCE = 100
CALLED_LOST_AFTER = timedelta(seconds=60)


def request_run(
    *,
    family: str,
    recipe: str = TrainingRun.Recipe.FULL,
    requested_by: User | None = None,
) -> tuple[TrainingRun, bool]:
    """The family's unfinished run, made now if there was none; (run, whether it is new).

    An unfinished run is answered whatever its recipe. The caller queues ``run_training`` for a new run, after
    commit. Raises UnknownFamily.
    """
    family_named(family)
    try:
        with transaction.atomic():
            run = TrainingRun.objects.create(family=family, recipe=recipe, requested_by=requested_by)
            return run, True
    except IntegrityError:
        unfinished = TrainingRun.objects.unfinished().filter(family=family).first()
        if unfinished is None:  # it finished in between
            return request_run(family=family, recipe=recipe, requested_by=requested_by)
        return unfinished, False


def execute_run(*, run: TrainingRun) -> TrainingRun:
    """Train, register, promote and write back. Quiet when another worker holds or finished the run.

    Training repeats from the start after a death; the version appears once, in the transaction that
    ``run.version`` is set, and a repeat that finds it goes straight on to the write-back.
    """
    if not run.claim():
        return run
    if run.attempts > LeasedJob.MAX_ATTEMPTS:
        run.fail(given_up(attempts=LeasedJob.MAX_ATTEMPTS))
        return run
    try:
        with run.heartbeat():
            if run.version is None:
                _train(run=run)
            _write_back(run=run)
            run.succeed()
    except LeaseLost:
        logger.warning("%s has passed to another worker", run)
    except Exception as error:
        logger.exception("%s failed", run)
        run.fail(stored_error(error))
    return run


def _train(*, run: TrainingRun) -> None:
    family = family_named(run.family)
    train, recipe = family.train, TrainingRun.Recipe.FULL
    if run.recipe == TrainingRun.Recipe.LIGHT and family.train_light is not None:
        train, recipe = family.train_light, TrainingRun.Recipe.LIGHT
    with _timed(run, "train"):
        candidate = train(_progress(run, start=0.0, end=0.7))
        candidate = replace(candidate, parameters={**candidate.parameters, "recipe": recipe.value})
    with _timed(run, "register"):
        artefact = store_artefact(family=run.family, candidate=candidate)
        with run.holding():
            version = register_candidate(family=run.family, candidate=candidate, artefact=artefact)
            TrainingRun.objects.filter(pk=run.pk).update(version=version)
        run.version, run.for_write_back = version, candidate.for_write_back


def _write_back(*, run: TrainingRun) -> None:
    assert run.version is not None  # noqa: S101  # _train has set it
    if run.version.status != ModelVersion.Status.LIVE:
        return
    with _timed(run, "write back"):
        family_named(run.family).write_back(run, _progress(run, start=0.7, end=1.0))


@contextmanager
def _timed(run: TrainingRun, phase: str) -> Iterator[None]:
    started = time.monotonic()
    yield
    run.phases[phase] = round(time.monotonic() - started, 2)
    TrainingRun.objects.filter(pk=run.pk).update(phases=run.phases)


def _progress(run: TrainingRun, *, start: float, end: float) -> Progress:
    """A progress function for one phase that writes at most twice a second."""
    last = 0.0

    def report(fraction: float, message: str) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= 0.5:
            last = now
            run.report(start + (end - start) * fraction, message)

    return report


def abandoned_jobs(*, at_most: int = HANDED_ON_AT_ONCE) -> list[LeasedJob]:
    """Jobs that no worker has in hand, of each kind the ``at_most`` that have waited longest.

    Those are running jobs whose lease ran out, and queued ones whose message seems lost: a minute without
    being claimed while no job of their kind runs. The next call finds the rest.
    """
    called_lost = Q(queued_at__lt=timezone.now() - CALLED_LOST_AFTER)
    jobs: list[LeasedJob] = []
    for model in job_models():
        all_jobs = model._default_manager.all()
        no_other = ~Exists(all_jobs.filter(status=LeasedJob.Status.RUNNING))
        free = all_jobs.claimable().filter(Q(status=LeasedJob.Status.RUNNING) | called_lost & no_other)
        jobs += free.order_by("queued_at", "pk")[:at_most]
    return jobs
