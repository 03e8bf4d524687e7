"""The report of an import: a rejected row is corrected and sent again, and the whole import is undone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from importing.running import Options, run_import
from membership.models import ImportReport, Member, Order
from tests.importing.import_files import order_line, write_csv

pytestmark = pytest.mark.django_db(transaction=True)
OpenAdmin = Callable[..., Page]
SCRIPT = "<img src=x onerror=alert(1)>"


def shop_files(folder: Path) -> ImportReport:
    """A1 has two lines of which one is bad; A2 is good; A3 has a coupon that tries to run."""
    rows = [
        order_line(coupon=""), order_line(line_no="2", sku="bread", quantity="two", coupon=""),
        order_line(order_no="A2", coupon=""),
        order_line(order_no="A3", placed_at="some day", coupon=SCRIPT),
    ]  # fmt: skip
    path = write_csv(folder / "orders.csv", rows)
    return run_import(kind="orders", path=path, options=Options(unknown="create"))


def test_a_rejected_row_is_corrected_and_the_import_undone(open_admin: OpenAdmin, tmp_path: Path) -> None:
    report = shop_files(tmp_path)
    page = open_admin()
    page.goto(f"/admin/membership/importreport/{report.pk}/change/")
    rows = page.locator("#rejected tbody tr")
    expect(rows).to_have_count(3)
    expect(page.locator("[aria-invalid=true]")).to_have_count(2)
    expect(rows.nth(1)).to_contain_text("is not a number")
    expect(page.get_by_label("coupon, 5")).to_have_value(SCRIPT)

    page.get_by_label("quantity, 3").fill("2")
    page.get_by_role("button", name="Send again").click()
    expect(page.get_by_text("These rows correct those that were rejected in:")).to_be_visible()
    expect(page.locator("#totals")).to_contain_text("New orders")
    assert Order.objects.get(order_no="A1").item_count == 2
    page.get_by_role("link", name="orders.csv", exact=True).click()
    expect(rows).to_have_count(1)

    member = Member.objects.get()
    member.name = "Ana"
    member.save()
    page.get_by_role("link", name="Undo the import").click()
    expect(page.locator("#numbers")).to_contain_text("would stay")
    page.get_by_role("button", name="Undo the import").click()
    expect(page.get_by_role("heading", name="The import was undone")).to_be_visible()
    expect(page.locator("#undo")).to_contain_text("was edited since")
    assert list(Order.objects.values_list("order_no", flat=True)) == ["A1"]


@pytest.mark.parametrize(("width", "dark", "language"), [(390, False, "en-US"), (1440, True, "zh-CN")])
def test_nothing_runs_over_the_page(
    open_admin: OpenAdmin, tmp_path: Path, width: int, dark: bool, language: str
) -> None:
    report = shop_files(tmp_path)
    page = open_admin(width=width, dark=dark, language=language)
    page.goto(f"/admin/membership/importreport/{report.pk}/change/")
    expect(page.locator("#rejected tbody tr")).to_have_count(3)
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide == 0
