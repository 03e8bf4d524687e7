"""Background work on forecasts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from freezegun import freeze_time

from forecasts.models import Forecast, ProductForecast
from forecasts.services.promotions import mark_outdated
from forecasts.tasks import (
    score_changed_demand,
    score_changed_forecasts,
    score_demand,
    score_due_forecasts,
    score_forecasts,
)
from membership.members.figures import mark_dirty, refresh_features
from registry.models import ModelVersion
from tests.factories import NOON
from tests.forecasts.rhythm_shop import live_demand, live_forecasts, order, rhythm_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def people():
    """A shop with both models live."""
    members = rhythm_shop(members=12)
    for model in (live_forecasts(), live_demand()):
        ModelVersion.objects.filter(pk=model.version.pk).update(status="live")
    return members


def test_without_a_live_model_nothing_is_written() -> None:
    assert score_forecasts() == score_changed_forecasts() == score_demand() == score_changed_demand() == 0
    assert not Forecast.objects.exists()


@freeze_time(NOON)
def test_once_a_day_everything_is_renewed(people) -> None:
    members, products = people

    assert score_due_forecasts() == len(members) + len(products)
    assert score_due_forecasts() == 0
    assert Forecast.objects.count() == len(members)
    assert ProductForecast.objects.values("product").distinct().count() == len(products)


@freeze_time(NOON)
def test_only_who_has_ordered_since_is_renewed(people) -> None:
    members, _products = people
    score_forecasts()
    order(members[0], NOON - timedelta(minutes=5))
    mark_dirty(member_ids=[members[0].pk])
    refresh_features(as_of=NOON)

    assert score_changed_forecasts() == 1
    assert score_changed_forecasts() == 0


@freeze_time(NOON)
def test_only_products_whose_promotions_changed_are_renewed(people) -> None:
    _members, products = people
    score_demand()
    mark_outdated(product_ids=[products[1].pk], at=NOON)

    assert score_changed_demand() == 1
    assert score_changed_demand() == 0
