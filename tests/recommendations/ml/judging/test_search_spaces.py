"""What a search of settings may change about each recommender."""

from __future__ import annotations

import pytest

from learning.tuning import changed
from recommendations.ml.judging.search_spaces import SPACES, space_of
from recommendations.ml.model_list import MODELS, recommender

SEARCHED = sorted(SPACES)


def default(config: object, name: str) -> object:
    for part in name.split("."):
        config = getattr(config, part)
    return config


@pytest.mark.parametrize("name", SEARCHED)
def test_each_space_belongs_to_a_model_and_names_settings_that_it_has(name: str) -> None:
    config = recommender(name).config
    for setting, values in space_of(name, config).items():
        for value in values:
            assert default(changed(config, {setting: value}), setting) == value


@pytest.mark.parametrize("name", SEARCHED)
def test_each_setting_has_several_different_values(name: str) -> None:
    for setting, values in SPACES[name].items():
        assert len(set(values)) == len(values) > 1, setting


@pytest.mark.parametrize("name", SEARCHED)
def test_numbers_are_chosen_on_both_sides_of_the_default_or_include_it(name: str) -> None:
    config = recommender(name).config
    for setting, values in SPACES[name].items():
        usual, numbers = default(config, setting), [value for value in values if value is not None]
        if usual is None:
            assert None in values, setting
        else:
            assert min(numbers) <= usual <= max(numbers), setting


def test_a_model_without_a_space_has_an_empty_one() -> None:
    assert space_of("gan", recommender("gan").config) == {}
    assert set(SPACES) <= set(MODELS)


def test_a_configuration_may_bring_its_own_space() -> None:
    class Config:
        SEARCH = {"depth": (1, 2)}

    assert space_of("als", Config()) == {"depth": (1, 2)}
