from __future__ import annotations

import pytest
from django.core.cache import cache

from tests.api_client import key_client

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_counters() -> None:
    cache.clear()


def test_a_key_with_the_scope_reads_the_shop() -> None:
    answer = key_client("shop:read").get("/api/v1/shop/")

    assert answer.json() == {
        "time_zone": "UTC", "currency": "USD", "country": "US", "oversell": "allow",
    }  # fmt: skip


def test_another_scope_does_not() -> None:
    assert key_client("orders:read").get("/api/v1/shop/").status_code == 403
