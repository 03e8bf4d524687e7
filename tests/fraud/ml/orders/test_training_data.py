"""Sampling, scaling and calibration."""

from __future__ import annotations

import numpy as np
import pytest

from fraud.ml.orders.training_data import (
    CLIP,
    LabelledSequences,
    PlattCalibration,
    StepScaler,
    newest_slice,
    sample_genuine,
    sigmoid,
    undo_sampling,
)
from learning.estimator import ModelFitError
from tests.fraud.toys import large_amounts


def test_the_scaler_knows_training_orders_only():
    scaler = StepScaler.fit(np.array([[1.0, np.nan], [3.0, 5.0]], np.float32))

    np.testing.assert_allclose(scaler.transform(np.array([[2.0, 5.0]], np.float32))[0], [0, 0, 0])
    np.testing.assert_allclose(scaler.transform(np.array([[3.0, np.nan]], np.float32))[0], [1, 0, 1])
    assert scaler.transform(np.array([[1e9, 0]], np.float32))[0, 0] == CLIP


def test_the_newest_slice_is_newer_than_the_rest():
    data = large_amounts()
    older, newest = newest_slice(data, share=0.25)

    assert len(newest) == 100
    assert data.placed_at[older].max() < data.placed_at[newest].min()


def test_all_frauds_are_kept_and_genuine_orders_sampled():
    is_fraud = np.array([1] * 5 + [0] * 95, np.float32)
    rows, share = sample_genuine(is_fraud, per_fraud=10, rng=np.random.default_rng(1))

    assert is_fraud[rows].sum() == 5
    assert len(rows) == 55
    assert share == pytest.approx(50 / 95)


def test_prior_correction_gives_back_the_true_rate():
    # 2 % of all orders are fraud; with a tenth of the genuine ones they look like 0.02 of 0.118
    seen = np.log(np.array([0.02 / 0.098]))
    assert sigmoid(undo_sampling(seen, genuine_share=0.1))[0] == pytest.approx(0.02)


def test_calibration_keeps_the_ranking_and_corrects_the_level():
    rng = np.random.default_rng(2)
    truth = rng.normal(-3, 1.5, 5_000)
    is_fraud = (rng.random(5_000) < sigmoid(truth)).astype(np.float32)
    overconfident = 3 * truth + 2

    probability = PlattCalibration.fit(overconfident, is_fraud).probability(overconfident)

    assert probability.mean() == pytest.approx(is_fraud.mean(), abs=0.005)
    np.testing.assert_array_equal(np.argsort(probability), np.argsort(overconfident))


@pytest.mark.parametrize(
    ("labels", "message"),
    [([0.0] * 400, "both are needed"), ([np.nan] * 400, "0 or 1")],
)
def test_labels_that_teach_nothing_are_refused(labels, message):
    data = large_amounts()
    with pytest.raises(ModelFitError, match=message):
        LabelledSequences(data.sequences, np.array(labels, np.float32), data.placed_at).checked()
