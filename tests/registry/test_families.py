from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured

from registry.families import UnknownFamily, check_competing, estimator_class, families, family_named
from tests.registry.toy import Constant, toy_family


def test_families_are_listed_by_name():
    with toy_family():
        names = [family.name for family in families()]
    assert names == sorted(names)
    assert "toy" in names


def test_an_unknown_family_is_named_beside_the_known_ones():
    with toy_family(), pytest.raises(UnknownFamily, match=r"'nothing'; known: .*toy"):
        family_named("nothing")


def test_a_class_is_found_by_its_name():
    with toy_family():
        assert estimator_class(family="toy", estimator="constant") is Constant


def test_a_model_that_the_family_does_not_name_is_refused():
    with toy_family(), pytest.raises(UnknownFamily, match="'other'; known: constant"):
        estimator_class(family="toy", estimator="other")


def test_every_registered_class_carries_the_name_it_is_registered_under():
    for family in families():
        for name in family.estimators:
            assert estimator_class(family=family.name, estimator=name).name == name


@pytest.mark.parametrize(("names", "named"), [(["constant", "other"], "'other'"), ([], "no model")])
def test_a_setting_that_names_no_such_model_is_refused_with_the_possible_ones(names, named):
    message = f"TOY names {named}; possible: constant."
    with toy_family(), pytest.raises(ImproperlyConfigured, match=message):
        check_competing(family="toy", names=names, setting="TOY")


def test_a_setting_that_names_known_models_is_accepted():
    with toy_family():
        check_competing(family="toy", names=["constant"], setting="TOY")
