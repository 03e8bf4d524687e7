"""The two model families of forecasts."""

from __future__ import annotations

import pytest

from forecasts.services.demand import FAMILY as DEMAND
from forecasts.services.member_scoring import FAMILY as MEMBERS
from forecasts.services.member_training import models
from registry.families import estimator_class, families, family_named


@pytest.mark.parametrize(("name", "estimators"), [(MEMBERS, {"pareto_nbd", "blend"}), (DEMAND, {"demand"})])
def test_every_model_of_a_family_can_be_loaded_by_its_name(name, estimators) -> None:
    assert set(family_named(name).estimators) == estimators
    for estimator in estimators:
        assert estimator_class(family=name, estimator=estimator).name == estimator


def test_every_model_that_may_compete_is_registered() -> None:
    assert set(models()) <= set(family_named(MEMBERS).estimators)


def test_both_are_listed() -> None:
    assert {MEMBERS, DEMAND} <= {family.name for family in families()}
