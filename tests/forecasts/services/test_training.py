"""Whole runs of both forecasts: gated, promoted, written back."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from freezegun import freeze_time

from forecasts.models import Forecast, ProductForecast, StockAdvice
from membership.models import Member
from registry.models import ModelVersion, TrainingRun
from registry.services.runs import execute_run, request_run
from tests.factories import NOON
from tests.forecasts.rhythm_shop import rhythm_shop

pytestmark = pytest.mark.django_db
People = list[Member]


@pytest.fixture
def people() -> People:
    return rhythm_shop()[0]


@freeze_time(NOON)
def test_a_run_of_each_promotes_and_writes_back_and_the_next_is_judged_beside_it(people: People) -> None:
    for family in ("forecasts", "demand", "forecasts", "demand"):
        run, _new = request_run(family=family)
        execute_run(run=run)
        run.refresh_from_db()
        assert (run.status, run.error) == (TrainingRun.Status.SUCCEEDED, "")

    assert Forecast.objects.count() == len(people)
    assert (ProductForecast.objects.count(), StockAdvice.objects.count()) == (24, 3)
    for version in ModelVersion.objects.filter(number=2):
        assert version.metrics["live_score"] == version.metrics["score"]
        assert version.status == ModelVersion.Status.LIVE


@pytest.mark.django_db(transaction=True)
def test_the_command_asks_for_both(people: People) -> None:
    with freeze_time(NOON):
        call_command("retrain", "forecasts")

    assert set(TrainingRun.objects.values_list("family", flat=True)) == {"forecasts", "demand"}
