"""Fixtures that every test may use."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from pytest_django.fixtures import Settings

from tests.factories import NOON


@pytest.fixture(autouse=True)
def var_dirs(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Every test writes models, imports and demo files into a folder of its own."""
    base = tmp_path_factory.mktemp("var")
    settings.VAR_DIR = base
    settings.MODEL_DIR = base / "models"
    settings.IMPORT_DIR = base / "imports"
    settings.DEMO_DIR = base / "demo"


@pytest.fixture(autouse=True)
def no_model_in_memory() -> Iterator[None]:
    """Models loaded by one test are not seen by the next."""
    from registry.services import versions

    versions._loaded.clear()
    yield
    versions._loaded.clear()


@pytest.fixture
def noon() -> datetime:
    return NOON
