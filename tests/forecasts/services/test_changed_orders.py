"""A changed order makes its member's forecast out of date, until it is made again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from forecasts.models import Forecast
from forecasts.services.changed_orders import with_changed_orders
from forecasts.services.member_scoring import out_of_date
from membership.orders.moving import move_order
from tests.factories import ForecastFactory, MemberFactory, OrderFactory

pytestmark = pytest.mark.django_db


def test_a_changed_order_makes_its_members_forecast_out_of_date_until_the_next_one() -> None:
    now = timezone.now()
    known, unknown = MemberFactory(), MemberFactory()
    ForecastFactory(member=known, scored_at=now - timedelta(minutes=5))
    for member in (known, unknown):
        order = OrderFactory(member=member, placed_at=now - timedelta(days=9))
        move_order(order=order, status="cancelled", source="admin")

    assert with_changed_orders(days=3, at_most=10) == [known.pk]
    assert known.pk in out_of_date(at_most=10)
    Forecast.objects.update(scored_at=timezone.now())
    assert with_changed_orders(days=3, at_most=10) == []


def test_changes_of_long_ago_are_not_looked_at() -> None:
    order = OrderFactory()
    ForecastFactory(member=order.member, scored_at=timezone.now() - timedelta(days=30))
    move_order(order=order, status="cancelled", source="admin", at=timezone.now() - timedelta(days=9))

    assert with_changed_orders(days=3, at_most=10) == []
