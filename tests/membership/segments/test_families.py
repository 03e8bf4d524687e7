"""The model family behind segments that a model makes."""

from __future__ import annotations

from celery import current_app

from learning.estimator import class_at
from membership.segments.families import register_segment_family
from membership.segments.learned.clusters import FAMILY
from membership.segments.ml.clusters import Clusters
from registry.families import families, family_named


def test_it_is_registered_with_a_model_that_can_be_loaded() -> None:
    family = family_named(FAMILY)
    assert {name: class_at(path) for name, path in family.estimators.items()} == {Clusters.name: Clusters}
    assert str(family.title) == "Segments"


def test_registering_again_does_not_list_it_twice() -> None:
    register_segment_family()
    assert [family.name for family in families()].count(FAMILY) == 1


def test_its_scores_are_renewed_by_a_task_that_exists() -> None:
    current_app.loader.import_default_modules()
    assert family_named(FAMILY).rescoring_task in current_app.tasks
