"""The trees are scikit-learn's, the scoring is our own."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import IsolationForest as Grown

from fraud.ml.models.isolation_forest import LEAST_ORDERS, IsolationForest, Trees, usual_length
from learning.estimator import ModelFitError
from learning.metrics.detection import average_precision
from tests.fraud.toys import few_strange_orders


def test_path_lengths_are_scikit_learns():
    rng = np.random.default_rng(3)
    inputs = rng.normal(size=(700, 6)).astype(np.float32)
    inputs[:, 2] = rng.integers(0, 2, len(inputs))
    grown = Grown(n_estimators=40, max_samples=256, random_state=1).fit(inputs)
    others = rng.normal(scale=2, size=(300, 6)).astype(np.float32)

    score = 2 ** (-Trees.of(grown).mean_length(others) / usual_length(np.array([256]))[0])
    np.testing.assert_allclose(score, -grown.score_samples(others), rtol=1e-9)


def test_a_usual_path_is_the_papers():
    """c(n) = 2 H(n − 1) − 2 (n − 1) / n, H(i) about ln(i) + Euler's constant."""
    assert usual_length(np.array([1, 2])).tolist() == [0.0, 1.0]
    assert usual_length(np.array([256]))[0] == pytest.approx(2 * (np.log(255) + 0.5772156649) - 2 * 255 / 256)


def test_the_score_is_the_share_of_less_unusual_orders():
    data = few_strange_orders()
    model = IsolationForest().fit(data.sequences, rng=np.random.default_rng(1))
    score, anomaly = model.score(data.sequences), model.anomaly(data.sequences)

    n = len(data)
    less = np.array([(anomaly < one).sum() for one in anomaly])
    np.testing.assert_allclose(score, (less + 0.5) / (n + 1), rtol=1e-6)
    assert 0 < score.min() < 0.01
    assert 0.99 < score.max() < 1


def test_labels_are_not_looked_at():
    data = few_strange_orders()
    model = IsolationForest().fit(data.sequences, rng=np.random.default_rng(1))

    assert average_precision(data.is_fraud, model.score(data.sequences)) > 0.9
    assert np.isnan(data.sequences.current()).any()  # and missing facts are no reason to fail


def test_too_few_orders_are_refused_with_their_number():
    data = few_strange_orders()

    with pytest.raises(ModelFitError, match=f"only 50 orders.* from {LEAST_ORDERS} orders on"):
        IsolationForest().fit(data.sequences.select(slice(0, 50)), rng=np.random.default_rng(1))
