from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

from fraud.features import load_orders
from fraud.models import PastScores
from fraud.services.policies import past_scores
from fraud.services.policies.past_scores import Past, keep_past_scores, past_orders
from registry.models import ModelVersion
from registry.services import LoadedModel
from tests.factories import ModelVersionFactory, OrderFactory

pytestmark = pytest.mark.django_db


class Tenths:
    """Gives the order in row i a probability of i tenths."""

    def score(self, inputs):
        return np.arange(len(inputs), dtype=np.float32) / 10


def judged() -> Past:
    past = past_orders()
    assert past is not None
    return past


def keep(version: ModelVersion) -> PastScores | None:
    orders = load_orders()
    return keep_past_scores(
        loaded=LoadedModel(version, Tenths()), orders=orders, sequences=orders.sequences()
    )


def kept(**fields):
    version = ModelVersionFactory(family="fraud", estimator="logistic", **fields)
    return keep(version)


def labelled(days_ago: int, *, is_fraud: bool, total: str = "10.00"):
    placed = timezone.now() - timedelta(days=days_ago)
    return OrderFactory(
        placed_at=placed,
        is_fraud=is_fraud,
        label_known_at=placed + timedelta(days=1),
        label_source="chargeback",
        total=total,
    )


def test_nothing_is_kept_while_no_label_is_mature():
    OrderFactory(placed_at=timezone.now())
    assert kept() is None
    assert past_orders() is None


def test_orders_come_back_with_probability_amount_label_and_day():
    orders = [labelled(200, is_fraud=True, total="12.50"), labelled(190, is_fraud=False)]
    kept()
    past = judged()

    assert past.order.tolist() == [order.pk for order in orders]
    assert past.probability.tolist() == pytest.approx([0, 0.1])
    assert past.amount.tolist() == [12.5, 10]
    assert past.is_fraud.tolist() == [1, 0]
    assert np.diff(past.day).tolist() == [10]
    assert past.weight.tolist() == [1, 1]


def test_scores_of_the_model_itself_are_marked_as_such(caplog):
    labelled(200, is_fraud=True)
    kept()
    assert judged().in_sample
    assert "no twin" in caplog.text


def test_only_the_held_out_weeks_are_kept():
    now = timezone.now()
    labelled(200, is_fraud=True)
    inside = labelled(150, is_fraud=True)
    window = {
        "from": (now - timedelta(days=160)).isoformat(),
        "until": (now - timedelta(days=140)).isoformat(),
    }
    kept(metrics={"held_out": window})
    past = judged()

    assert past.order.tolist() == [inside.pk]
    assert past.days == pytest.approx(20)


def test_a_sample_of_genuine_orders_stands_for_all_and_frauds_are_kept(monkeypatch):
    monkeypatch.setattr(past_scores, "MOST_GENUINE", 4)
    for _ in range(10):
        labelled(200, is_fraud=False)
    labelled(201, is_fraud=True)
    row = kept()
    past = judged()
    assert row is not None

    assert (row.orders, row.frauds) == (11, 1)
    assert sorted(past.weight.tolist()) == [1, 2.5, 2.5, 2.5, 2.5]
    assert past.weight[past.is_fraud == 1].tolist() == [1]


def test_keeping_again_replaces_the_row():
    labelled(200, is_fraud=True)
    first = kept()
    assert first is not None
    labelled(190, is_fraud=True)
    again = keep(first.model_version)

    assert PastScores.objects.get() == again
    assert PastScores.objects.get().frauds == 2


def test_scores_of_a_version_that_is_not_live_are_not_used():
    labelled(200, is_fraud=True)
    kept(status="retired")
    assert past_orders() is None
