"""Probabilities that can be multiplied with money."""

from __future__ import annotations

import numpy as np

from fraud.ml.judging.verdicts import calibration_error
from fraud.ml.models.calibration import MonotoneCalibration


def logits_of(rng, *, genuine, frauds):
    """Orders that are told apart nearly always."""
    logits = np.concatenate([rng.normal(-12, 3, genuine), rng.normal(5, 3, frauds)])
    return logits, np.repeat([0, 1], (genuine, frauds)).astype(np.float32)


def test_the_many_genuine_orders_are_not_drawn_towards_the_few_frauds():
    rng = np.random.default_rng(1)
    curve = MonotoneCalibration.fit(*logits_of(rng, genuine=20_000, frauds=300))
    logits, is_fraud = logits_of(rng, genuine=20_000, frauds=300)
    probability = curve.probability(logits)

    assert probability[is_fraud == 0].mean() < 0.001
    assert probability[is_fraud == 1].mean() > 0.9
    assert calibration_error(is_fraud, probability) < 0.001


def test_a_higher_logit_never_gets_a_lower_probability_nor_the_same():
    rng = np.random.default_rng(2)
    curve = MonotoneCalibration.fit(*logits_of(rng, genuine=20_000, frauds=300))
    probability = curve.probability(np.linspace(-12, 8, 400))

    assert (np.diff(probability) > 0).all()
    assert 0 < probability[0] < probability[-1] < 1
