"""Look-alikes: the model, without a database."""

from __future__ import annotations

import numpy as np
import pytest

from learning.estimator import ModelFitError
from membership.segments.ml.look_alikes import find_look_alikes


def tastes(n: int = 300):
    """Half like one thing: only the second kind of column tells; a fifth of them are in the segment."""
    rng = np.random.default_rng(2)
    likes = rng.random(n) < 0.5
    inside = likes & (rng.random(n) < 0.5)
    columns = {
        "figures": rng.normal(size=(n, 3)),
        "vectors": likes[:, None] + rng.normal(0, 0.2, size=(n, 2)),
    }
    return columns, inside, likes


def test_those_with_the_same_taste_come_first():
    columns, inside, likes = tastes()
    result = find_look_alikes(columns, inside, rng=np.random.default_rng(1))
    best = np.argsort(-np.where(inside, -np.inf, result.scores))[:40]
    assert likes[best].mean() > 0.95
    assert result.chosen in ("vectors", "together")
    assert result.auc["vectors"] > 0.7 > result.auc["figures"]


def test_the_same_seed_finds_the_same():
    columns, inside, _likes = tastes()
    one, other = (find_look_alikes(columns, inside, rng=np.random.default_rng(1)) for _ in range(2))
    np.testing.assert_array_equal(one.scores, other.scores)
    assert one.auc == other.auc


def test_too_few_members_or_broken_figures_are_refused():
    columns, inside, _likes = tastes(30)
    with pytest.raises(ModelFitError, match="20 members"):
        find_look_alikes(columns, inside, rng=np.random.default_rng(1))
    columns, inside, _likes = tastes()
    columns["figures"][0, 0] = np.inf
    with pytest.raises(ModelFitError, match="finite"):
        find_look_alikes(columns, inside, rng=np.random.default_rng(1))
