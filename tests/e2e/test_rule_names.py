"""A category that three segments use is renamed: counts stay, and the texts show the new name."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from membership.models import Segment
from membership.segments.by_rule import refresh_all, refresh_due
from tests.e2e.test_segments import make_segment, picture
from tests.factories import CategoryFactory, MemberFactory, OrderItemFactory, ProductFactory

pytestmark = pytest.mark.django_db(transaction=True)
OpenAdmin = Callable[..., Page]
RULES = {
    "Coffee lovers": 'bought(category: "Coffee", within: 30d)',
    "Lookers": 'bought(category: "Drinks > Coffee") or tier = gold',
    "Others": 'not bought(category: "Coffee")',
}


def save(page: Page) -> None:
    page.locator("button[name=_save], input[name=_save]").first.click()
    page.wait_for_load_state()


def counts() -> dict[str, int]:
    return dict(Segment.objects.values_list("name", "member_count"))


def test_renaming_replacing_and_deleting_a_category_that_segments_use(open_admin: OpenAdmin) -> None:
    coffee = CategoryFactory(path="Drinks > Coffee")
    tea = CategoryFactory(path="Drinks > Tea")
    beans = ProductFactory(category=coffee)
    for _number in range(3):
        OrderItemFactory(product=beans, category=coffee, placed_at=timezone.now())
    MemberFactory(name="Tea Thea")
    page = open_admin()
    for name, rule in RULES.items():
        make_segment(page, name=name, rule=rule)
    assert counts() == {"Coffee lovers": 3, "Lookers": 3, "Others": 1}

    page.goto(f"/admin/membership/category/{coffee.pk}/change/")
    page.fill("#id_name", "Kaffee & Espresso")
    save(page)
    refresh_all()

    assert counts() == {"Coffee lovers": 3, "Lookers": 3, "Others": 1}
    for segment in Segment.objects.all():
        page.goto(f"/admin/membership/segment/{segment.pk}/page/")
        expect(page.locator("main, body").first).to_contain_text('category: "Drinks > Kaffee & Espresso"')
        assert segment.versions.count() == 1
    picture(page, "renamed")

    page.goto(f"/admin/membership/category/{coffee.pk}/delete/")
    for name in RULES:
        expect(page.locator("body")).to_contain_text(name)

    page.goto(f"/admin/membership/category/{coffee.pk}/replace/")
    expect(page.locator("body")).to_contain_text("in the segments “Coffee lovers”, “Lookers”, “Others”")
    picture(page, "replace")
    page.select_option("#id_into", str(tea.pk))
    page.get_by_role("button", name="Replace and delete").click()
    page.wait_for_load_state()
    refresh_due()

    assert counts() == {"Coffee lovers": 3, "Lookers": 3, "Others": 1}
    page.goto(f"/admin/membership/segment/{Segment.objects.get(name='Others').pk}/page/")
    expect(page.locator("body")).to_contain_text('not bought(category: "Drinks > Tea")')
