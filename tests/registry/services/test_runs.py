from __future__ import annotations

from dataclasses import replace

import pytest
from django.utils import translation

from learning.estimator import ModelFitError, Progress
from registry.families import Candidate, UnknownFamily
from registry.models import ModelVersion, TrainingRun
from registry.services import load_live
from registry.services.runs import execute_run, request_run
from registry.tasks import retrain
from tests.registry.toy import candidate, toy_family

pytestmark = pytest.mark.django_db


def test_a_run_trains_promotes_and_writes_back() -> None:
    with toy_family() as written:
        run, _ = request_run(family="toy")
        execute_run(run=run)

        assert run.status == TrainingRun.Status.SUCCEEDED
        assert written == [run]
        assert load_live("toy").version == ModelVersion.objects.get(family="toy", status="live")


def test_what_training_prepared_reaches_the_write_back() -> None:
    handed_on: list[object] = []

    def write_back(run: TrainingRun, progress: Progress) -> None:
        handed_on.append(run.for_write_back)

    def train(progress: Progress) -> Candidate:
        return replace(candidate(), for_write_back="prepared")

    with toy_family(train=train, write_back=write_back):
        execute_run(run=request_run(family="toy")[0])

    assert handed_on == ["prepared"]


def test_a_second_request_answers_with_the_run_under_way() -> None:
    with toy_family():
        first, first_is_new = request_run(family="toy")
        second, second_is_new = request_run(family="toy")

    assert first == second
    assert (first_is_new, second_is_new) == (True, False)


def test_an_unknown_family_is_named_with_the_known_ones() -> None:
    with toy_family(), pytest.raises(UnknownFamily, match="toy"):
        request_run(family="horoscopes")


def test_a_run_that_cannot_train_says_why_and_promotes_nothing() -> None:
    def train(progress: Progress) -> Candidate:
        raise ModelFitError("there are no orders yet")

    with toy_family(train=train):
        run, _ = request_run(family="toy")
        execute_run(run=run)

    assert run.status == TrainingRun.Status.FAILED
    assert "there are no orders yet" in run.error
    assert not ModelVersion.objects.exists()


def test_a_repeated_message_for_a_finished_run_does_nothing() -> None:
    with toy_family() as written:
        run, _ = request_run(family="toy")
        execute_run(run=run)
        execute_run(run=TrainingRun.objects.get(pk=run.pk))

    assert len(written) == 1
    assert ModelVersion.objects.count() == 1


def test_a_run_taken_over_after_promotion_only_writes_back() -> None:
    """The worker died between promotion and write-back: the next one must not promote a second version."""

    def die(run: TrainingRun, progress: Progress) -> None:
        raise KeyboardInterrupt

    with toy_family(write_back=die):
        run, _ = request_run(family="toy")
        with pytest.raises(KeyboardInterrupt):
            execute_run(run=run)
    TrainingRun.objects.update(lease_expires_at="2020-01-01T00:00Z")
    with toy_family() as written:
        execute_run(run=TrainingRun.objects.get(pk=run.pk))

    assert len(written) == 1
    assert ModelVersion.objects.filter(status=ModelVersion.Status.LIVE).count() == 1
    assert ModelVersion.objects.count() == 1


def test_a_worse_model_is_kept_as_rejected_and_the_live_one_stays() -> None:
    with toy_family():
        execute_run(run=request_run(family="toy")[0])
    with toy_family(train=lambda progress: candidate(score=0.2, live_score=0.5)) as written:
        execute_run(run=request_run(family="toy")[0])

    rejected = ModelVersion.objects.get(status=ModelVersion.Status.REJECTED)
    assert "0.5000" in rejected.rejection_text
    with translation.override("zh-hans"):
        assert "0.5000" in rejected.rejection_text
        assert "线上版本" in rejected.rejection_text
    assert ModelVersion.objects.get(status=ModelVersion.Status.LIVE).number == 1
    assert written == []


def test_a_figure_that_is_not_a_number_is_rejected() -> None:
    with toy_family(train=lambda progress: candidate(score=float("nan"))):
        execute_run(run=request_run(family="toy")[0])

    assert ModelVersion.objects.get().status == ModelVersion.Status.REJECTED


def test_the_scheduled_retrain_runs_to_the_end(django_capture_on_commit_callbacks) -> None:
    with toy_family() as written:
        with django_capture_on_commit_callbacks(execute=True):
            retrain("toy")

        assert len(written) == 1


def test_a_light_run_uses_the_light_recipe_and_its_version_says_so():
    with toy_family(train_light=lambda progress: candidate(score=0.4)):
        execute_run(run=request_run(family="toy", recipe=TrainingRun.Recipe.LIGHT)[0])
        execute_run(run=request_run(family="toy")[0])

    light, full = ModelVersion.objects.order_by("number")
    assert (light.metrics["score"], light.is_light) == (0.4, True)
    assert (full.metrics["score"], full.is_light) == (0.5, False)
    assert (light.status, full.status) == (ModelVersion.Status.RETIRED, ModelVersion.Status.LIVE)


def test_a_family_without_a_light_recipe_trains_the_full_one():
    with toy_family():
        execute_run(run=request_run(family="toy", recipe=TrainingRun.Recipe.LIGHT)[0])

    assert not ModelVersion.objects.get().is_light


def test_a_full_model_that_is_worse_leaves_the_light_one_live():
    with toy_family(
        train_light=lambda progress: candidate(score=0.4),
        train=lambda progress: candidate(score=0.2, live_score=0.4),
    ):
        execute_run(run=request_run(family="toy", recipe=TrainingRun.Recipe.LIGHT)[0])
        execute_run(run=request_run(family="toy")[0])

    assert ModelVersion.objects.live("toy").get().is_light
