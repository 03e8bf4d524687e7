"""A retrain compares, refits, registers, scores, and keeps a worse model out."""

from __future__ import annotations

import json
from datetime import timedelta

import numpy as np
import pytest

from fraud.models import FraudScore
from fraud.services.desk.alerts import review_alert
from fraud.services.training import TWIN
from membership.models import Order
from registry.models import ModelVersion, TrainingRun
from tests.factories import FraudAlertFactory, OrderFactory
from tests.fraud.conftest import retrain

pytestmark = pytest.mark.django_db


def test_a_retrain_promotes_a_model_that_scores_every_order(live):
    assert set(live.metrics["models"]) == {"logistic", "boosted_trees", "lstm", "lstm_member", "blend"}
    assert live.metrics["score"] > 0.5
    assert FraudScore.objects.filter(model_version=live).count() == Order.objects.count()


def test_the_frauds_of_the_toy_shop_score_above_the_rest(live):
    scores = FraudScore.objects.values_list("order__is_fraud", "probability")
    frauds = [probability or 0.0 for is_fraud, probability in scores if is_fraud]
    others = [probability or 0.0 for is_fraud, probability in scores if not is_fraud]

    assert np.quantile(frauds, 0.3) > np.quantile(others, 0.95)


def test_the_next_candidate_is_compared_with_the_live_configuration(live):
    assert (live.artefact / TWIN / "model.json").exists()
    retrain()
    second = ModelVersion.objects.get(family="fraud", number=2)

    assert second.metrics["live_score"] == pytest.approx(live.metrics["score"], abs=0.2)


def test_the_same_shop_trains_the_same_model(live):
    retrain()
    first, second = ModelVersion.objects.filter(family="fraud").order_by("number")

    assert first.data_fingerprint == second.data_fingerprint
    assert first.metrics["score"] == pytest.approx(second.metrics["score"], abs=1e-6)


def test_a_verdict_counts_in_the_next_retrain(live, now):
    order = Order.objects.filter(is_fraud=None, placed_at__lt=now - timedelta(days=1)).latest("placed_at")
    alert = FraudAlertFactory(order=order)
    review_alert(alert=alert, reviewer=None, verdict="fraud", at=now - timedelta(hours=1))
    retrain()
    second = ModelVersion.objects.get(family="fraud", number=2)

    assert second.metrics["training_frauds"] == live.metrics["training_frauds"] + 1
    assert second.metrics["labels_by_review"] == 1
    assert second.data_fingerprint != live.data_fingerprint


def test_a_shop_without_frauds_says_why_it_cannot_train():
    OrderFactory()
    run = retrain()

    assert run.status == TrainingRun.Status.FAILED
    assert "known frauds" in run.error


def test_a_light_retrain_judges_trees_alone_and_the_full_one_is_judged_beside_them(shop):
    light = retrain(recipe=TrainingRun.Recipe.LIGHT).version
    full = retrain().version
    assert light is not None
    assert full is not None

    assert (light.estimator, set(light.metrics["models"])) == ("boosted_trees", {"boosted_trees"})
    assert light.metrics["score"] > 0.5
    assert full.metrics["live_score"] == pytest.approx(light.metrics["score"])
    assert FraudScore.objects.filter(model_version=full).count() == Order.objects.count()


def test_figures_are_json(live):
    json.dumps([live.parameters, live.metrics], allow_nan=False)
