"""A shop in Auckland is set up, takes orders in yen, and counts them in its own money."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from membership.currencies.filling import apply_pending_rates
from membership.models import Order, ShopSettings
from membership.models.shop import forget_shop, the_shop

pytestmark = pytest.mark.django_db(transaction=True)
OpenAdmin = Callable[..., Page]


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    """Yesterday's, at half past eight on the shop's clock: one in its own currency, one in yen."""
    day = f"{timezone.now() - timedelta(days=2):%Y-%m-%d} 08:30"
    path = tmp_path / "orders.csv"
    path.write_text(
        "order_no,member_no,placed_at,sku,quantity,unit_price,currency\n"
        f"A-1,M1,{day},TEA,1,100.00,\n"
        f"A-2,M2,{day},CUP,1,9000,JPY\n",
        encoding="utf-8",
    )
    return path


def test_a_shop_in_auckland_takes_orders_in_yen(open_admin: OpenAdmin, orders: Path) -> None:
    forget_shop()  # the row of the fresh database counts
    page = open_admin()
    page.locator("#first-question").get_by_role("link", name="Check the shop's settings").click()
    page.select_option("#id_time_zone", "Pacific/Auckland")
    page.fill("#id_currency", "NZD")
    page.fill("#id_country", "NZ")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("changed successfully")).to_be_visible()
    page.goto("/admin/")
    expect(page.locator("#first-question")).to_have_count(0)

    page.locator("#empty-shop").get_by_role("link", name="Import a file").click()
    page.set_input_files("#files", orders)
    expect(page.locator("table.rg-preview tbody tr")).to_have_count(2)
    expect(page.locator("#preview")).not_to_have_attribute("aria-busy", "true")
    page.get_by_role("button", name="Check the whole file").click()
    expect(page.get_by_role("heading", name="What an import would bring")).to_be_visible()
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_role("heading", name="The file was imported")).to_be_visible()
    first = Order.objects.get(order_no="A-1")
    assert f"{first.placed_at.astimezone(the_shop().zone):%H:%M}" == "08:30"
    assert (first.currency, first.shop_total) == ("NZD", 100)

    page.goto("/admin/")
    notice = page.locator("#without-rate")
    expect(notice).to_contain_text("1 order is left out of all sums")
    notice.get_by_role("link").first.click()
    expect(page.get_by_text("A-2")).to_be_visible()
    expect(page.get_by_text("A-1")).to_have_count(0)

    page.goto("/admin/membership/exchangerate/add/")
    placed_at = Order.objects.get(order_no="A-2").placed_at
    page.fill("#id_day", f"{placed_at.astimezone(the_shop().zone):%Y-%m-%d}")
    page.fill("#id_currency", "JPY")
    page.fill("#id_rate", "0.011")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("added successfully")).to_be_visible()
    apply_pending_rates()  # in the tests no worker runs

    page.goto(f"/admin/membership/order/{Order.objects.get(order_no='A-2').pk}/change/")
    expect(page.get_by_text(re.compile(r"NZ\$99\.00 at 0\.011"))).to_be_visible()
    page.goto("/admin/")
    expect(page.locator("#without-rate")).to_have_count(0)
    assert ShopSettings.objects.get().confirmed_at is not None
