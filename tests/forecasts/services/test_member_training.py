"""Retraining forecasts of members."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from freezegun import freeze_time

from forecasts.features import known_until_day, load_purchases
from forecasts.ml.members.purchase_history import PurchaseHistory
from forecasts.services import member_training
from learning.estimator import ModelFitError, silent
from registry.models import ModelVersion
from tests.factories import NOON, MemberFactory
from tests.forecasts.rhythm_shop import live_forecasts, order, rhythm_shop

pytestmark = pytest.mark.django_db


def history() -> PurchaseHistory:
    return load_purchases(as_of=NOON).history(as_of_day=known_until_day(as_of=NOON))


def live(parameters: dict[str, object], *, estimator: str = "pareto_nbd") -> ModelVersion:
    return ModelVersion.objects.create(
        family="forecasts", number=1, estimator=estimator, status="live", artefact_path="x",
        parameters=parameters, artefact_sha256="0" * 64,
    )  # fmt: skip


def test_a_shop_without_orders_says_what_is_missing() -> None:
    with pytest.raises(ModelFitError, match="import orders first"):
        member_training.train_candidate(silent)


@freeze_time(NOON)
def test_few_orders_are_named_with_what_is_needed() -> None:
    member = MemberFactory()
    for days in (20, 9, 1):
        order(member, NOON - timedelta(days=days))

    with pytest.raises(ModelFitError, match="30 orders over 14 days; there are 3 over 19"):
        member_training.train_candidate(silent)


@freeze_time(NOON)
def test_the_best_on_the_held_out_weeks_is_trained_on_all_orders() -> None:
    people, _products = rhythm_shop()

    candidate = member_training.train_candidate(silent)

    figures = candidate.metrics["models"]
    assert set(figures) == {"blend", "pareto_nbd"}
    assert candidate.score == figures[candidate.estimator.name]["score"]
    assert candidate.score == max(of_model["score"] for of_model in figures.values())
    assert (candidate.live_score, candidate.metrics["members"]) == (None, len(people))
    assert candidate.data_until is not None
    assert candidate.data_until <= NOON


@freeze_time(NOON)
def test_the_light_recipe_is_pareto_nbd_with_the_figures_of_a_full_run() -> None:
    rhythm_shop()

    light, full = member_training.train_light_candidate(silent), member_training.train_candidate(silent)

    assert (light.estimator.name, set(light.metrics["models"])) == ("pareto_nbd", {"pareto_nbd"})
    assert light.metrics["models"]["pareto_nbd"] == full.metrics["models"]["pareto_nbd"]


@freeze_time(NOON)
def test_a_live_version_of_the_same_recipe_has_the_same_figure() -> None:
    rhythm_shop()
    version = live_forecasts().version
    ModelVersion.objects.filter(pk=version.pk).update(
        parameters={"config": member_training.train_light_candidate(silent).parameters["config"]}
    )

    figures = member_training.compare(history(), names=("pareto_nbd",), progress=silent)

    assert figures["live"] == figures["pareto_nbd"]


@freeze_time(NOON)
def test_a_live_version_with_unknown_parameters_is_not_compared() -> None:
    rhythm_shop()
    live({"config": {"forgotten": 1}})

    assert member_training.train_light_candidate(silent).live_score is None


def test_nothing_is_judged_where_too_few_orders_come_before_the_held_out_weeks() -> None:
    seconds = np.arange(40) * 86_400 * 2
    few = PurchaseHistory.from_orders(np.arange(40) % 5, seconds, np.ones(40), as_of_day=80)

    assert member_training.compare(few.before(30), progress=silent) == {}


def test_a_large_shop_is_judged_on_a_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    rhythm_shop()
    monkeypatch.setattr(member_training, "MEMBERS_JUDGED", 10)

    figures = member_training.compare(history(), names=("pareto_nbd",), progress=silent)

    assert figures["pareto_nbd"]["members"] <= 10


def test_what_is_judged_is_reported() -> None:
    rhythm_shop()
    steps: list[str] = []

    member_training.compare(
        history(), names=("pareto_nbd",), progress=lambda fraction, step: steps.append(step)
    )

    assert steps == ["judging pareto_nbd"]
