from __future__ import annotations
import pytest
from playwright.sync_api import expect
from tests.e2e.test_imports import *

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("width", "dark", "language"), [(1440, False, "en-US"), (1440, True, "zh-CN"), (390, False, "en-US")]
)
def test_shots(open_admin, files, width, dark, language):
    n = f"/tmp/shots/{width}{'d' if dark else 'l'}{language[:2]}"
    page = open_admin(width=width, dark=dark, language=language)
    page.screenshot(path=f"{n}-0home.png", full_page=True)
    page.goto("/admin/imports/new/")
    page.screenshot(path=f"{n}-1new.png", full_page=True)
    page.set_input_files("#files", files)
    expect(page.locator("#groups button")).to_have_count(3)
    page.locator("#groups button").nth(2).click()
    expect(page.locator("table.rg-preview tbody tr")).to_have_count(5)
    page.screenshot(path=f"{n}-2preview.png", full_page=True)
    for box in page.locator("#preview details").all():
        box.evaluate("box => { box.open = true }")
    page.screenshot(path=f"{n}-3columns.png", full_page=True)
    page.locator("#check").click()
    expect(page.locator("#totals")).to_be_visible()
    page.screenshot(path=f"{n}-4check.png", full_page=True)
    page.locator("form[action$='/import/'] button").click()
    page.wait_for_load_state()
    expect(page.locator("#totals")).to_be_visible()
    page.screenshot(path=f"{n}-5imported.png", full_page=True)
    page.goto("/admin/membership/importreport/")
    page.screenshot(path=f"{n}-6list.png", full_page=True)
    page.goto("/admin/")
    page.screenshot(path=f"{n}-7home.png", full_page=True)
