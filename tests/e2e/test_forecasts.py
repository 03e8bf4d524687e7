"""Forecasts in a real browser: the panel, both lists, a product's demand, what to reorder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from forecasts.services.member_scoring import refresh_segments
from forecasts.services.promotions import plan_promotion
from tests.factories import (
    CategoryFactory,
    ForecastFactory,
    MemberFactory,
    ModelVersionFactory,
    OrderFactory,
    OrderItemFactory,
    ProductFactory,
    ProductForecastFactory,
    SegmentMembershipFactory,
    StockAdviceFactory,
)

pytestmark = pytest.mark.django_db(transaction=True)
OpenAdmin = Callable[..., Page]


@dataclass(frozen=True)
class Shop:
    maria: Any
    coffee: Any
    unsold: Any


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    """Maria comes every week and is expected again; Otto slips away; coffee runs out."""
    now = timezone.now()
    today = timezone.localdate()
    maria, otto = MemberFactory(name="Maria Jensen", tier="gold"), MemberFactory(name="Otto Neu")
    drinks = CategoryFactory(name="Drinks")
    coffee = ProductFactory(
        name="Ground coffee", stock=6, category=CategoryFactory(name="Coffee", parent=drinks)
    )
    for weeks in range(1, 26):
        order = OrderFactory(member=maria, placed_at=now - timedelta(weeks=weeks, days=-1), total=Decimal(20))
        OrderItemFactory(order=order, product=coffee, quantity=8 + weeks * 7 % 9)
    version = ModelVersionFactory(family="forecasts", estimator="blend")
    shared = {"as_of": now, "scored_at": now, "model_version": version}
    days = {f"next_order_q{q}": today + timedelta(days=n) for q, n in ((10, 1), (50, 4), (90, 11))}
    liked = [{"category": drinks.pk, "probability": 0.83}]
    ForecastFactory(member=maria, last_order_at=now - timedelta(days=6), categories=liked, **days, **shared)
    ForecastFactory(
        member=otto, churn_risk=0.71, order_chance_7d=0.06, last_order_at=now - timedelta(days=80), **shared
    )
    refresh_segments(at=now)
    demand = ModelVersionFactory(family="demand", estimator="demand")
    for week in range(8):
        spread = {f"q{q}": 12 + (q - 50) * (7 + week) / 60 for q in (10, 25, 50, 75, 90)}
        ProductForecastFactory(
            product=coffee, week=today + timedelta(days=7 * week), model_version=demand, as_of=now, **spread
        )
    StockAdviceFactory(product=coffee, model_version=demand, as_of=now)
    for weeks, kind, share in (
        (-16, "mailer", 1.0),
        (-9, "display", 0.4),
        (-2, "mailer", 1.0),
        (3, "mailer", 0.5),
    ):
        first = today + timedelta(weeks=weeks)
        draft = {"kind": kind, "share": share, "starts_on": first, "ends_on": first + timedelta(days=6)}
        plan_promotion(product=coffee, draft=draft)
    return Shop(maria, coffee, ProductFactory(name="Dusty tin"))


def pages_of(shop: Shop) -> dict[str, list[str]]:
    """Address → what must be visible there."""
    return {
        reverse("member_page", args=(shop.maria.pk,)): [
            "should order again around", "What to expect", "Likely in the next order", "83.0%",
            "The time since the last order is no longer than usual",
        ],
        "/admin/forecasts/forecast/?list=likely-this-week": ["Likely to order this week", "Maria Jensen"],
        "/admin/forecasts/forecast/?list=slipping-away": ["Slipping away", "Otto Neu", "71%"],
        reverse("admin:membership_product_demand", args=(shop.coffee.pk,)): [
            "Units a week", "Reorder point", "Order now", "Who buys it", "Mailer 50.0%", "with a promotion",
        ],
        "/admin/forecasts/plannedpromotion/": ["Promotions", "Ground coffee", "Display in the store", "40%"],
        reverse("admin:membership_product_demand", args=(shop.unsold.pk,)): ["Not enough orders yet"],
        "/admin/forecasts/stockadvice/?stock=reorder": ["What to reorder", "Ground coffee", "25"],
    }  # fmt: skip


def test_every_page_shows_what_it_is_for(open_admin: OpenAdmin, shop: Shop) -> None:
    page = open_admin()
    for address, texts in pages_of(shop).items():
        page.goto(address)
        for text in texts:
            expect(page.locator("#content, #main").get_by_text(text).first).to_be_visible()


@pytest.mark.parametrize(("width", "dark"), [(1440, True), (390, False)])
def test_pages_fit_in_dark_mode_and_on_a_phone(
    open_admin: OpenAdmin, shop: Shop, width: int, dark: bool
) -> None:
    page = open_admin(width=width, dark=dark)
    for address in pages_of(shop):
        page.goto(address)
        expect(page.locator("#content")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address


def test_the_lists_are_in_the_menu_and_lead_to_the_member(open_admin: OpenAdmin, shop: Shop) -> None:
    page = open_admin()
    page.get_by_role("link", name="Likely to order this week").click()
    page.get_by_role("link", name="Maria Jensen").click()
    expect(page.locator("#forecast svg")).to_be_visible()


def test_a_fan_is_drawn_and_advice_follows_the_form(open_admin: OpenAdmin, shop: Shop) -> None:
    page = open_admin()
    page.goto(reverse("admin:membership_product_demand", args=(shop.coffee.pk,)))
    drawn = "Object.values(Chart.instances)[0].scales.y.ticks.length"
    page.wait_for_function(f"{drawn} > 2")
    point = page.locator("#stock dd").nth(2)
    usual = int(point.inner_text())
    page.fill("#id_service_level", "0.99")
    page.fill("#id_lead_time_days", "28")
    page.get_by_role("button", name="Calculate").click()
    page.wait_for_url("**lead_time_days=28**")
    assert int(point.inner_text()) > usual


def test_the_segments_that_buy_a_product_fit_beside_its_stock(open_admin: OpenAdmin, shop: Shop) -> None:
    name = "Order often · Short between orders"
    SegmentMembershipFactory(member=shop.maria, segment__name=name, segment__member_count=1)
    page = open_admin()
    page.goto(reverse("admin:membership_product_demand", args=(shop.coffee.pk,)))
    expect(page.locator("#segments").get_by_text(name)).to_be_visible()
    table = page.locator("#segments .rg-scroll")
    assert table.evaluate("box => box.scrollWidth - box.clientWidth") == 0


def test_promoted_weeks_are_marked_in_the_fan(open_admin: OpenAdmin, shop: Shop) -> None:
    page = open_admin()
    page.goto(reverse("admin:membership_product_demand", args=(shop.coffee.pk,)))
    page.wait_for_function("Object.values(Chart.instances)[0].data.datasets.length > 2")
    lines = "Object.values(Chart.instances)[0].data.datasets"
    marked = page.evaluate(
        f"{lines}.map(line => [].concat(line.pointRadius).filter(radius => radius).length)"
    )
    assert sum(marked) == 4


def test_a_promotion_is_planned_from_the_products_page(open_admin: OpenAdmin, shop: Shop) -> None:
    page = open_admin()
    page.goto(reverse("admin:membership_product_demand", args=(shop.unsold.pk,)))
    page.get_by_role("link", name="Plan a promotion").click()
    day = (timezone.localdate() + timedelta(days=10)).isoformat()
    page.fill("#id_starts_on", day)
    page.fill("#id_ends_on", day)
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/plannedpromotion/")
    expect(page.locator("#content").get_by_text("Dusty tin").first).to_be_visible()


def test_a_list_is_exported(open_admin: OpenAdmin, shop: Shop) -> None:
    page = open_admin()
    page.goto("/admin/forecasts/forecast/?list=slipping-away")
    page.locator("input.action-select").first.check()
    page.select_option("select[name=action]", "export")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Run").click()
    assert saved.value.suggested_filename.startswith("forecasts-")
