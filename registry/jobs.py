"""Long work that survives the death of its worker: a row with a lease and a heartbeat.

A worker *claims* the row (one conditional UPDATE), renews its lease from a thread while it works, and
writes results only inside ``holding()``, which fails when the lease has passed to someone else. A beat
task (``registry.tasks.reap_expired_jobs``) queues again what nobody renews. Celery's own redelivery of
a lost message takes as long as the broker's visibility time-out, an hour, hence this.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import close_old_connections, connection, models, transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from learning.step_texts import to_stored, translated
from registry.job_errors import shown_error
from registry.tables.storable import storable

logger = logging.getLogger(__name__)


class LeaseLost(RuntimeError):
    """Another worker has taken this job over; whatever this one has in hand must not be written."""


class LeasedJobQuerySet(models.QuerySet[Any]):
    def unfinished(self) -> Self:
        return self.filter(status__in=(LeasedJob.Status.QUEUED, LeasedJob.Status.RUNNING))

    def claimable(self) -> Self:
        """Jobs that a worker may take now: queued, or running under a lease that ran out."""
        return self.filter(
            Q(status=LeasedJob.Status.QUEUED)
            | Q(status=LeasedJob.Status.RUNNING, lease_expires_at__lt=timezone.now())
        )


class LeasedJob(models.Model):
    """One piece of long work. Subclasses name the task that carries it out in ``task_name``."""

    class Status(models.TextChoices):
        QUEUED = "queued", _("Queued")
        RUNNING = "running", _("Running")
        SUCCEEDED = "succeeded", _("Done")
        FAILED = "failed", _("Failed")

    MAX_ATTEMPTS = 5
    task_name: ClassVar[str]

    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.QUEUED)
    progress = models.FloatField(_("progress"), default=0.0)
    message = models.CharField(_("current step"), max_length=200, blank=True)
    error = models.TextField(_("error"), blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    lease_token = models.UUIDField(null=True, editable=False)
    lease_expires_at = models.DateTimeField(null=True, editable=False)
    queued_at = models.DateTimeField(_("queued"), default=timezone.now)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    objects = LeasedJobQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ("-queued_at", "-id")

    @staticmethod
    def constraints(*, prefix: str) -> list[models.BaseConstraint]:
        """The constraints every job table has, under names of its own."""
        return [
            models.CheckConstraint(
                condition=Q(status__in=("queued", "running", "succeeded", "failed")),
                name=f"{prefix}_status_known",
            ),
            models.CheckConstraint(condition=Q(progress__range=(0, 1)), name=f"{prefix}_progress_0_to_1"),
        ]

    @property
    def is_finished(self) -> bool:
        return self.status in (self.Status.SUCCEEDED, self.Status.FAILED)

    @property
    def error_text(self) -> str:
        """Why the job failed, in the reader's language."""
        return shown_error(self.error, gettext)

    @property
    def seconds(self) -> float | None:
        if self.started_at is None:
            return None
        return ((self.finished_at or timezone.now()) - self.started_at).total_seconds()

    @property
    def step_text(self) -> str:
        """The current step in the reader's language."""
        return translated(self.message, gettext)

    def _manager(self) -> models.Manager[Any]:
        return type(self)._default_manager

    def claim(self) -> bool:
        """Take the job for this worker. False when it is finished, or another worker holds it."""
        token, now = uuid.uuid4(), timezone.now()
        taken = (
            self._manager()
            .filter(pk=self.pk)
            .filter(Q(status=self.Status.QUEUED) | Q(status=self.Status.RUNNING, lease_expires_at__lt=now))
            .update(
                status=self.Status.RUNNING,
                lease_token=token,
                lease_expires_at=now + timedelta(seconds=settings.JOB_LEASE_SECONDS),
                attempts=F("attempts") + 1,
                started_at=Coalesce("started_at", now),
                error="",
            )
        )
        if taken:
            self.refresh_from_db()
        return bool(taken)

    def renew(self) -> bool:
        """Extend the lease. False when it is no longer ours."""
        expires = timezone.now() + timedelta(seconds=settings.JOB_LEASE_SECONDS)
        mine = self._manager().filter(pk=self.pk, status=self.Status.RUNNING, lease_token=self.lease_token)
        return bool(mine.update(lease_expires_at=expires))

    @contextmanager
    def holding(self, **changes: object) -> Iterator[None]:
        """A transaction that commits only if this worker still holds the job; writes ``changes`` with it.

        Raises LeaseLost, and nothing is written, when the job has passed to another worker.
        """
        with transaction.atomic():
            yield
            expires = timezone.now() + timedelta(seconds=settings.JOB_LEASE_SECONDS)
            mine = self._manager().filter(
                pk=self.pk, status=self.Status.RUNNING, lease_token=self.lease_token
            )
            if not mine.update(lease_expires_at=expires, **changes):
                raise LeaseLost(f"{self} is no longer held by this worker")
        for name, value in changes.items():
            setattr(self, name, value)

    def report(self, fraction: float, message: str = "") -> None:
        """Show progress. Raises LeaseLost when the job is no longer ours."""
        with self.holding(progress=min(max(fraction, 0.0), 1.0), message=to_stored(message, most=200)):
            pass

    def succeed(self, **changes: object) -> None:
        """Finish in one transaction with ``changes``. Raises LeaseLost."""
        with self.finishing(**changes):
            pass

    @contextmanager
    def finishing(self, **changes: object) -> Iterator[None]:
        """Like ``holding``, and the job is done when the block commits: exactly one worker ever gets here."""
        with self.holding(
            status=self.Status.SUCCEEDED, progress=1.0, finished_at=timezone.now(), message="", **changes
        ):
            yield

    def fail(self, error: str) -> None:
        """Record why the job cannot be done, as ``registry.job_errors`` stores it, or in English.

        Quiet when the job is no longer ours.
        """
        mine = self._manager().filter(pk=self.pk, lease_token=self.lease_token, status=self.Status.RUNNING)
        mine.update(status=self.Status.FAILED, error=storable(error), finished_at=timezone.now())
        self.refresh_from_db()

    @contextmanager
    def heartbeat(self) -> Iterator[None]:
        """Renew the lease from a thread while the block runs.

        The thread stops by itself when the lease is lost; the block then fails at its next ``holding()``.
        """
        stop = threading.Event()
        thread = threading.Thread(target=self._beat, args=(stop,), name=f"lease-{self.pk}", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def _beat(self, stop: threading.Event) -> None:
        while not stop.wait(settings.JOB_HEARTBEAT_SECONDS):
            try:
                if not self.renew():
                    break
            except Exception:
                # a busy or restarting database: the next beat may succeed, and if none does the lease expires
                logger.warning("could not renew the lease of %s", self, exc_info=True)
                close_old_connections()
        connection.close()


def job_models() -> list[type[LeasedJob]]:
    """All concrete job models of the installed apps."""
    from django.apps import apps

    return [model for model in apps.get_models() if issubclass(model, LeasedJob)]
