from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from membership.segments.ml.feature_preparation import FeaturePreparation

TRAINING = np.array([[1.0, 10.0], [2.0, np.nan], [3.0, 30.0], [4.0, 20.0], [5.0, 20.0]])


def test_gaps_are_filled_with_the_training_median_and_marked():
    prepared = FeaturePreparation().fit(TRAINING).transform(np.array([[np.nan, np.nan]]))
    assert prepared.tolist() == [[0.0, 0.0, 1.0]]  # both at the median; only column 2 had gaps in training


def test_what_comes_later_does_not_move_the_scale():
    fitted = FeaturePreparation().fit(TRAINING)
    alone = fitted.transform(np.array([[3.0, 20.0]]))
    together = fitted.transform(np.array([[3.0, 20.0], [1e9, -1e9]]))
    assert together[0].tolist() == alone[0].tolist()


def test_far_values_are_drawn_in_and_flagged():
    fitted = FeaturePreparation(limit=5).fit(TRAINING)
    far = np.array([[1e9, 20.0]])
    assert fitted.transform(far)[0, 0] == 5
    assert fitted.outliers(far).tolist() == [[True, False]]


def test_a_constant_and_an_empty_column_do_no_harm():
    features = np.array([[1.0, np.nan], [1.0, np.nan]])
    assert np.isfinite(FeaturePreparation().fit(features).transform(features)).all()


def test_what_was_learned_survives_saving():
    fitted = FeaturePreparation(limit=3).fit(TRAINING)
    again = FeaturePreparation.from_arrays(fitted.arrays())
    assert (again.transform(TRAINING) == fitted.transform(TRAINING)).all()


@pytest.mark.parametrize("features", [np.empty((0, 2)), np.zeros(3), np.array([[np.inf]])])
def test_unusable_training_rows_are_refused(features):
    with pytest.raises(ValueError, match="features"):
        FeaturePreparation().fit(features)


@given(npst.arrays(np.float64, (7, 3), elements=st.floats(-1e6, 1e6) | st.just(np.nan)))
def test_prepared_features_are_finite_and_bounded(features):
    prepared = FeaturePreparation(limit=8).fit(features).transform(features)
    assert prepared.dtype == np.float32
    assert (np.abs(prepared) <= 8).all()
