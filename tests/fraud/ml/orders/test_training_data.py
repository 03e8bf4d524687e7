"""Sampling, scaling and calibration."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

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
def test_labels_of_one_kind_or_none_are_refused(labels, message):
    data = large_amounts()
    with pytest.raises(ModelFitError, match=message):
        LabelledSequences(data.sequences, np.array(labels, np.float32), data.placed_at).checked()


steps = arrays.arrays(np.float32, (6, 3), elements=st.floats(-1e4, 1e4, width=32) | st.just(float("nan")))


@given(steps)
def test_scaled_steps_have_no_gaps_and_stay_within_the_clip(values: np.ndarray):
    scaler = StepScaler.fit(values)
    scaled = scaler.transform(values)

    assert np.isfinite(scaled).all()
    assert np.abs(scaled[:, :3]).max() <= CLIP
    assert scaled.shape[1] == 3 + np.isnan(values).any(axis=0).sum()


@given(steps)
def test_what_is_missing_is_the_mean_and_flagged(values: np.ndarray):
    scaler = StepScaler.fit(values)
    scaled = scaler.transform(values)
    missing = np.isnan(values)

    assert (scaled[:, :3][missing] == 0).all()
    assert scaled[:, 3:].tolist() == missing[:, scaler.flagged].tolist()


@given(arrays.arrays(np.float64, 5, elements=st.floats(-50, 50)), st.floats(0.01, 1))
def test_undoing_a_sample_moves_the_odds_by_its_share(logits: np.ndarray, share: float):
    sampled, true = np.exp(logits), np.exp(undo_sampling(logits, genuine_share=share))

    np.testing.assert_allclose(true, sampled * share, rtol=1e-9)


@given(st.lists(st.sampled_from((0.0, 1.0)), min_size=2, max_size=30), st.integers(1, 5))
def test_a_sample_holds_all_frauds_and_no_genuine_order_twice(labels: list[float], per_fraud: int):
    is_fraud = np.array(labels, np.float32)
    n_genuine = int((is_fraud == 0).sum())
    if not n_genuine:
        return
    rows, share = sample_genuine(is_fraud, per_fraud=per_fraud, rng=np.random.default_rng(1))

    assert len(set(rows.tolist())) == len(rows)
    assert is_fraud[rows].sum() == is_fraud.sum()
    assert share == min(1, per_fraud * int(is_fraud.sum()) / n_genuine)


@given(arrays.arrays(np.float64, 30, elements=st.floats(-20, 20)), st.integers(0, 99))
def test_platt_scaling_never_reverses_the_ranking(logits: np.ndarray, seed: int):
    is_fraud = (np.random.default_rng(seed).random(30) < 0.5).astype(np.float32)
    fitted = PlattCalibration.fit(logits, is_fraud)

    assert fitted.slope > 0
    assert (np.diff(fitted.probability(np.sort(logits))) >= 0).all()


def test_the_sigmoid_never_overflows():
    with np.errstate(over="raise"):
        assert sigmoid(np.array([-1e6, 0.0, 1e6])).tolist() == [0, 0.5, 1]
