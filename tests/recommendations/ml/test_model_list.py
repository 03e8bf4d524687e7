"""The list of recommenders."""

from __future__ import annotations

import subprocess
import sys

import pytest
from django.conf import settings

from recommendations.ml.model_list import MODELS, recommender
from recommendations.ml.popularity import PopularityConfig


@pytest.mark.parametrize("name", MODELS)
def test_each_model_is_made_under_its_own_name(name: str) -> None:
    assert recommender(name).name == name


def test_a_model_takes_the_settings_that_are_given() -> None:
    config = PopularityConfig(half_life_days=3.0)
    assert recommender("popularity", config).config is config


def test_an_unknown_name_is_an_error() -> None:
    with pytest.raises(KeyError):
        recommender("horoscope")


def test_the_list_is_read_without_torch() -> None:
    code = "import sys, recommendations.ml.model_list; print('torch' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=settings.BASE_DIR, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
