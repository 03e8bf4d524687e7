"""Staff refund an order in part, and points of view follow: revenue, segment and list."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from membership.models import MemberFeatures, Order, Product, SegmentMembership
from membership.orders.taking import create_order, settle_order
from membership.rules.checking import everything
from membership.rules.reading import read_rule
from membership.segments.by_rule import create_rule_segment
from membership.segments.tasks import refresh_changed_members
from recommendations.services.serving.allowed import withheld_products
from recommendations.services.serving.viewers import product_rows
from tests.factories import FraudAlertFactory, MemberFactory, ProductFactory

pytestmark = pytest.mark.django_db(transaction=True)
OpenAdmin = Callable[..., Page]


def shop() -> Order:
    """Maria has bought two cups and a pot for 50."""
    maria = MemberFactory(name="Maria Jensen", member_no="M00777")
    for sku, price in (("CUP", "10.00"), ("POT", "30.00")):
        ProductFactory(sku=sku, name=sku.title(), price=Decimal(price), stock=10)
    create_rule_segment(
        draft={"key": "spender", "name": "Spender"},
        rule=read_rule(text="spend_30d >= 40", may=everything),
        user=None,
    )
    lines = [{"sku": "CUP", "quantity": 2}, {"sku": "POT", "quantity": 1}]
    placed_at = timezone.now() - timedelta(hours=2)
    order, _new = create_order(
        draft={"member": maria.member_no, "order_no": "W-1", "lines": lines, "placed_at": placed_at}
    )
    settle_order(order=order, status="paid")
    refresh_changed_members()
    return Order.objects.get()


def followed(order: Order) -> tuple[Decimal, bool, bool]:
    """(spend, whether the member is a spender, whether the pot may not be shown on *buy again*)."""
    refresh_changed_members()
    pot = Product.objects.get(sku="POT").pk
    withheld = withheld_products(
        member_ids={order.member_id}, products=product_rows({pot}), surface="buy-again", at=timezone.now()
    )
    stays = SegmentMembership.objects.current().filter(segment__key="spender", member=order.member_id)
    return MemberFeatures.objects.get().spend_total, stays.exists(), bool(withheld)


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (390, True)])
def test_an_order_is_refunded_in_part_and_everything_follows(
    open_admin: OpenAdmin, transactional_db: None, width: int, dark: bool
) -> None:
    order = shop()
    assert followed(order) == (Decimal(50), True, False)
    page = open_admin(width=width, dark=dark)
    page.goto(f"/admin/membership/order/{order.pk}/change/")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.fill("#work-reason", "the pot came broken")
    page.fill("[name=refund_2]", "1")
    page.check("[name=restock]")
    page.locator("button[value=lines]").click()
    expect(page.locator("#order-history")).to_contain_text("the pot came broken")
    expect(page.locator("#order-history")).to_contain_text("$30.00")

    assert followed(order) == (Decimal(20), False, True)
    assert Product.objects.get(sku="POT").stock == 10
    page.goto(f"/admin/membership/member/{order.member_id}/")
    expect(page.get_by_text("$20.00").first).to_be_visible()


def test_a_cancelled_order_is_reopened_in_chinese(open_admin: OpenAdmin, transactional_db: None) -> None:
    order = shop()
    page = open_admin(language="zh-CN")
    page.goto(f"/admin/membership/order/{order.pk}/change/")
    page.fill("#work-reason", "缺货")
    page.get_by_role("button", name="取消订单").click()
    expect(page.locator("#order-history")).to_contain_text("已付款 → 已取消")
    page.fill("#work-reason", "又有货了")
    page.get_by_role("button", name="重新打开订单").click()
    expect(page.locator("#order-history")).to_contain_text("已取消 → 已付款")
    assert Order.objects.get().status == "paid"


def test_a_wrongly_declined_order_is_reopened_from_its_alert(
    open_admin: OpenAdmin, transactional_db: None
) -> None:
    alert = FraudAlertFactory(order__status="declined")
    page = open_admin()
    page.goto(f"/admin/fraud/fraudalert/{alert.pk}/change/")
    page.locator("button[name=verdict][value=genuine]").click()
    expect(page.get_by_text("stays declined")).to_be_visible()
    page.locator("#act button[value=reopen]").click()
    page.wait_for_load_state()
    assert Order.objects.get().status == "paid"
