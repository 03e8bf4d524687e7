from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from fraud.ml.models.logistic import LogisticConfig, LogisticFraud
from fraud.ml.orders.sequences import FEATURES
from fraud.ml.orders.step_features import STEP_FEATURES
from fraud.ml.orders.training_data import sigmoid
from learning.estimator import ArtefactError
from tests.fraud.toys import large_amounts


@pytest.fixture(scope="module")
def fitted() -> LogisticFraud:
    return LogisticFraud().fit(large_amounts(), rng=np.random.default_rng(1))


def test_a_larger_amount_is_more_suspect(fitted: LogisticFraud):
    amount = FEATURES.index("log_amount")

    assert fitted.weights_[amount] > 0


def test_logits_are_the_weighted_scaled_features(fitted: LogisticFraud):
    sequences = large_amounts().sequences
    scaled = fitted.scaler_.transform(sequences.current()).astype(np.float64)

    np.testing.assert_allclose(
        fitted.logits(sequences), scaled @ fitted.weights_[:-1] + fitted.weights_[-1], rtol=1e-6
    )


def test_scores_are_calibrated_logits(fitted: LogisticFraud):
    sequences = large_amounts().sequences
    slope, offset = fitted.calibration_.slope, fitted.calibration_.offset

    expected = sigmoid(slope * fitted.logits(sequences) + offset)
    np.testing.assert_allclose(fitted.score(sequences), expected, rtol=1e-5)


def test_a_stronger_penalty_makes_smaller_weights():
    strong, weak = (
        LogisticFraud(LogisticConfig(inverse_penalty=c)).fit(large_amounts(), rng=np.random.default_rng(1))
        for c in (1e-4, 1.0)
    )

    assert np.abs(strong.weights_[:-1]).sum() < np.abs(weak.weights_[:-1]).sum()


def test_the_neutral_step_leaves_labels_out(fitted: LogisticFraud):
    typical = fitted.typical_step

    assert len(typical) == len(FEATURES) - 3
    assert typical[0] == pytest.approx(fitted.scaler_.mean[STEP_FEATURES.index("log_amount")])


def test_no_orders_have_no_logits(fitted: LogisticFraud):
    assert fitted.logits(large_amounts().sequences.select(slice(0, 0))).shape == (0,)


def test_a_model_of_other_features_is_refused(fitted: LogisticFraud, tmp_path: Path):
    fitted.save(tmp_path / "m")
    saved = json.loads((tmp_path / "m" / "model.json").read_text())
    saved["parameters"]["features"].pop()
    (tmp_path / "m" / "model.json").write_text(json.dumps(saved))

    with pytest.raises(ArtefactError, match="other features"):
        LogisticFraud.load(tmp_path / "m")
