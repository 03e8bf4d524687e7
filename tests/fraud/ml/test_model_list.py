"""The list of fraud models."""

from __future__ import annotations

import subprocess
import sys

import pytest
from django.conf import settings

from fraud.ml.model_list import MODELS, fraud_model
from fraud.ml.models.logistic import LogisticConfig


@pytest.mark.parametrize("name", MODELS)
def test_each_model_is_made_under_its_own_name(name: str) -> None:
    assert fraud_model(name).name == name


def test_a_model_takes_the_settings_that_are_given() -> None:
    config = LogisticConfig(inverse_penalty=0.5)
    assert fraud_model("logistic", config).config is config  # type: ignore[attr-defined]  # beyond the protocol


def test_an_unknown_name_is_an_error() -> None:
    with pytest.raises(KeyError):
        fraud_model("horoscope")


def test_the_list_is_read_without_torch() -> None:
    code = "import sys, fraud.ml.model_list; print('torch' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=settings.BASE_DIR, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
