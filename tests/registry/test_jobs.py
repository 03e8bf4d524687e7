from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from registry.job_errors import UNEXPECTED
from registry.jobs import LeaseLost, job_models
from registry.models import TrainingRun
from registry.services.runs import abandoned_jobs
from tests.factories import TrainingRunFactory

pytestmark = pytest.mark.django_db


def let_the_lease_expire(run: TrainingRun) -> None:
    TrainingRun.objects.filter(pk=run.pk).update(lease_expires_at=timezone.now() - timedelta(seconds=1))


def test_a_queued_job_is_claimed_once() -> None:
    run = TrainingRunFactory()
    rival = TrainingRun.objects.get(pk=run.pk)

    assert run.claim()
    assert not rival.claim()


def test_a_job_with_an_expired_lease_passes_to_the_next_worker() -> None:
    run = TrainingRunFactory()
    run.claim()
    let_the_lease_expire(run)
    successor = TrainingRun.objects.get(pk=run.pk)

    assert successor.claim()
    assert successor.attempts == 2


def test_the_worker_that_lost_its_lease_writes_nothing() -> None:
    run = TrainingRunFactory()
    run.claim()
    let_the_lease_expire(run)
    TrainingRun.objects.get(pk=run.pk).claim()

    with pytest.raises(LeaseLost), run.holding():
        TrainingRunFactory(family="written by the loser")

    assert not TrainingRun.objects.filter(family="written by the loser").exists()


def test_a_renewed_lease_is_kept() -> None:
    run = TrainingRunFactory()
    run.claim()
    let_the_lease_expire(run)

    assert run.renew()
    assert not TrainingRun.objects.get(pk=run.pk).claim()


def test_a_finished_job_is_not_claimed_again() -> None:
    run = TrainingRunFactory()
    run.claim()
    run.succeed()

    assert not TrainingRun.objects.get(pk=run.pk).claim()


def test_failing_a_job_that_is_no_longer_ours_changes_nothing() -> None:
    run = TrainingRunFactory()
    run.claim()
    let_the_lease_expire(run)
    TrainingRun.objects.get(pk=run.pk).claim()

    run.fail("too late")

    assert TrainingRun.objects.get(pk=run.pk).status == TrainingRun.Status.RUNNING


def test_the_reaper_finds_expired_and_lost_jobs_only() -> None:
    expired, held, fresh = (TrainingRunFactory(family=name) for name in ("expired", "held", "fresh"))
    expired.claim()
    held.claim()
    let_the_lease_expire(expired)

    assert abandoned_jobs() == [expired]
    assert fresh.status == TrainingRun.Status.QUEUED


def test_a_queued_job_whose_message_was_lost_is_found_after_a_minute() -> None:
    lost = TrainingRunFactory(queued_at=timezone.now() - timedelta(minutes=2))

    assert abandoned_jobs() == [lost]


def test_a_queued_job_waits_while_another_of_its_kind_runs() -> None:
    TrainingRunFactory(family="held").claim()
    TrainingRunFactory(family="waits", queued_at=timezone.now() - timedelta(minutes=2))

    assert abandoned_jobs() == []


def test_thousands_of_lost_jobs_are_handed_on_some_at_a_time_with_one_query_a_kind(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    long_ago = timezone.now() - timedelta(hours=1)
    for number in range(5):
        TrainingRunFactory(family=f"lost {number}", queued_at=long_ago + timedelta(minutes=number))

    with django_assert_num_queries(len(job_models())):
        found = abandoned_jobs(at_most=2)

    assert [job.family for job in found if isinstance(job, TrainingRun)] == ["lost 0", "lost 1"]


def test_one_unfinished_run_a_family() -> None:
    TrainingRunFactory(family="toy")

    with pytest.raises(IntegrityError), transaction.atomic():
        TrainingRunFactory(family="toy")


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("ModelFitError: there are no orders yet", "there are no orders yet"),
        ("KeyError: 'x'", UNEXPECTED),
        ("orders.csv: row 3 is bad", "orders.csv: row 3 is bad"),
        ("", ""),
    ],
)
def test_the_error_of_a_run_in_words(stored, shown):
    assert TrainingRun(error=stored).error_text == shown
