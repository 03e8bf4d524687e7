"""A shop with a trained fraud model."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.utils import timezone

from fraud.services.training import FAMILY
from registry.models import ModelVersion, TrainingRun
from registry.services.runs import execute_run, request_run
from tests.fraud.toys import a_small_shop


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def shop(db: None, now: datetime) -> None:
    a_small_shop(until=now)


def retrain(*, recipe: str = TrainingRun.Recipe.FULL) -> TrainingRun:
    run, _is_new = request_run(family=FAMILY, recipe=recipe)
    return execute_run(run=run)


@pytest.fixture
def live(shop: None) -> ModelVersion:
    """The live version after one retrain of the small shop."""
    run = retrain()
    assert run.status == TrainingRun.Status.SUCCEEDED, run.error
    return ModelVersion.objects.get(family=FAMILY, status=ModelVersion.Status.LIVE)
