"""Staff write a rule with a mistake, mend it, see who fits, save, and see a member enter after an order."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from membership.models import Order, Segment
from membership.segments.tasks import refresh_changed_members
from tests.api_client import key_client
from tests.e2e.conftest import PASSWORD
from tests.factories import AdminFactory, MemberFactory, ProductFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def page(browser: Browser, live_server: LiveServer) -> Iterator[Page]:
    """Logged in. Answers of 400 are meant here, so the console may hold errors."""
    context = browser.new_context(base_url=live_server.url, viewport={"width": 1440, "height": 1000})
    page = context.new_page()
    user = AdminFactory(password=PASSWORD)
    page.goto("/admin/login/")
    page.fill("#id_username", user.username)
    page.fill("#id_password", PASSWORD)
    page.click("#login-form button[type=submit]")
    page.wait_for_url("**/admin/")
    yield page
    context.close()


def test_a_rule_is_mended_saved_and_followed(page: Page) -> None:
    MemberFactory(name="Gold Gerda", tier="gold")
    otto = MemberFactory(name="Otto Neu")
    coffee = ProductFactory(name="Ground coffee")
    page.goto("/admin/membership/segment/add/")
    page.fill("#id_name", "Best")
    rule = page.locator("#id_rule_text")

    rule.fill(f'teir = gold or bought(category: "{coffee.category.name}", within: 7d)')
    mistake = page.locator(".rg-mistake")
    expect(mistake).to_contain_text("did you mean `tier`?")
    mistake.click()
    page.keyboard.type("tier")
    expect(page.locator(".rg-count")).to_have_text("1 member fits now.")
    expect(page.locator(".rg-rule-answer")).to_contain_text("Gold Gerda")

    page.locator("button[name=_continue], input[name=_continue]").first.click()
    page.wait_for_url("**/change/")
    expect(page.get_by_text("Gold Gerda").first).to_be_visible()
    expect(page.get_by_text("Otto Neu")).to_have_count(0)

    line = {"sku": coffee.sku, "quantity": 1}
    order = {"member": otto.member_no, "order_no": "WEB-1", "lines": [line]}
    assert key_client("orders:write").post("/api/v1/orders/", order).status_code == 201
    Order.objects.update(status=Order.Status.PAID)  # held for review, as no fraud model is trained here
    refresh_changed_members()
    page.reload()

    expect(page.get_by_text("Otto Neu").first).to_be_visible()
    assert Segment.objects.get().member_count == 2
