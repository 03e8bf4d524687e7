from __future__ import annotations

import time

import pytest
from django.db import IntegrityError

from membership.models import ShopSettings, shop
from membership.models.shop import Shop, forget_shop, shop_currency, the_shop

pytestmark = pytest.mark.django_db


def auckland() -> ShopSettings:
    row = ShopSettings.objects.get(pk=1)
    row.time_zone, row.currency, row.country = "Pacific/Auckland", "NZD", "NZ"
    row.save()
    return row


def test_the_row_holds_whatever_the_environment_says(settings) -> None:
    auckland()
    settings.TIME_ZONE, settings.SHOP_CURRENCY = "Asia/Shanghai", "CNY"

    assert the_shop() == Shop("Pacific/Auckland", "NZD", "NZ", is_confirmed=False)


def test_the_environment_holds_where_no_row_is_yet(settings) -> None:
    ShopSettings.objects.all().delete()
    forget_shop()
    settings.SHOP_CURRENCY = "CNY"

    assert the_shop().currency == "CNY"


def test_there_can_be_one_row_only() -> None:
    with pytest.raises(IntegrityError):
        ShopSettings.objects.create(pk=2, time_zone="UTC", currency="USD", country="US")


def test_many_reads_ask_the_database_once(django_assert_num_queries) -> None:
    forget_shop()

    with django_assert_num_queries(1):
        for _ in range(1_000):
            the_shop()


def test_what_another_process_changed_is_seen_within_seconds(monkeypatch) -> None:
    auckland()
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now)
    assert the_shop().country == "NZ"
    ShopSettings.objects.update(country="AU")  # as another process does: nothing is told here
    assert the_shop().country == "NZ"

    now += shop.REMEMBERED_SECONDS

    assert the_shop().country == "AU"


def test_the_unit_of_a_field_follows_the_currency() -> None:
    unit = shop_currency()

    auckland()

    assert str(unit) == "NZD"
