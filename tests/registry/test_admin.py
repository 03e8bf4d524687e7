from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import translation
from pytest_django.fixtures import Settings

from registry.admin_jobs import progress_text
from registry.models import ModelVersion, TrainingRun
from tests.factories import AdminFactory, ModelVersionFactory, StaffFactory, TrainingRunFactory
from tests.registry.toy import toy_family

pytestmark = pytest.mark.django_db
RUNS = "/admin/registry/trainingrun/"
SUBMITTED = {"_form_submitted": "1"}


@pytest.fixture
def boss(client: Client) -> Client:
    client.force_login(AdminFactory())
    return client


def version(settings: Settings, *, number: int, status: str) -> ModelVersion:
    """A version whose file exists."""
    row: ModelVersion = ModelVersionFactory(family="toy", number=number, status=status)
    Path(settings.MODEL_DIR, row.artefact_path).mkdir(parents=True)
    return row


def test_starting_a_run_trains_and_shows_it(boss: Client, django_capture_on_commit_callbacks: Any) -> None:
    with toy_family(), django_capture_on_commit_callbacks(execute=True):
        answer = boss.post(f"{RUNS}start/", {"family": "toy", **SUBMITTED})
        assert answer.headers["HX-Redirect"] == RUNS
    run = TrainingRun.objects.get()
    assert (run.status, run.requested_by) == ("succeeded", User.objects.get())
    assert "toy" in boss.get(RUNS).content.decode()


def test_looking_at_the_start_dialog_starts_nothing(boss: Client) -> None:
    with toy_family():
        assert "Start a retrain" in boss.get(f"{RUNS}start/").content.decode()
    assert not TrainingRun.objects.exists()


def test_a_run_that_is_under_way_is_not_started_twice(boss: Client) -> None:
    with toy_family():
        TrainingRunFactory(family="toy")
        boss.post(f"{RUNS}start/", {"family": "toy", **SUBMITTED})
        page = boss.get(RUNS).content.decode()
    assert TrainingRun.objects.count() == 1
    assert "already running" in page


def test_starting_needs_the_permission(client: Client) -> None:
    client.force_login(StaffFactory(groups=["Risk"]))
    with toy_family():
        assert client.post(f"{RUNS}start/", {"family": "toy", **SUBMITTED}).status_code == 403
    assert not TrainingRun.objects.exists()


def test_progress_is_shown_to_those_who_may_see_runs(client: Client) -> None:
    run = TrainingRunFactory(status="running", progress=0.25, message="sweep 3")
    client.force_login(StaffFactory(groups=["Support"]))
    assert client.get(f"{RUNS}progress/", {"ids": run.pk}).status_code == 403
    client.force_login(StaffFactory(groups=["Data"]))
    jobs = client.get(f"{RUNS}progress/", {"ids": run.pk}).json()["jobs"]
    assert jobs[str(run.pk)]["text"] == "25% sweep 3"


def test_the_step_of_a_run_is_shown_in_the_readers_language() -> None:
    run = TrainingRunFactory(status="running", progress=0.5, message="reading orders")
    with translation.override("zh-hans"):
        assert progress_text(run) == "50% 读取订单"
        run.message = ""
        assert progress_text(run) == "50%"


def test_promoting_needs_post_and_retires_the_live_version(boss: Client, settings: Settings) -> None:
    old = version(settings, number=1, status="live")
    new = version(settings, number=2, status="candidate")
    url = reverse("admin:registry_modelversion_promote", args=(new.pk,))
    boss.get(url)
    old.refresh_from_db()
    assert old.status == "live"
    boss.post(url, SUBMITTED)
    old.refresh_from_db()
    new.refresh_from_db()
    assert (old.status, new.status) == ("retired", "live")


def test_a_version_without_its_file_is_not_promoted(boss: Client) -> None:
    lost = ModelVersionFactory(family="toy", status="retired")
    boss.post(reverse("admin:registry_modelversion_promote", args=(lost.pk,)), SUBMITTED)
    lost.refresh_from_db()
    assert lost.status == "retired"


def test_rolling_back_makes_the_version_before_live(boss: Client, settings: Settings, noon: Any) -> None:
    before = version(settings, number=1, status="retired")
    ModelVersion.objects.filter(pk=before.pk).update(retired_at=noon)
    version(settings, number=2, status="live")
    with toy_family():
        boss.post("/admin/registry/modelversion/roll_back/", {"family": "toy", **SUBMITTED})
    before.refresh_from_db()
    assert before.status == "live"


def test_rolling_back_without_an_earlier_version_says_so(boss: Client) -> None:
    with toy_family():
        boss.post("/admin/registry/modelversion/roll_back/", {"family": "toy", **SUBMITTED})
    assert "no earlier version" in boss.get("/admin/registry/modelversion/").content.decode()


def test_a_version_shows_its_figures_and_why_it_was_rejected(boss: Client) -> None:
    row = ModelVersionFactory(
        status="rejected",
        rejection_reason="Worse by half.",
        metrics={"auc_roc": 0.94123, "live": {"ap": 0.5}},
    )
    page = boss.get(reverse("admin:registry_modelversion_change", args=(row.pk,))).content.decode()
    assert "Worse by half." in page
    assert "0.9412" in page
    assert "<code>ap</code> 0.5" in page


def test_lists_cost_the_same_whatever_their_length(boss: Client, django_assert_max_num_queries: Any) -> None:
    for number in range(20):
        row = ModelVersionFactory(number=number + 1, status="retired")
        TrainingRunFactory(status="succeeded", version=row, requested_by=AdminFactory())
    for url in ("/admin/registry/modelversion/", RUNS):
        with django_assert_max_num_queries(12):
            assert boss.get(url).status_code == 200
