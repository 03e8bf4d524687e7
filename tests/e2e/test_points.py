"""Give a member points and redeem them for an order that is then cancelled."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from tests.factories import MemberFactory
from tests.membership.loyalty.shop import order, program

pytestmark = pytest.mark.django_db(transaction=True)


def balance(page: Page) -> str:
    return page.locator(".rg-points strong").inner_text()


def test_points_are_given_redeemed_and_back_after_a_cancellation(open_admin) -> None:
    program(point_value=Decimal("0.05"))
    member = MemberFactory.create(name="Ann")
    made = order(20, member=member)
    page = open_admin()
    page.goto(reverse("member_page", args=(member.pk,)))

    page.get_by_label("Points to give, or below zero to take").fill("500")
    page.get_by_label("Reason", exact=True).fill("late delivery")
    page.get_by_role("button", name="Give or take").click()
    expect(page.get_by_text("500 points given.")).to_be_visible()
    assert balance(page) == "500"

    page.get_by_label("Points to redeem").fill("200")
    page.get_by_label("Order to pay for").select_option(label=made.order_no)
    page.get_by_role("button", name="Redeem").click()
    expect(page.get_by_text(f"200 points redeemed for order {made.order_no}.")).to_be_visible()
    assert balance(page) == "300"
    page.goto(reverse("admin:membership_coupon_changelist"))
    expect(page.locator("#result_list")).to_contain_text("$10.00")

    page.goto(reverse("admin:membership_order_change", args=(made.pk,)))
    page.locator("#work-reason").fill("changed their mind")
    page.locator("#order-work button[value=cancelled]").click()
    expect(page.get_by_text("200 points worth $10.00 are back with the member")).to_be_visible()
    page.goto(reverse("member_page", args=(member.pk,)))
    assert balance(page) == "500"
    expect(page.get_by_text("redeemed points returned").first).to_be_visible()
