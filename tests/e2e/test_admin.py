"""One walk through the admin in a real browser: what staff see, in every guise it comes in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib import admin
from playwright.sync_api import Page, expect

from membership.models import Member, Order
from tests.e2e.shop import Shop, small_shop
from tests.factories import CategoryFactory, ProductFactory
from tests.registry.toy import toy_family

pytestmark = pytest.mark.django_db(transaction=True)
OpenAdmin = Callable[..., Page]
LISTS_TOO_LONG_FOR_THEIR_PLACE = """
    [...document.querySelectorAll("#content ul")]
        .filter(list => getComputedStyle(list).overflowY == "visible")
        .filter(list => list.scrollHeight > list.clientHeight + 1)
        .map(list => list.className)
"""


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    return small_shop()


def pages_of(shop: Shop) -> dict[str, list[str]]:
    """Address → what must be visible there."""
    return {
        "/admin/": ["Open fraud alerts", "SUSPECT-1", "spring-orders.csv", "0.6123"],
        "/admin/membership/member/": ["Maria Jensen", "Otto Neu"],
        f"/admin/membership/member/{shop.maria.pk}/": [
            "Maria Jensen, gold, has ordered every 6 days",
            "Champions",
            "Rye bread",
            "homeowner",
        ],
        "/admin/membership/order/": ["SUSPECT-1", "$900.00"],
        f"/admin/membership/order/{shop.alert.order_id}/change/": ["Otto Neu", "A device not used before"],
        "/admin/fraud/fraudalert/": ["SUSPECT-1"],
        f"/admin/fraud/fraudalert/{shop.alert.pk}/change/": ["A device not used before"],
        "/admin/membership/segment/": ["Champions"],
        "/admin/registry/modelversion/": ["0.1513"],
        "/admin/registry/trainingrun/": ["Start a retrain"],
        "/admin/membership/importreport/": ["spring-orders.csv", "1,190"],
        "/admin/membership/product/": ["Ground coffee"],
        "/admin/test-order/": ["Fill in a suspicious one"],
        "/admin/django_celery_beat/periodictask/": ["Retrain fraud detection"],
        "/api/docs/": ["Regulars"],
    }


def test_every_page_shows_what_it_is_for(open_admin: OpenAdmin, shop: Shop) -> None:
    page = open_admin()
    for address, texts in pages_of(shop).items():
        page.goto(address)
        for text in texts:
            expect(page.get_by_text(text).first).to_be_visible()


@pytest.mark.parametrize(
    ("width", "dark", "language"),
    [(1440, True, "en-US"), (390, False, "en-US"), (390, True, "zh-CN"), (1440, False, "zh-CN")],
)
def test_pages_fit_in_dark_mode_on_a_phone_and_in_chinese(
    open_admin: OpenAdmin, shop: Shop, width: int, dark: bool, language: str
) -> None:
    page = open_admin(width=width, dark=dark, language=language)
    for address in list(pages_of(shop))[:-1]:
        page.goto(address)
        expect(page.locator("#content")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
        assert page.evaluate(LISTS_TOO_LONG_FOR_THEIR_PLACE) == [], address
        assert page.evaluate("document.documentElement.classList.contains('dark')") is dark
        assert page.evaluate("document.documentElement.lang") == ("zh-hans" if language == "zh-CN" else "en")


@pytest.mark.parametrize(("width", "language"), [(1280, "zh-CN"), (390, "en-US")])
def test_every_form_fits(open_admin: OpenAdmin, shop: Shop, width: int, language: str) -> None:
    page = open_admin(width=width, language=language)
    too_wide = []
    for model in admin.site._registry:
        address = f"/admin/{model._meta.app_label}/{model._meta.model_name}/add/"
        answer = page.request.get(address)
        if answer.ok and answer.url.endswith(address):
            page.goto(address)
            if page.evaluate("document.documentElement.scrollWidth") > width:
                too_wide.append(address)
    assert too_wide == []


def test_a_long_category_does_not_widen_a_product_on_a_phone(open_admin: OpenAdmin, shop: Shop) -> None:
    category = CategoryFactory(name="Refrigerated breakfast sweets, rolls and danish pastry of all kinds")
    product = ProductFactory(category=category)
    page = open_admin(width=390)
    page.goto(f"/admin/membership/product/{product.pk}/change/")
    expect(page.locator(".select2-selection__rendered").first).to_contain_text(category.name)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_language_is_switched_in_the_menu(open_admin: OpenAdmin, shop: Shop) -> None:
    page = open_admin()
    page.get_by_text("unfold_more").last.click()
    page.get_by_role("button", name="简体中文").click()
    expect(page.get_by_text("待处理欺诈警报").first).to_be_visible()


def test_staff_find_a_member_read_the_sentence_and_freeze_the_account(
    open_admin: OpenAdmin, shop: Shop
) -> None:
    page = open_admin()
    page.goto("/admin/membership/member/")
    page.fill("#searchbar", "m00777")
    page.press("#searchbar", "Enter")
    page.get_by_role("link", name="Maria Jensen").click()
    expect(page.get_by_text("last order 2 days ago")).to_be_visible()
    page.get_by_role("button", name="Freeze").click()
    expect(page.get_by_text("the account is frozen")).to_be_visible()
    shop.maria.refresh_from_db()
    assert shop.maria.status == Member.Status.FROZEN


def test_a_member_is_found_from_anywhere(open_admin: OpenAdmin, shop: Shop) -> None:
    page = open_admin()
    page.get_by_text("Find anything").click()
    box = page.locator("#search-input-command")
    expect(box).to_be_visible()  # it opens with the next frame; keys pressed before that go nowhere
    box.press_sequentially("jensen")
    page.get_by_role("link", name="Maria Jensen").click()
    expect(page.get_by_text("has ordered every 6 days")).to_be_visible()


def test_a_retrain_is_started_in_a_dialog(open_admin: OpenAdmin, shop: Shop) -> None:
    with toy_family():
        page = open_admin()
        page.goto("/admin/registry/trainingrun/")
        page.get_by_text("Start a retrain").first.click()
        page.select_option("select[name=family]", "toy")
        page.get_by_role("button", name="Start", exact=True).click()
        expect(page.get_by_text("has been queued").first).to_be_visible()


def test_a_suspicious_test_order_is_answered_on_screen(open_admin: OpenAdmin, shop: Shop) -> None:
    page = open_admin()
    page.goto(f"/admin/test-order/?member={shop.maria.pk}")
    page.get_by_role("link", name="Fill in a suspicious one").click()
    page.get_by_role("button", name="Post the order").click()
    expect(page.locator("#result")).to_be_visible()
    expect(page.locator("#result").get_by_text("Probability of fraud")).to_be_visible()
    order = Order.objects.get(order_no__startswith="TEST-")
    assert order.member_id == shop.maria.pk
    page.get_by_role("link", name=order.order_no).click()
    expect(page.get_by_text(order.device_fingerprint)).to_be_visible()
