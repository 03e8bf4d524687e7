"""A model that is late, gone or mad costs the buyer a review, never the order."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from pytest_django.fixtures import Settings

from fraud.models import DecidedBy, Decision, DecisionLog
from fraud.services.replaying import replay_decision
from fraud.services.scoring import score_order
from registry.models import ModelVersion
from registry.services import LoadedModel, load_live, versions
from tests.factories import ModelVersionFactory, OrderFactory

pytestmark = pytest.mark.django_db


class Answers:
    """An estimator that gives one score, once it is allowed to."""

    typical_step = np.zeros(1_000, np.float32)

    def __init__(self, score: float) -> None:
        self.value, self.go_on = score, threading.Event()
        self.go_on.set()

    def score(self, sequences: Any) -> Any:
        self.go_on.wait(60)
        return np.full(len(sequences), self.value, np.float32)


def serve(estimator: Answers, **version: Any) -> ModelVersion:
    thresholds = {"thresholds": {"review": 0.5, "decline": None}}
    row = ModelVersionFactory(family="fraud", parameters=thresholds, **version)
    versions._loaded["fraud"] = LoadedModel(row, estimator)
    return row


@pytest.fixture
def slow() -> Iterator[Answers]:
    estimator = Answers(0.1)
    estimator.go_on.clear()
    yield estimator
    estimator.go_on.set()


def test_a_model_that_takes_too_long_costs_a_review(slow: Answers, settings: Settings):
    settings.FRAUD_ANSWER_SECONDS = 0.15
    serve(slow)
    score = score_order(order=OrderFactory())
    assert (score.decision, score.decided_by) == (Decision.REVIEW, DecidedBy.TIME_OUT)
    assert score.reasons[0]["code"] == "time_out"
    assert (score.latency_ms or 0) < 5_000
    assert replay_decision(log=DecisionLog.objects.get()).differences == []


@pytest.mark.parametrize("nonsense", [float("nan"), 2.0])
def test_a_score_that_is_no_probability_costs_a_review(nonsense: float):
    serve(Answers(nonsense))
    score = score_order(order=OrderFactory())
    assert (score.decision, score.decided_by, score.probability) == ("review", DecidedBy.NO_MODEL, None)


def test_nobody_waits_for_a_new_version_while_the_old_one_serves():
    old = serve(Answers(0.1))
    ModelVersion.objects.update(status=ModelVersion.Status.RETIRED)
    ModelVersionFactory(family="fraud")  # live, and its file is still being read
    assert load_live("fraud", within=0.1).version == old
    assert score_order(order=OrderFactory()).model_version == old


def test_a_version_whose_number_is_known_is_served_without_a_query(django_assert_num_queries: Any):
    row = serve(Answers(0.1))
    with django_assert_num_queries(0):
        assert load_live("fraud", live_id=row.pk).version == row
