"""Retraining demand forecasts of products."""

from __future__ import annotations

from datetime import timedelta

import pytest
from freezegun import freeze_time

from forecasts.features import load_sales
from forecasts.ml.demand.demand import Demand, DemandConfig
from forecasts.models import PlannedPromotion
from forecasts.services import demand_training
from learning.estimator import ModelFitError, silent
from registry.models import ModelVersion
from tests.factories import NOON, MemberFactory, ProductFactory
from tests.forecasts.rhythm_shop import order, rhythm_shop
from tests.forecasts.toys import steady_sales

pytestmark = pytest.mark.django_db
SMOOTHED = DemandConfig(with_trees=False)


def live(config: dict[str, object], *, estimator: str = "demand") -> None:
    ModelVersion.objects.create(
        family="demand", number=1, estimator=estimator, status="live", artefact_path="x",
        parameters={"config": config}, artefact_sha256="0" * 64,
    )  # fmt: skip


def test_a_shop_without_sales_says_what_is_missing() -> None:
    with pytest.raises(ModelFitError, match="import orders first"):
        demand_training.train_candidate(silent)


@freeze_time(NOON)
def test_too_few_weeks_are_named_with_what_is_needed() -> None:
    member, product = MemberFactory(), ProductFactory()
    for days in (20, 9, 1):
        order(member, NOON - timedelta(days=days), product=product)

    with pytest.raises(ModelFitError, match="need 4 weeks of sales; there are 2"):
        demand_training.train_candidate(silent)


@freeze_time(NOON)
def test_the_light_recipe_has_no_trees_and_a_figure_of_the_held_out_weeks() -> None:
    _people, products = rhythm_shop()

    candidate = demand_training.train_light_candidate(silent)

    assert isinstance(candidate.estimator, Demand)
    assert candidate.estimator.trees_ == {}
    assert candidate.score == candidate.metrics["held_out"]["score"] > 0
    assert (candidate.metrics["products"], candidate.metrics["promoted_share"]) == (len(products), 0.0)
    assert candidate.live_score is None


@freeze_time(NOON)
def test_the_window_of_the_data_and_its_fingerprint_follow_the_sales() -> None:
    people, products = rhythm_shop()
    before = demand_training.train_light_candidate(silent)
    again = demand_training.train_light_candidate(silent)
    order(people[0], NOON - timedelta(days=3), product=products[0])

    after = demand_training.train_light_candidate(silent)

    assert before.data_from is not None
    assert before.data_until is not None
    assert (before.data_until - before.data_from).days == 7 * before.metrics["weeks"]
    assert before.data_fingerprint == again.data_fingerprint != after.data_fingerprint


@freeze_time(NOON)
def test_planned_promotions_of_past_weeks_are_counted() -> None:
    _people, products = rhythm_shop()
    first = NOON.date() - timedelta(days=30)
    PlannedPromotion.objects.create(
        product=products[0], kind="display", starts_on=first, ends_on=first + timedelta(days=13), share=1.0
    )

    assert 0 < demand_training.train_light_candidate(silent).metrics["promoted_share"] < 0.2


def test_a_model_is_judged_on_weeks_after_those_it_was_fitted_on() -> None:
    figures = demand_training.judged(lambda: Demand(SMOOTHED), steady_sales(), progress=silent)

    assert figures["weeks"] == demand_training.WEEKS_HELD_BACK
    assert figures["score"] == pytest.approx(1 / (1 + figures["pinball"]))
    assert 0 < figures["wape"] < 0.5
    assert abs(figures["bias"]) < 0.2
    assert 0.5 < figures["covered_80"] <= 1


def test_three_weeks_are_too_few_to_hold_any_back() -> None:
    assert demand_training.judged(lambda: Demand(SMOOTHED), steady_sales(weeks=3), progress=silent) == {}


@freeze_time(NOON)
def test_a_live_version_of_the_same_recipe_has_the_same_figure() -> None:
    rhythm_shop()
    live(demand_training.train_light_candidate(silent).parameters["config"])

    candidate = demand_training.train_light_candidate(silent)

    assert candidate.live_score == candidate.score


@freeze_time(NOON)
def test_a_live_version_of_another_recipe_is_judged_on_the_same_weeks() -> None:
    rhythm_shop()
    config = demand_training.train_light_candidate(silent).parameters["config"]
    live({**config, "with_trees": True})

    candidate = demand_training.train_light_candidate(silent)

    judged = demand_training.judged(lambda: Demand(DemandConfig()), load_sales(as_of=NOON), progress=silent)
    assert candidate.live_score == pytest.approx(judged["score"], rel=1e-6)


@freeze_time(NOON)
@pytest.mark.parametrize(("config", "estimator"), [({"forgotten": 1}, "demand"), ({}, "another")])
def test_a_live_version_that_cannot_be_rebuilt_is_not_compared(config, estimator) -> None:
    rhythm_shop()
    live(config, estimator=estimator)

    assert demand_training.train_light_candidate(silent).live_score is None
