"""What each way of asking for work does while the broker is away: the work is not lost."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from config.schedule import default_entries
from membership.models import Segment
from membership.segments.learned.look_alikes import waiting_look_alikes
from membership.tasks import fill_waiting_look_alikes
from registry.families import families
from registry.models import ModelVersion, TrainingRun
from registry.queueing import QueueAway, queue_after_commit, queue_now
from registry.services.runs import abandoned_jobs, execute_run, request_run
from registry.tasks import queue_rescoring, reap_expired_jobs
from tests.api_client import key_client
from tests.factories import AdminFactory, SegmentFactory
from tests.registry.toy import toy_family

pytestmark = pytest.mark.django_db(transaction=True)
RUNS = "/api/v1/training-runs/"


def test_a_message_goes_out_once_the_row_is_committed() -> None:
    with toy_family():
        with transaction.atomic():
            run, _is_new = request_run(family="toy")
            assert queue_after_commit(run.task_name, run.pk)
            assert TrainingRun.objects.get().status == "queued"
        assert TrainingRun.objects.get().status == "succeeded"


@pytest.mark.usefixtures("broker_away")
def test_work_without_a_row_is_refused() -> None:
    with pytest.raises(QueueAway, match="try again"):
        queue_now("membership.tasks.refresh_all_members")


@pytest.mark.usefixtures("broker_away")
def test_work_of_a_row_waits_and_the_caller_is_informed() -> None:
    assert not queue_after_commit("registry.tasks.run_training", 1)
    with transaction.atomic():
        assert queue_after_commit("registry.tasks.run_training", 1)  # nothing is known yet


@pytest.mark.usefixtures("broker_away")
def test_a_retrain_waits_whatever_started_it(client: Client) -> None:
    output = StringIO()
    client.force_login(AdminFactory())
    with toy_family():
        answer = key_client("models:write").post(RUNS, {"family": "toy"})
        TrainingRun.objects.all().delete()
        client.post(reverse("start_retrain"), {"family": "toy"})
        page = client.get(reverse("admin:registry_trainingrun_changelist")).content.decode()
        TrainingRun.objects.all().delete()
        call_command("retrain", "segments", stderr=output, stdout=StringIO())

    assert (answer.status_code, answer.data["status"]) == (201, "queued")
    assert "starts when the queue is back" in page
    assert "starts when the queue is back" in output.getvalue()
    assert TrainingRun.objects.get().status == "queued"


def test_a_run_whose_message_was_never_sent_is_carried_out_by_the_schedule() -> None:
    with toy_family():
        run, _is_new = request_run(family="toy")
        TrainingRun.objects.update(queued_at=timezone.now() - timedelta(minutes=2))
        assert abandoned_jobs() == [run]
        reap_expired_jobs()

    assert TrainingRun.objects.get().status == "succeeded"


@pytest.mark.usefixtures("broker_away")
def test_the_reaper_outlives_a_broker_that_is_away() -> None:
    with toy_family():
        request_run(family="toy")
        TrainingRun.objects.update(queued_at=timezone.now() - timedelta(minutes=2))

        assert reap_expired_jobs() == 1
    assert TrainingRun.objects.get().status == "queued"


@pytest.mark.usefixtures("broker_away")
def test_a_promotion_stays_and_the_schedule_renews_the_scores(client: Client) -> None:
    client.force_login(AdminFactory())
    with toy_family(rescoring_task="membership.tasks.score_demand"):
        for _time in range(2):
            run, _is_new = request_run(family="toy")
            execute_run(run=run)
        first = ModelVersion.objects.get(number=1)
        answer = key_client("models:write").post(f"/api/v1/models/{first.public_id}/promote/")

        assert (answer.status_code, answer.data["status"]) == (200, "live")
        assert not queue_rescoring(family="toy")


def test_every_rescoring_task_is_in_the_schedule() -> None:
    scheduled = {entry.task for entry in default_entries()}
    daily = {"membership.tasks.score_forecasts", "membership.tasks.score_demand"}  # by score_due_forecasts

    assert "membership.tasks.score_due_forecasts" in scheduled
    tasks = {family.rescoring_task for family in families() if family.rescoring_task}
    assert tasks - daily <= scheduled


def test_a_look_alike_segment_whose_message_was_lost_is_filled_by_the_schedule() -> None:
    SegmentFactory(key="gold")
    lost = SegmentFactory(key="like-gold", kind=Segment.Kind.MODEL, refreshed_at=None)
    lost.versions.create(number=1, rule={"model": "look_alikes", "of": "gold", "size": 5})
    assert waiting_look_alikes() == []  # a worker may be at it
    Segment.objects.filter(pk=lost.pk).update(created_at=timezone.now() - timedelta(minutes=6))

    assert fill_waiting_look_alikes() == 1
    lost.refresh_from_db()
    assert lost.refreshed_at is not None
    assert fill_waiting_look_alikes() == 0
