"""Retraining both forecasts: judged, gated, promoted, written back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import call_command
from freezegun import freeze_time

from forecasts.ml.demand.demand import Demand
from forecasts.models import Forecast, ProductForecast, StockAdvice
from forecasts.services import demand_training
from forecasts.services import member_training as forecast_training
from learning.estimator import ModelFitError, silent
from membership.models import Member
from registry.models import ModelVersion, TrainingRun
from registry.services.runs import execute_run, request_run
from tests.factories import NOON, MemberFactory, ProductFactory
from tests.forecasts.rhythm_shop import order, rhythm_shop

pytestmark = pytest.mark.django_db
People = list[Member]


@pytest.fixture
def people() -> People:
    return rhythm_shop()[0]


def test_a_shop_without_orders_says_what_is_missing() -> None:
    for train in (forecast_training.train_candidate, demand_training.train_candidate):
        with pytest.raises(ModelFitError, match="import orders first"):
            train(silent)


def test_a_shop_with_few_orders_waits() -> None:
    member, product = MemberFactory(), ProductFactory()
    for days in (20, 9, 1):
        order(member, NOON - timedelta(days=days), product=product)
    with freeze_time(NOON):
        with pytest.raises(ModelFitError, match="30 orders"):
            forecast_training.train_candidate(silent)
        with pytest.raises(ModelFitError, match="4 weeks"):
            demand_training.train_candidate(silent)


@freeze_time(NOON)
def test_the_best_on_the_held_out_weeks_is_trained_on_all_orders(people: People) -> None:
    candidate = forecast_training.train_candidate(silent)
    figures = candidate.metrics["models"]

    assert set(figures) == {"blend", "pareto_nbd"}
    assert candidate.score == max(of_model["score"] for of_model in figures.values())
    assert candidate.score == figures[candidate.estimator.name]["score"]
    assert candidate.live_score is None
    assert candidate.metrics["members"] == len(people)


@freeze_time(NOON)
def test_the_light_recipes_go_without_trees_and_are_judged_on_the_same_weeks(people: People) -> None:
    members, full = forecast_training.train_light_candidate(silent), forecast_training.train_candidate(silent)
    products = demand_training.train_light_candidate(silent)

    assert (members.estimator.name, set(members.metrics["models"])) == ("pareto_nbd", {"pareto_nbd"})
    assert members.metrics["models"]["pareto_nbd"] == full.metrics["models"]["pareto_nbd"]
    assert isinstance(products.estimator, Demand)
    assert products.estimator.trees_ == {}
    assert products.score == products.metrics["held_out"]["score"] > 0


@freeze_time(NOON)
def test_a_run_of_each_promotes_and_writes_back_and_the_next_is_judged_beside_it(people: People) -> None:
    for family in ("forecasts", "demand", "forecasts", "demand"):
        run, _new = request_run(family=family)
        execute_run(run=run)
        run.refresh_from_db()
        assert (run.status, run.error) == (TrainingRun.Status.SUCCEEDED, "")

    assert Forecast.objects.count() == len(people)
    assert (ProductForecast.objects.count(), StockAdvice.objects.count()) == (24, 3)
    for version in ModelVersion.objects.filter(number=2):
        assert version.metrics["live_score"] == version.metrics["score"]
        assert version.status == ModelVersion.Status.LIVE


@freeze_time(NOON)
def test_a_live_version_with_unknown_parameters_does_not_stop_a_retrain(people: People) -> None:
    for family, name in (("forecasts", "blend"), ("demand", "demand")):
        ModelVersion.objects.create(
            family=family, number=1, estimator=name, status="live", artefact_path=name,
            parameters={"config": {"forgotten": 1}}, artefact_sha256="0" * 64,
        )  # fmt: skip
    assert forecast_training.train_candidate(silent).live_score is None
    assert demand_training.train_candidate(silent).live_score is None


@pytest.mark.django_db(transaction=True)
def test_the_command_asks_for_both(people: People) -> None:
    with freeze_time(NOON):
        call_command("retrain", "forecasts")

    assert set(TrainingRun.objects.values_list("family", flat=True)) == {"forecasts", "demand"}
