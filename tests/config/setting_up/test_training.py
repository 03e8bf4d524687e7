"""The training that a first set-up asks for and waits for."""

from __future__ import annotations

import pytest

from config.setting_up.runner import PhaseError, Progress
from config.setting_up.training import ask_for_full_models, first_models, is_settled, wait_for_training
from learning.estimator import ModelFitError, silent
from registry.families import Candidate
from registry.models import ModelVersion, TrainingRun
from registry.tasks import retrain
from tests.registry.toy import candidate, toy_family


@pytest.mark.django_db(transaction=True)
def test_a_shop_too_small_to_learn_from_is_served_without_that_model() -> None:
    def train(progress: Progress) -> Candidate:
        raise ModelFitError("no fraud is known yet")

    with toy_family(train=train):
        note = wait_for_training(silent, family="toy", recipe=TrainingRun.Recipe.LIGHT)

    assert "no fraud is known yet" in note
    assert is_settled("toy", recipe=TrainingRun.Recipe.LIGHT)


@pytest.mark.django_db(transaction=True)
def test_a_first_model_that_ended_while_others_were_waited_for_is_not_trained_again() -> None:
    with toy_family():
        retrain("toy", recipe=TrainingRun.Recipe.LIGHT)
        wait_for_training(silent, family="toy", recipe=TrainingRun.Recipe.LIGHT)

    assert TrainingRun.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_fuller_model_is_not_settled_by_a_quick_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.setting_up.training.FAMILIES", ("toy",))
    monkeypatch.setattr("config.setting_up.training.SEGMENTS", "toy")
    with toy_family(train_light=lambda progress: candidate(score=0.4)):
        retrain("toy", recipe=TrainingRun.Recipe.LIGHT)
        assert not is_settled("toy", recipe=TrainingRun.Recipe.FULL)
        wait_for_training(silent, family="toy", recipe=TrainingRun.Recipe.FULL)

    assert is_settled("toy", recipe=TrainingRun.Recipe.FULL)
    assert [version.is_light for version in ModelVersion.objects.order_by("number")] == [True, False]


@pytest.mark.django_db(transaction=True)
def test_a_failed_training_fails_the_phase_and_is_queued_again() -> None:
    def train(progress: Progress) -> Candidate:
        raise RuntimeError("no space left")

    with toy_family(train=train):
        for _attempt in range(2):
            with pytest.raises(PhaseError, match="no space left"):
                wait_for_training(silent, family="toy", recipe=TrainingRun.Recipe.LIGHT)

    assert TrainingRun.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_full_models_are_asked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.setting_up.training.FAMILIES", ("toy",))
    monkeypatch.setattr("config.setting_up.training.SEGMENTS", "toy")
    with toy_family():
        ask_for_full_models()
        ask_for_full_models()

    assert list(TrainingRun.objects.values_list("recipe", flat=True)) == [TrainingRun.Recipe.FULL]


@pytest.mark.django_db(transaction=True)
def test_first_models_are_asked_for_by_their_light_recipe_and_once() -> None:
    with toy_family():
        asking = first_models("queue", families=["toy"])
        assert not asking.is_done()
        asking.run(silent)

    assert asking.is_done()
    assert list(TrainingRun.objects.values_list("recipe", flat=True)) == [TrainingRun.Recipe.LIGHT]
