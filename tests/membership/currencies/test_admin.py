from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client

from membership.models import ExchangeRate
from tests.factories import NOON, AdminFactory, OrderFactory, StaffFactory

pytestmark = pytest.mark.django_db
LIST = "/admin/membership/exchangerate/"
YEN = {"day": "2026-03-01", "currency": "jpy", "rate": "0.0066"}


@pytest.fixture
def boss(client: Client) -> Client:
    client.force_login(AdminFactory())
    return client


def test_a_rate_is_entered_and_corrected(boss) -> None:
    boss.post(f"{LIST}add/", YEN)
    made = ExchangeRate.objects.get()
    boss.post(f"{LIST}{made.pk}/change/", {"rate": "0.0070"})

    made.refresh_from_db()
    assert (made.currency, made.day, made.rate) == ("JPY", date(2026, 3, 1), Decimal("0.0070"))


def test_the_shops_own_currency_needs_no_rate(boss) -> None:
    page = boss.post(f"{LIST}add/", {**YEN, "currency": "USD"}).content.decode()

    assert "own currency" in page
    assert not ExchangeRate.objects.exists()


def test_a_rate_is_not_deleted(boss) -> None:
    rate = ExchangeRate.objects.create(day=date(2026, 3, 1), currency="JPY", rate=1)

    assert boss.post(f"{LIST}{rate.pk}/delete/").status_code == 403


def test_support_reads_rates(client) -> None:
    client.force_login(StaffFactory(groups=["Support"]))

    assert client.get(LIST).status_code == 200
    assert client.get(f"{LIST}add/").status_code == 403


def test_orders_without_a_rate_are_counted_at_home_and_listed_behind_the_link(boss) -> None:
    OrderFactory(order_no="YEN-1", currency="JPY", placed_at=NOON)
    OrderFactory(order_no="OWN-1")

    home = boss.get("/admin/").content.decode()
    listed = boss.get("/admin/membership/order/?rate=missing").content.decode()

    assert "1 order is left out of all sums" in home
    assert "YEN-1" in listed
    assert "OWN-1" not in listed


def test_the_orders_page_says_that_it_is_left_out(boss) -> None:
    order = OrderFactory(currency="JPY", placed_at=NOON)

    page = boss.get(f"/admin/membership/order/{order.pk}/change/").content.decode()

    assert "No rate for its day: the order is left out of all sums." in page


def test_a_shop_without_other_currencies_sees_nothing_of_it(boss) -> None:
    order = OrderFactory()

    assert "left out of all sums" not in boss.get("/admin/").content.decode()
    page = boss.get(f"/admin/membership/order/{order.pk}/change/").content.decode()
    assert "in the shop's currency" not in page.replace("&#x27;", "'")
