"""Probabilities that can be multiplied with money."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from fraud.ml.judging.verdicts import calibration_error
from fraud.ml.models import calibration
from fraud.ml.models.calibration import MonotoneCalibration
from fraud.ml.orders.training_data import sigmoid


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


def test_two_logits_that_hardly_differ_share_a_knot():
    logits = np.array([-1.0, 3e-304, 0.0])
    is_fraud = np.array([0, 1, 0], np.float32)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(calibration, "FEWEST_FRAUDS", 0)
        curve = MonotoneCalibration.fit(logits, is_fraud)

    assert np.isfinite(curve.probability(np.sort(logits))).all()


@given(
    arrays.arrays(np.float64, st.integers(2, 40), elements=st.floats(-30, 30)),
    st.integers(0, 2**32 - 1),
)
def test_any_curve_keeps_the_order_and_stays_between_0_and_1(logits: np.ndarray, seed: int):
    is_fraud = (np.random.default_rng(seed).random(len(logits)) < 0.4).astype(np.float32)
    for fewest in (0, len(logits) + 1):  # by steps, and by Platt's two numbers
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(calibration, "FEWEST_FRAUDS", fewest)
            curve = MonotoneCalibration.fit(logits, is_fraud)
        probability = curve.probability(np.sort(logits))

        assert ((probability >= 0) & (probability <= 1)).all()
        assert (np.diff(probability) >= 0).all()


def test_few_frauds_are_calibrated_by_two_numbers():
    rng = np.random.default_rng(3)
    curve = MonotoneCalibration.fit(*logits_of(rng, genuine=2_000, frauds=calibration.FEWEST_FRAUDS - 1))

    assert curve.knots.shape == (2, 0)
    np.testing.assert_allclose(
        curve.probability(np.array([1.0])),
        sigmoid(np.array([curve.platt.slope + curve.platt.offset])),
        rtol=1e-5,
    )


def test_the_mean_probability_is_the_share_of_frauds():
    rng = np.random.default_rng(4)
    logits, is_fraud = logits_of(rng, genuine=5_000, frauds=400)
    probability = MonotoneCalibration.fit(logits, is_fraud).probability(logits)

    assert probability.mean() == pytest.approx(is_fraud.mean(), rel=0.02)


def test_no_order_is_certain():
    rng = np.random.default_rng(5)
    curve = MonotoneCalibration.fit(*logits_of(rng, genuine=5_000, frauds=400))
    extreme = curve.probability(np.array([-1e6, 1e6]))

    assert 0 <= extreme[0] < 1e-3
    assert 0.9 < extreme[1] < 1


def test_a_curve_is_read_back_from_its_artefact():
    rng = np.random.default_rng(6)
    logits, is_fraud = logits_of(rng, genuine=2_000, frauds=100)
    curve = MonotoneCalibration.fit(logits, is_fraud)
    again = MonotoneCalibration.from_artefact(curve.parameters(), curve.arrays())

    np.testing.assert_array_equal(again.probability(logits), curve.probability(logits))
