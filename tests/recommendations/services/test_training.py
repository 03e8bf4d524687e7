from __future__ import annotations

import pytest

from learning.estimator import ModelFitError, silent
from membership.models import OrderItem
from recommendations.ml.blending.blend import Blend
from recommendations.services.training import train_candidate, train_light_candidate
from registry.models import ModelVersion, TrainingRun
from registry.services.runs import execute_run, request_run
from tests.recommendations.conftest import Shop


@pytest.mark.django_db
def test_a_shop_without_orders_cannot_train():
    with pytest.raises(ModelFitError, match="import orders first"):
        train_candidate(silent)


def test_every_model_is_judged_on_every_surface(shop: Shop):
    figures = train_candidate(silent).metrics["surfaces"]

    assert set(figures) == {"popularity", "als", "blend"}
    assert all("buy-again" in by_surface for by_surface in figures.values())


def test_the_chosen_models_figures_come_by_length_of_history(shop: Shop):
    candidate = train_candidate(silent)
    parts = candidate.metrics["by_history_length"]["buy-again"]
    whole = candidate.metrics["surfaces"][candidate.estimator.name]["buy-again"]

    total = sum(part["members"] * part["ndcg@10"] for part in parts.values())
    assert total / whole["members"] == pytest.approx(whole["ndcg@10"])


def test_the_best_on_the_held_out_weeks_is_trained_on_all_orders(shop: Shop):
    candidate = train_candidate(silent)
    scores = candidate.metrics["scores"]

    assert candidate.score == max(scores.values()) == scores[candidate.estimator.name]
    assert candidate.metrics["lines"] == OrderItem.objects.count()
    assert candidate.live_score is None


def test_the_light_recipe_is_habit_trend_and_factorisation_judged_on_the_same_weeks(shop: Shop):
    light, full = train_light_candidate(silent), train_candidate(silent)

    assert isinstance(light.estimator, Blend)
    assert (light.estimator.ranker_, light.estimator.next_) == (None, None)
    assert set(light.metrics["surfaces"]) == {"blend"}
    members = {surface: figures["members"] for surface, figures in light.metrics["surfaces"]["blend"].items()}
    surfaces = full.metrics["surfaces"]["blend"].items()
    assert members == {surface: figures["members"] for surface, figures in surfaces}
    assert light.metrics["lines"] == OrderItem.objects.count()


def test_a_full_candidate_is_judged_beside_the_light_recipe_that_is_live(shop: Shop):
    run = execute_run(run=request_run(family="recommendations", recipe=TrainingRun.Recipe.LIGHT)[0])

    assert run.version is not None
    assert run.version.is_light
    assert train_candidate(silent).live_score == pytest.approx(run.version.metrics["score"])


def test_the_live_version_is_judged_on_the_same_weeks(live_version: ModelVersion):
    again = train_candidate(silent)

    assert again.live_score == pytest.approx(again.score)


def test_a_live_version_of_another_configuration_is_fitted_again(live_version: ModelVersion):
    live_version.estimator, live_version.parameters = "popularity", {"config": {"half_life_days": 1.0}}
    live_version.save()
    again = train_candidate(silent)

    assert again.live_score is not None
    assert again.live_score <= again.score


def test_a_live_version_with_unknown_parameters_does_not_stop_the_retrain(live_version: ModelVersion):
    live_version.parameters = {"config": {"forgotten": 1}}
    live_version.save()

    assert train_candidate(silent).live_score is None


def test_few_orders_on_one_day_still_give_a_model(shop: Shop):
    newest = OrderItem.objects.order_by("-placed_at").values_list("pk", flat=True)[:4]
    OrderItem.objects.exclude(pk__in=list(newest)).delete()

    assert train_candidate(silent).metrics["scores"] == {}


def test_a_run_trains_promotes_and_writes_back(shop: Shop):
    run, _new = request_run(family="recommendations")
    execute_run(run=run)
    run.refresh_from_db()

    assert (run.status, run.error) == (TrainingRun.Status.SUCCEEDED, "")
    assert run.version is not None
    assert run.version.status == ModelVersion.Status.LIVE
    assert {row.model_version_id for member in shop.members for row in member.recommendations.all()} == {
        run.version.pk
    }
