from __future__ import annotations

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from membership.models import ShopSettings
from membership.models.shop import the_shop
from tests.factories import AdminFactory, OrderFactory, StaffFactory

pytestmark = pytest.mark.django_db
PAGE = "/admin/membership/shopsettings/1/change/"
AUCKLAND = {"time_zone": "Pacific/Auckland", "currency": "NZD", "country": "nz"}


def stored() -> str:
    row = ShopSettings.objects.get()
    return f"{row.time_zone} {row.currency} {row.country}"


@pytest.fixture
def boss() -> Client:
    client = Client()
    client.force_login(AdminFactory())
    return client


def test_the_list_is_the_one_page(boss) -> None:
    answer = boss.get(reverse("admin:membership_shopsettings_changelist"))

    assert answer.url == PAGE


def test_saving_changes_the_shop_and_the_history_keeps_both(boss) -> None:
    answer = boss.post(PAGE, AUCKLAND)

    assert answer.status_code == 302
    assert stored() == "Pacific/Auckland NZD NZ"
    assert "UTC → Pacific/Auckland" in LogEntry.objects.get().get_change_message()


def test_a_shop_with_orders_moves_its_days_only_when_told_so(boss) -> None:
    OrderFactory()
    wanted = {"time_zone": "Pacific/Auckland", "currency": "USD", "country": "US"}

    asked = boss.post(PAGE, wanted)
    done = boss.post(PAGE, {**wanted, "sure": "on"})

    assert "moves the days of every figure" in asked.content.decode()
    assert done.status_code == 302
    assert ShopSettings.objects.get().time_zone == "Pacific/Auckland"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"time_zone": "Mars/Olympus"}, "This is not a time zone"),
        ({"currency": "ZZZ"}, "This is not a currency"),
        ({"country": "QQ"}, "This is not a country"),
    ],
    ids=["zone", "currency", "country"],
)
def test_what_no_shop_can_have_is_refused_in_words(boss, wrong, words) -> None:
    answer = boss.post(PAGE, {**AUCKLAND, **wrong})

    assert words in answer.content.decode()
    assert stored() == "UTC USD US"


def test_the_page_says_why_the_currency_stays(boss) -> None:
    OrderFactory()

    answer = boss.post(PAGE, {**AUCKLAND, "sure": "on"})

    assert "would silently mean another money" in answer.content.decode()


def test_there_is_no_second_shop_and_none_is_deleted(boss) -> None:
    assert boss.get("/admin/membership/shopsettings/add/").status_code == 403
    assert boss.get("/admin/membership/shopsettings/1/delete/").status_code == 403


def test_support_sees_the_settings_and_changes_nothing(client) -> None:
    client.force_login(StaffFactory(groups=["Support"]))

    assert client.get(PAGE).status_code == 200
    assert client.post(PAGE, AUCKLAND).status_code == 403


def test_staff_say_how_the_shop_oversells(boss) -> None:
    same = {"time_zone": "UTC", "currency": "USD", "country": "US"}

    boss.post(PAGE, {**same, "oversell": "backorder"})
    assert ShopSettings.objects.get().oversell == "backorder"
    assert the_shop().oversell == "backorder"
    assert "allow → backorder" in LogEntry.objects.get().get_change_message()

    boss.post(PAGE, same)  # who says nothing of it changes nothing
    assert ShopSettings.objects.get().oversell == "backorder"
