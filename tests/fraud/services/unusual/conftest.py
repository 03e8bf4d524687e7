"""A shop without any label, whose forest is live."""

from __future__ import annotations

from datetime import datetime

import pytest

from fraud.services.unusual.ranking import FAMILY
from membership.models import Order
from registry.models import ModelVersion, TrainingRun
from registry.services.runs import execute_run, request_run


@pytest.fixture
def new_shop(shop: None) -> None:
    """The small shop's orders; nobody knows of any fraud."""
    Order.objects.update(is_fraud=None, label_known_at=None, label_source="")


def fit() -> TrainingRun:
    run, _is_new = request_run(family=FAMILY)
    return execute_run(run=run)


@pytest.fixture
def forest(new_shop: None, now: datetime) -> ModelVersion:
    run = fit()
    assert run.status == TrainingRun.Status.SUCCEEDED, run.error
    return ModelVersion.objects.live(FAMILY).get()
