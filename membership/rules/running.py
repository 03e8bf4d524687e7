"""Running a rule's query: with a limit on its time, room for its sets, and a way to stop it."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction
from django.utils.translation import gettext as _

from membership.errors import Rejected
from registry.quiet_cache import keep, look

STEPS_BETWEEN_LOOKS = 20_000  # of SQLite's virtual machine: some milliseconds
SECONDS_BETWEEN_CHECKS = 0.1
TICKET_SECONDS = 120
TICKET = "rule-run:"
STOPPED = "stopped"


class TooSlow(Rejected):
    """The rule needs more time than it was given."""


class Stopped(Rejected):
    """Somebody stopped the run, or began a newer one on the same ticket."""


@contextmanager
def limited(*, seconds: float, run: Run | None = None) -> Iterator[None]:
    """Let queries run for ``seconds`` at most. Raises TooSlow, or Stopped when ``run`` was stopped."""
    limit = _on_postgresql if connection.vendor == "postgresql" else _on_sqlite
    try:
        with limit(seconds, run):
            yield
    except OperationalError as error:
        if not _was_stopped(error):
            raise
        if run is not None and run.is_stopped():
            raise Stopped(_("This preview was stopped.")) from None
        message = _("This rule took longer than %d seconds: narrow its time windows or categories.")
        raise TooSlow(message % max(1, seconds)) from None


class Run:
    """One run under a ticket that the caller chose. A newer run on the ticket stops an older one.

    The cache holds which run a ticket stands for now. On PostgreSQL a run's backend bears its name, by which
    another process finds and cancels it; on SQLite the run asks the cache itself now and then.
    """

    def __init__(self, ticket: str) -> None:
        self.key = TICKET + ticket
        self.name = f"rule-run {uuid.uuid4()}"
        before = look([self.key]).get(self.key)
        keep(self.key, self.name, seconds=TICKET_SECONDS)
        _cancel(before)

    def is_stopped(self) -> bool:
        """Where the cache forgot the ticket, or does not answer, nobody can have stopped it."""
        tickets = look([self.key])
        return bool(tickets.get(self.key, self.name) != self.name)


def stop(*, ticket: str) -> bool:
    """Stop the run under ``ticket``; whether there was one."""
    key = TICKET + ticket
    name = look([key]).get(key)
    keep(key, STOPPED, seconds=TICKET_SECONDS)
    _cancel(name)
    return name not in (None, STOPPED)


def _cancel(name: str | None) -> None:
    if name in (None, STOPPED) or connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_cancel_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = %s AND state = 'active' AND pid <> pg_backend_pid()",
            [name],
        )


@contextmanager
def _on_postgresql(seconds: float, run: Run | None) -> Iterator[None]:
    with transaction.atomic(), connection.cursor() as cursor:
        # sets of ids that fit into memory are hashed; others would be read again for every member
        cursor.execute("SET LOCAL work_mem = '64MB'")
        cursor.execute("SET LOCAL jit = off")  # compiling takes longer than a preview may
        milliseconds = max(1, round(seconds * 1000))  # 0 would mean no limit
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(milliseconds)])
        if run is not None:
            cursor.execute("SELECT set_config('application_name', %s, true)", [run.name])
        yield
        cursor.execute("SET LOCAL statement_timeout TO DEFAULT")
        cursor.execute("SET LOCAL work_mem TO DEFAULT")
        cursor.execute("SET LOCAL jit TO DEFAULT")
        if run is not None:
            cursor.execute("SET LOCAL application_name TO DEFAULT")


@contextmanager
def _on_sqlite(seconds: float, run: Run | None) -> Iterator[None]:
    connection.ensure_connection()
    database = connection.connection
    database.set_progress_handler(_clock(time.monotonic() + seconds, run), STEPS_BETWEEN_LOOKS)
    try:
        yield
    finally:
        database.set_progress_handler(None, 0)


def _clock(deadline: float, run: Run | None) -> Callable[[], bool]:
    """What SQLite asks every few milliseconds: whether to give up."""
    last_call = time.monotonic()

    def is_over() -> bool:
        nonlocal last_call
        now = time.monotonic()
        if run is not None and now - last_call > SECONDS_BETWEEN_CHECKS:
            last_call = now
            if run.is_stopped():
                return True
        return now > deadline

    return is_over


def _was_stopped(error: OperationalError) -> bool:
    from psycopg.errors import QueryCanceled

    return isinstance(error.__cause__, QueryCanceled) or str(error) == "interrupted"
