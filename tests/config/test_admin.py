"""What the admin needs from several apps at once."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.factories import (
    AdminFactory,
    FraudScoreFactory,
)

pytestmark = pytest.mark.django_db
QUERIES = 14


@pytest.fixture
def boss(client: Client) -> Client:
    client.force_login(AdminFactory())
    return client


def test_orders_show_and_filter_by_the_fraud_decision(boss: Client) -> None:
    FraudScoreFactory(order__order_no="BAD-1", decision="decline")
    FraudScoreFactory(order__order_no="GOOD-1", decision="approve")
    page = boss.get("/admin/membership/order/", {"fraud_score__decision__exact": "decline"}).content.decode()
    assert "BAD-1" in page
    assert "GOOD-1" not in page
