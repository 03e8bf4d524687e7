"""Merge two people and undo it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from membership.loyalty.ledger import add_points
from membership.members.consents import record_consent
from tests.factories import MemberFactory, OrderFactory

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_people_are_merged_and_the_merge_is_undone(open_admin) -> None:
    keep = MemberFactory.create(member_no="M00100", name="Ann Lee", email="ann@example.com")
    other = MemberFactory.create(member_no="M00200", name="Annabel Lee", email="lee@example.com", tier="gold")
    OrderFactory.create_batch(2, member=other, placed_at=timezone.now() - timedelta(days=3))
    for member, points in ((keep, 30), (other, 12)):
        add_points(member=member, points=points, reason="given")
        record_consent(
            member=member, purpose="marketing", channel="post", granted=member == keep, source="test"
        )
    page = open_admin()
    page.goto(reverse("member_page", args=(keep.pk,)))

    page.get_by_label("Number of the member to merge into this one").fill("m00200")
    page.get_by_role("button", name="Merge …").click()
    expect(page.locator("#merge-fields")).to_contain_text("lee@example.com")
    expect(page.locator("#merge-consents")).to_contain_text("withdrawn")
    page.get_by_label("name: Annabel Lee").check()
    page.get_by_role("button", name="Show again with these choices").click()
    expect(page.get_by_label("name: Annabel Lee")).to_be_checked()
    page.get_by_role("button", name="Merge", exact=True).click()

    expect(page.get_by_text("M00200 has been merged into this member.")).to_be_visible()
    expect(page.locator(".rg-head h1")).to_have_text("Annabel Lee")
    expect(page.locator(".rg-points strong")).to_have_text("42")
    expect(page.locator("#orders")).to_contain_text(other.orders.model.objects.first().order_no)
    page.goto(reverse("member_page", args=(other.pk,)))
    page.locator(".rg-sentence a").click()
    expect(page).to_have_url(re.compile(reverse("member_page", args=(keep.pk,))))

    page.get_by_role("button", name="Undo the merge").click()
    expect(page.get_by_text("M00100 and M00200 are two members again.")).to_be_visible()
    expect(page.locator(".rg-head h1")).to_have_text("Ann Lee")
    expect(page.locator(".rg-points strong")).to_have_text("30")
    page.goto(reverse("member_page", args=(other.pk,)))
    expect(page.locator(".rg-points strong")).to_have_text("12")
    expect(page.locator(".rg-head")).to_contain_text("Gold")
