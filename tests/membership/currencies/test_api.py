from __future__ import annotations

import pytest
from django.core.cache import cache

from membership.models import ExchangeRate
from tests.api_client import key_client
from tests.factories import OrderFactory

pytestmark = pytest.mark.django_db
RATES = "/api/v1/exchange-rates/"
YEN = {"day": "2026-03-01", "currency": "JPY", "rate": "0.0066"}


@pytest.fixture(autouse=True)
def fresh_counters() -> None:
    cache.clear()


def test_rates_are_stored_and_listed_newest_first() -> None:
    client = key_client("shop:read", "shop:write")
    body = {"rates": [YEN, {**YEN, "day": "2026-03-02"}]}

    answer = client.post(RATES, body, format="json")

    assert (answer.status_code, answer.json()) == (201, {"created": 2, "updated": 0, "same": 0})
    rows = client.get(RATES, {"currency": "JPY", "since": "2026-03-01"}).json()["results"]
    assert [(row["day"], row["rate"]) for row in rows] == [
        ("2026-03-02", "0.0066000000"), ("2026-03-01", "0.0066000000"),
    ]  # fmt: skip


def test_one_bad_rate_keeps_all_out_and_is_named() -> None:
    body = {"rates": [YEN, {**YEN, "currency": "USD"}]}

    answer = key_client("shop:write").post(RATES, body, format="json")

    assert answer.status_code == 400
    assert "rates.1.currency" in answer.content.decode()
    assert not ExchangeRate.objects.exists()


def test_reading_rates_is_not_writing_them() -> None:
    assert key_client("shop:read").post(RATES, {"rates": [YEN]}, format="json").status_code == 403
    assert key_client("orders:read").get(RATES).status_code == 403


def test_an_order_says_what_it_comes_to_in_the_shops_currency() -> None:
    order = OrderFactory(currency="JPY")
    url = f"/api/v1/orders/{order.public_id}/"

    assert key_client("orders:read").get(url).json()["shop_total"] is None
