from __future__ import annotations

from typing import Any

import pytest
from pytest_django.fixtures import Settings

from recommendations.services.tuning import LIMITS, Tuning


def test_the_default_follows_the_settings(settings: Settings):
    settings.RECOMMENDATIONS = {**settings.RECOMMENDATIONS, "DIVERSITY": 0.4}

    assert Tuning.default().diversity == 0.4
    assert Tuning.changed({}) == Tuning.default()


def test_only_what_is_given_changes():
    changed = Tuning.changed({"session": 2})

    assert changed.session == 2.0
    assert changed.diversity == Tuning.default().diversity


@pytest.mark.parametrize("name", LIMITS)
def test_the_ends_of_a_range_are_inside(name: str):
    for end in LIMITS[name]:
        assert getattr(Tuning.changed({name: end}), name) == end


@pytest.mark.parametrize("value", [-0.1, 5.1, True, "1", None, float("nan"), float("inf")])
def test_a_value_outside_its_range_is_refused_with_the_range(value: Any):
    with pytest.raises(ValueError, match="session must be a number from 0 to 5"):
        Tuning.changed({"session": value})


def test_an_unknown_setting_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="no setting colour; known: diversity, session, weariness"):
        Tuning.changed({"colour": 1})
