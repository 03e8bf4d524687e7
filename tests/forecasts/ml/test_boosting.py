"""Trees for several targets from one set of bins."""

from __future__ import annotations

import numpy as np
import pytest

from forecasts.ml.boosting import BinnedFeatures, TreeConfig, raw
from learning.estimator import ModelFitError

rng = np.random.default_rng(0)
FEATURES = rng.normal(size=(2_000, 6)).astype(np.float32)
TARGET = FEATURES[:, 0] + rng.normal(size=2_000)
SMALL = TreeConfig(rounds=10)


@pytest.mark.parametrize("weights", [None, rng.random(2_000)], ids=["unweighted", "weighted"])
def test_a_target_is_learned_as_if_it_were_the_only_one(weights):
    def grown(binned):
        trees = binned.fit_trees(TARGET, objective="quantile", seed=4, weights=weights, alpha=0.9)
        return raw(trees, FEATURES)

    used = BinnedFeatures(FEATURES, config=SMALL)
    used.fit_trees(TARGET, objective="regression", seed=3, weights=rng.random(2_000))

    np.testing.assert_array_equal(grown(used), grown(BinnedFeatures(FEATURES, config=SMALL)))


def test_what_is_no_number_is_refused():
    with pytest.raises(ModelFitError):
        BinnedFeatures(np.full((9, 2), np.nan, dtype=np.float32), config=SMALL)
    with pytest.raises(ModelFitError):
        BinnedFeatures(FEATURES, config=SMALL).fit_trees(TARGET * np.inf, objective="regression", seed=1)
