"""Segments from end to end: members enter and leave after an order, the page about them, export, RFM grid."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from membership.members.figures import refresh_features
from membership.models import MemberExport, Order, Segment
from membership.rules.checking import everything
from membership.rules.reading import read_rule
from membership.segments.by_rule import change_rule, create_rule_segment
from membership.segments.stays import refresh_rfm_segments
from membership.segments.tasks import refresh_changed_members
from tests.api_client import key_client
from tests.factories import MemberFactory, OrderFactory, ProductFactory

pytestmark = pytest.mark.django_db(transaction=True)
OpenAdmin = Callable[..., Page]
SHOTS = os.environ.get("SHOTS", "")  # a folder: pictures of the pages are left there
GUISES = [(1440, False, "en-US"), (1440, True, "en-US"), (390, False, "en-US"), (390, True, "zh-CN")]


def picture(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


def make_segment(page: Page, *, name: str, rule: str) -> None:
    page.goto("/admin/membership/segment/add/")
    page.fill("#id_name", name)
    expect(page.locator("#id_rule_text[data-ready]")).to_be_attached()
    page.locator("#id_rule_text").fill(rule)
    expect(page.locator(".rg-count")).to_be_visible()
    page.locator("button[name=_continue], input[name=_continue]").first.click()
    page.wait_for_url("**/change/")


def test_an_order_lets_a_member_enter_one_segment_and_leave_another(open_admin: OpenAdmin) -> None:
    otto, coffee = MemberFactory(name="Otto Neu"), ProductFactory()
    page = open_admin()
    make_segment(page, name="Buyers", rule="bought(within: 7d)")
    make_segment(page, name="Silent", rule="not bought(within: 7d)")
    buyers, silent = Segment.objects.get(key="buyers"), Segment.objects.get(key="silent")
    page.goto(f"/admin/membership/segment/{silent.pk}/page/")
    expect(page.get_by_role("link", name="Otto Neu")).to_be_visible()

    order = {"member": otto.member_no, "order_no": "WEB-1", "lines": [{"sku": coffee.sku, "quantity": 1}]}
    assert key_client("orders:write").post("/api/v1/orders/", order).status_code == 201
    Order.objects.update(status=Order.Status.PAID)  # held for review, as no fraud model is trained here
    refresh_changed_members()

    page.reload()
    expect(page.get_by_role("link", name="Otto Neu")).to_have_count(0)
    page.goto(f"/admin/membership/segment/{buyers.pk}/page/")
    expect(page.get_by_role("link", name="Otto Neu")).to_be_visible()

    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    with Path(download.value.path()).open(encoding="utf-8-sig") as file:
        assert [row["name"] for row in csv.DictReader(file)] == ["Otto Neu"]
    assert download.value.suggested_filename.startswith("buyers-members-")
    assert MemberExport.objects.get().members == 1


def test_a_version_is_compared_and_brought_back(open_admin: OpenAdmin) -> None:
    MemberFactory(name="Gold Gerda", tier="gold")
    rule = read_rule(text="tier = gold", may=everything)
    segment = create_rule_segment(draft={"name": "Gold", "key": "gold"}, rule=rule, user=None)
    change_rule(segment=segment, rule=read_rule(text="tier = silver", may=everything), user=None)
    page = open_admin()
    page.goto(f"/admin/membership/segment/{segment.pk}/page/")
    expect(page.locator(".rg-went")).to_contain_text('tier = "gold"')
    page.get_by_role("button", name="Back to this").click()
    expect(page.get_by_text("that of version 1 again")).to_be_visible()
    expect(page.get_by_role("link", name="Gold Gerda")).to_be_visible()


def shop() -> Segment:
    """Sixty members, some often and lately, some long ago; a segment that changed its rule."""
    now = timezone.now()
    for number in range(60):
        member = MemberFactory(name=f"Member {number}", tier=("gold", "silver", "basic")[number % 3])
        for order in range(1 + number % 6):
            OrderFactory(member=member, placed_at=now - timedelta(days=1 + 4 * (number % 40) + 20 * order))
    refresh_features(as_of=now)
    refresh_rfm_segments(as_of=now)
    rule = read_rule(text="tier in [gold, silver] and orders_365d >= 2", may=everything)
    segment = create_rule_segment(draft={"name": "Gold", "key": "gold"}, rule=rule, user=None)
    return change_rule(
        segment=segment, rule=read_rule(text="tier = gold and orders_365d >= 2", may=everything), user=None
    )


def test_the_grid_leads_to_a_segment_and_pages_hold_together_everywhere(open_admin: OpenAdmin) -> None:
    segment = shop()
    for width, dark, language in GUISES:
        page = open_admin(width=width, dark=dark, language=language)
        guise = f"{width}-{'dark' if dark else 'light'}-{language}"
        for name, address in {
            "segment": f"/admin/membership/segment/{segment.pk}/page/",
            "rfm": "/admin/membership/segment/rfm/",
            "segments": "/admin/membership/segment/",
            "exports": "/admin/membership/memberexport/",
        }.items():
            page.goto(address)
            expect(page.locator("#content")).to_be_visible()
            picture(page, f"{name}-{guise}")
            assert page.evaluate("document.documentElement.scrollWidth") <= width, address
    page = open_admin()
    page.goto("/admin/membership/segment/rfm/")
    page.locator(".rg-rfm td a").nth(4).click()
    expect(page.locator("#id_rule_text")).to_have_value("rfm_recency = 5 and rfm_frequency = 5")
    expect(page.locator(".rg-count")).to_be_visible()
