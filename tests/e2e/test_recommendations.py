"""What staff do with recommendations in a real browser: compare versions, write a rule, look at a product."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from learning.estimator import silent
from membership.models import Member, Product
from recommendations.models import MerchandisingRule
from recommendations.services.training import train_candidate
from recommendations.services.writing.item_lists import renew_item_lists
from registry.models import ModelVersion
from registry.services.versions import register_candidate, store_artefact
from tests.factories import (
    CategoryFactory,
    MemberFactory,
    OrderFactory,
    OrderItemFactory,
    ProductFactory,
)

pytestmark = pytest.mark.django_db(transaction=True)
OpenAdmin = Callable[..., Page]
NAMES = ("Ground coffee", "Coffee filters", "Rye bread", "Butter", "Dog food", "Dog biscuits", "Tea", "Honey")


@pytest.fixture
def anna(transactional_db: None) -> Member:
    """A member of a small shop whose two trained versions can be compared."""
    drinks = CategoryFactory(name="Grocery")
    products: list[Any] = [ProductFactory(name=name, category=drinks) for name in NAMES]
    members: list[Any] = [MemberFactory(name=f"Member {n}") for n in range(8)]
    members[0].name = "Anna Berg"
    members[0].save()
    now = timezone.now()
    for number, member in enumerate(members):
        for visit in range(5):
            placed_at = now - timedelta(days=9 * visit, hours=number + 1)
            order = OrderFactory(member=member, placed_at=placed_at)
            for place in range(4):
                if place != number // 2:
                    OrderItemFactory(order=order, product=products[place + 4 * (number % 2)])
    for _ in range(2):
        candidate = train_candidate(silent)
        artefact = store_artefact(family="recommendations", candidate=candidate)
        register_candidate(family="recommendations", candidate=candidate, artefact=artefact)
    renew_item_lists(as_of=now)
    shopper: Member = members[0]
    return shopper


IN_CHINESE = {
    "products are in both lists": "两个列表中都有",
    "With the rules that hold": "应用现行规则",
    "What it is about": "关于什么",
    "Bought together": "一起购买",
    "NDCG@10 of each model on the held-out weeks": "各模型在留出周上的 NDCG@10",
}


def pages(anna: Member) -> dict[str, str]:
    """Address → what must be visible there."""
    product = Product.objects.get(name="Butter")
    version = ModelVersion.objects.latest("number")
    admin = "/admin/recommendations"
    return {
        f"{admin}/recommendation/compare/?member={anna.pk}": "products are in both lists",
        f"{admin}/merchandisingrule/preview/?member={anna.pk}&surface=for-you": "With the rules that hold",
        f"{admin}/merchandisingrule/add/": "What it is about",
        f"/admin/membership/product/{product.pk}/": "Bought together",
        f"/admin/registry/modelversion/{version.pk}/change/": "NDCG@10 of each model on the held-out weeks",
    }


def test_two_versions_of_a_members_list_side_by_side(open_admin: OpenAdmin, anna: Member) -> None:
    page = open_admin()
    page.goto(f"/admin/membership/member/{anna.pk}/")
    page.get_by_role("link", name="Compare two model versions for this member").click()
    expect(page.locator("#column-1")).to_contain_text("v2")
    expect(page.locator("#column-2")).to_contain_text("v1")
    for column in ("#column-1", "#column-2"):
        expect(page.locator(column).locator("tbody tr").first).to_contain_text("Ground coffee")
        expect(page.locator(column)).to_contain_text("because of")


def test_a_rule_is_written_mended_and_seen_in_the_preview(open_admin: OpenAdmin, anna: Member) -> None:
    coffee = Product.objects.get(name="Ground coffee")
    page = open_admin()
    page.goto(f"/admin/membership/product/{coffee.pk}/")
    page.get_by_role("link", name="Add a rule").click()
    page.fill("#id_name", "No coffee today")
    page.select_option("#id_action", "hide")
    page.fill("#id_amount", "3")
    page.locator("button[name=_save], input[name=_save]").first.click()
    expect(page.get_by_text("A product that is never shown needs no amount.")).to_be_visible()
    page.fill("#id_amount", "")
    page.locator("button[name=_save], input[name=_save]").first.click()
    page.wait_for_url("**/merchandisingrule/")
    expect(page.get_by_text("Holds").first).to_be_visible()
    assert MerchandisingRule.objects.get().product == coffee

    page.goto(f"/admin/recommendations/merchandisingrule/preview/?member={anna.pk}&surface=for-you")
    expect(page.locator("#column-1")).to_contain_text("Ground coffee")
    expect(page.locator("#column-2")).not_to_contain_text("Ground coffee")


@pytest.mark.parametrize(
    ("width", "dark", "language"),
    [(1440, False, "en-US"), (1440, True, "en-US"), (390, True, "en-US"), (390, False, "zh-CN")],
)
def test_pages_fit_in_dark_mode_and_on_a_phone(
    open_admin: OpenAdmin, anna: Member, width: int, dark: bool, language: str
) -> None:
    page = open_admin(width=width, dark=dark, language=language)
    for address, text in pages(anna).items():
        page.goto(address)
        shown = IN_CHINESE[text] if language == "zh-CN" else text
        expect(page.get_by_text(shown).first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
        if shots := SHOTS:
            name = address.strip("/").replace("/", "-").partition("?")[0]
            page.screenshot(path=f"{shots}/{name}-{width}-{dark}-{language}.png", full_page=True)


SHOTS = __import__("os").environ.get("SHOTS", "")
