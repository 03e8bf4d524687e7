"""Running a rule's query: with a limit on its time, and room for its sets."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction
from django.utils.translation import gettext as _

from membership.services.errors import Rejected

STEPS_BETWEEN_LOOKS = 20_000  # of SQLite's virtual machine: some milliseconds


@contextmanager
def limited(*, seconds: float) -> Iterator[None]:
    """Let queries run for ``seconds`` at most. Raises Rejected when one needs longer."""
    limit = _on_postgresql if connection.vendor == "postgresql" else _on_sqlite
    try:
        with limit(seconds):
            yield
    except OperationalError as error:
        if not _was_stopped(error):
            raise
        message = _("This rule took longer than %d seconds: narrow its time windows or categories.")
        raise Rejected(message % seconds) from None


@contextmanager
def _on_postgresql(seconds: float) -> Iterator[None]:
    with transaction.atomic(), connection.cursor() as cursor:
        # sets of ids that fit into memory are hashed; others would be read again for every member
        cursor.execute("SET LOCAL work_mem = '64MB'")
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(round(seconds * 1000))])
        yield
        cursor.execute("SET LOCAL statement_timeout TO DEFAULT")
        cursor.execute("SET LOCAL work_mem TO DEFAULT")


@contextmanager
def _on_sqlite(seconds: float) -> Iterator[None]:
    connection.ensure_connection()
    database, deadline = connection.connection, time.monotonic() + seconds
    database.set_progress_handler(lambda: time.monotonic() > deadline, STEPS_BETWEEN_LOOKS)
    try:
        yield
    finally:
        database.set_progress_handler(None, 0)


def _was_stopped(error: OperationalError) -> bool:
    from psycopg.errors import QueryCanceled

    return isinstance(error.__cause__, QueryCanceled) or str(error) == "interrupted"
