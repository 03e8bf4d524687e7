"""Queries of rules: limited in time, and stopped by whoever asked."""

from __future__ import annotations

import threading

import pytest
from django.db import OperationalError, connection

from membership.models import Member
from membership.rules.running import Run, Stopped, TooSlow, limited, stop
from tests.factories import MemberFactory

pytestmark = pytest.mark.django_db


SLOW_SQL = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000000)"
    " SELECT COUNT(*) FROM n"
)


def test_a_newer_run_on_a_ticket_stops_the_older_and_others_go_on() -> None:
    first, other = Run("mine"), Run("another")
    second = Run("mine")

    assert first.is_stopped()
    assert not second.is_stopped()
    assert not other.is_stopped()
    assert stop(ticket="mine")
    assert second.is_stopped()
    assert not stop(ticket="mine")


@pytest.mark.django_db(transaction=True)
def test_a_running_query_is_stopped_by_its_ticket() -> None:
    run = Run("mine")

    def stop_it() -> None:
        while not _is_running(run):
            pass
        stop(ticket="mine")
        connection.close()

    stopper = threading.Thread(target=stop_it)
    stopper.start()
    with pytest.raises(Stopped), limited(seconds=60, run=run), connection.cursor() as cursor:
        cursor.execute(SLOW_SQL)
    stopper.join()


def _is_running(run: Run) -> bool:
    """PostgreSQL cancels what is active; SQLite asks now and then."""
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM pg_stat_activity WHERE application_name = %s AND query LIKE 'WITH RECURSIVE%%'",
            [run.name],
        )
        return cursor.fetchone() is not None


def test_a_query_that_takes_too_long_is_refused_with_the_limit() -> None:
    with pytest.raises(TooSlow, match="1 seconds"), limited(seconds=0.05), connection.cursor() as cursor:
        cursor.execute(SLOW_SQL)


def test_a_quick_query_is_not_disturbed_and_the_limit_is_gone_afterwards() -> None:
    MemberFactory()

    with limited(seconds=0.5, run=Run("mine")):
        assert Member.objects.count() == 1
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)"
            " SELECT COUNT(*) FROM n"
        )
        assert cursor.fetchone() == (100_000,)


def test_another_database_error_is_passed_on() -> None:
    with pytest.raises(OperationalError, match="disk"), limited(seconds=5):
        raise OperationalError("disk I/O error")


def test_a_ticket_that_nobody_took_has_no_run_to_stop() -> None:
    assert not stop(ticket="never-used")
