"""Clusters of members: the model, without a database."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from learning.estimator import ModelFitError
from membership.segments.ml.clusters import Clusters, ClustersConfig, best_k, cohens_d, matched
from tests.membership.segments.member_groups import grouped_members


def fitted(n: int = 400, **config) -> Clusters:
    table, _groups = grouped_members(n)
    return Clusters(ClustersConfig(**config)).fit(table, rng=np.random.default_rng(1))


def test_clear_groups_are_found_with_their_number():
    table, groups = grouped_members(400)
    model = fitted()
    assert model.k_ == 4
    labels = model.assign(table)
    assert len({(label, group) for label, group in zip(labels, groups, strict=True)}) == 4


def test_a_trait_is_the_difference_between_a_group_and_the_rest():
    table, groups = grouped_members(400)
    model = fitted()
    labels = model.assign(table)
    often = labels[np.flatnonzero(groups == 0)[0]]
    traits = {trait.figure: trait for trait in model.traits(table, labels)[often]}
    assert traits["orders_365d"].effect > 1.5
    assert traits["orders_365d"].median > 30 > traits["orders_365d"].others


def test_cohens_d_by_hand():
    assert cohens_d(np.array([2.0, 4.0]), np.array([0.0, 2.0])) == pytest.approx(2 / np.sqrt(2))
    assert cohens_d(np.array([1.0]), np.array([1.0, 1.0])) == 0


def test_k_is_the_clearest_of_those_found_again():
    trials = [
        {"k": 3, "silhouette": 0.4, "stability": 0.9},
        {"k": 4, "silhouette": 0.5, "stability": 0.85},
        {"k": 5, "silhouette": 0.7, "stability": 0.3},
    ]
    assert best_k(trials, stable_from=0.8) == 4
    assert best_k(trials, stable_from=0.95) == 3


def test_groups_are_matched_by_shared_members():
    assert matched(np.array([[0, 9, 1], [5, 4, 0]])) == [(0, 1), (1, 0)]
    assert matched(np.array([[0, 0]])) == []


def test_too_few_members_or_broken_figures_are_refused():
    table, _groups = grouped_members(20)
    with pytest.raises(ModelFitError):
        Clusters().fit(table, rng=np.random.default_rng(1))
    values = grouped_members(100)[0].values.copy()
    values[3, 1] = np.nan
    with pytest.raises(ModelFitError):
        Clusters().fit(replace(grouped_members(100)[0], values=values), rng=np.random.default_rng(1))
