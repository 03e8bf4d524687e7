"""From probability to decision."""

from __future__ import annotations

import numpy as np

from fraud.models import Decision
from fraud.services.policies.policy import Thresholds, choose_thresholds


def test_a_threshold_belongs_to_the_stricter_side():
    thresholds = Thresholds(review=0.2, decline=0.9)

    assert [thresholds.decide(p) for p in (0.19, 0.2, 0.9)] == [
        Decision.APPROVE,
        Decision.REVIEW,
        Decision.DECLINE,
    ]


def test_reviews_keep_to_the_daily_capacity():
    probability = np.linspace(0, 1, 10_000)
    thresholds = choose_thresholds(
        is_fraud=np.zeros(10_000), probability=probability, days=20, reviews_per_day=5
    )

    assert (probability >= thresholds.review).sum() == 100


def test_a_small_shop_reviews_a_small_share():
    probability = np.linspace(0, 1, 200)
    thresholds = choose_thresholds(is_fraud=np.zeros(200), probability=probability, days=40)

    assert (probability >= thresholds.review).sum() == 6


def test_nothing_is_declined_on_thin_evidence():
    is_fraud = np.array([0.0] * 990 + [1.0] * 10)
    probability = np.linspace(0, 1, 1_000)

    assert choose_thresholds(is_fraud=is_fraud, probability=probability, days=10).decline is None


def test_orders_that_were_nearly_always_fraud_are_declined():
    is_fraud = np.array([0.0] * 960 + [1.0] * 40)
    probability = np.linspace(0, 1, 1_000)
    decline = choose_thresholds(is_fraud=is_fraud, probability=probability, days=10).decline

    assert decline is not None
    flagged = probability >= decline
    assert is_fraud[flagged].mean() >= 0.95
