"""A newcomer's first quarter of an hour: an empty shop, its own files, the totals on the home page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from membership.models import ImportReport, Member, Order, SavedMapping, Upload
from registry.models import TrainingRun
from tests.e2e.conftest import PASSWORD
from tests.factories import StaffFactory

pytestmark = pytest.mark.django_db(transaction=True)
OpenAdmin = Callable[..., Page]
CUSTOMERS = (
    "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Tags,Note\n"
    "'71,Ana,Lima,ana@example.com,yes,vip,likes blue\n"
    "'72,Bo,Ek,Bo@Example.com,no,,\n"
)
PRODUCTS = (
    "Handle,Title,Vendor,Option1 Value,Variant SKU,Variant Price,Variant Inventory Qty,Status\n"
    "tee,Tee,Loom,S,TEE-S,20.00,4,active\n"
    "tee,,,M,TEE-M,20.00,-1,\n"
    "mug,Mug,Kiln,Default Title,MUG,8.50,7,active\n"
)
ORDERS = (
    "Name,Email,Financial Status,Subtotal,Currency,Created at,Lineitem quantity,Lineitem name,"
    "Lineitem price,Lineitem sku,Risk Level\n"
    "#1,ana@example.com,paid,48.50,USD,2026-03-01 10:00:00 -0700,2,Tee - S,20.00,TEE-S,Low\n"
    "#1,ana@example.com,,,,2026-03-01 10:00:00 -0700,1,Mug,8.50,MUG,\n"
    "#2,bo@example.com,paid,17.00,USD,2026-03-02 10:00:00 -0700,2,Mug,8.50,MUG,Low\n"
    "#3,cy@example.com,voided,8.50,USD,2026-03-03 10:00:00 -0700,1,Mug,8.50,MUG,Low\n"
    "#4,cy@example.com,paid,8.50,USD,some day,1,Mug,8.50,MUG,Low\n"
)


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    exports = {
        "orders_export.csv": ORDERS,
        "customers_export.csv": CUSTOMERS,
        "products_export.csv": PRODUCTS,
    }
    for name, text in exports.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return [tmp_path / name for name in exports]


def import_next(page: Page, *, recognised: str) -> None:
    """Check the file that comes next, then import it."""
    expect(page.locator("#recognised")).to_have_text(f"This looks like {recognised}.")
    page.get_by_role("button", name="Check the whole file").click()
    expect(page.get_by_role("heading", name="What an import would bring")).to_be_visible()
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_role("heading", name="The file was imported")).to_be_visible()


def test_a_newcomer_imports_a_shopify_shop(open_admin: OpenAdmin, files: list[Path]) -> None:
    page = open_admin()
    page.locator("#empty-shop").get_by_role("link", name="Import a file").click()
    page.set_input_files("#files", files)
    expect(page.locator("#groups button")).to_have_count(3)

    import_next(page, recognised="Shopify's customers export")
    expect(
        page.get_by_text("Uploaded and not imported yet: orders_export.csv, products_export.csv.")
    ).to_be_visible()
    page.get_by_role("link", name="Go on with the next file").click()
    import_next(page, recognised="Shopify's products export")
    page.get_by_role("link", name="Go on with the next file").click()

    expect(page.locator("#recognised")).to_have_text("This looks like Shopify's orders export.")
    rows = page.locator("table.rg-preview tbody tr")
    expect(rows).to_have_count(5)
    expect(rows.nth(0)).to_contain_text("48.50 USD")
    expect(rows.nth(4)).to_contain_text("rejected")
    expect(rows.nth(4)).to_contain_text("is not a valid date and time")
    page.get_by_role("button", name="Check the whole file").click()
    totals = page.locator("#totals")
    expect(totals).to_contain_text("$65.50")
    expect(page.get_by_text("Risk Level")).to_be_visible()
    assert Order.objects.count() == 0
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_role("heading", name="The file was imported")).to_be_visible()
    page.get_by_role("link", name="Report").click()
    expect(page.get_by_text("orders_export.csv").first).to_be_visible()

    page.goto("/admin/")
    home = page.locator("#imported")
    expect(home).to_contain_text("$65.50")
    expect(home).to_contain_text("Orders that count")
    expect(page.locator("#empty-shop")).to_have_count(0)
    assert set(Member.objects.values_list("email", flat=True)) == {
        "ana@example.com", "bo@example.com", "cy@example.com",
    }  # fmt: skip
    assert [report.dry_run for report in ImportReport.objects.order_by("id")] == [True, False] * 3


def regulars_orders() -> str:
    """A Shopify export of forty customers of two tastes, who come back every ten days for half a year.

    Each has left one product of their taste out.
    """
    start = datetime(2026, 3, 1, 9, tzinfo=UTC)
    rows = [ORDERS.splitlines()[0]]
    for customer in range(40):
        taste = [f"TEA-{number}" if customer % 2 else f"CUP-{number}" for number in range(6)]
        del taste[customer // 2 % 6]
        for visit in range(18):
            placed = f"{start + timedelta(days=10 * visit, minutes=customer):%Y-%m-%d %H:%M:%S} +0000"
            number, email = f"#{1000 + 40 * visit + customer}", f"customer{customer}@example.com"
            for line, sku in enumerate(taste[visit % 3 : visit % 3 + 3]):
                status, subtotal = ("paid", "30.00") if line == 0 else ("", "")
                rows.append(f"{number},{email},{status},{subtotal},USD,{placed},1,{sku.title()},10.00,{sku},")
    return "\n".join(rows) + "\n"


def test_a_newcomer_has_recommendations_of_their_own_shop(open_admin: OpenAdmin, tmp_path: Path) -> None:
    orders = tmp_path / "orders_export_1.csv"
    orders.write_text(regulars_orders(), encoding="utf-8")
    page = open_admin()
    page.locator("#empty-shop").get_by_role("link", name="Import a file").click()
    page.set_input_files("#files", orders)
    import_next(page, recognised="Shopify's orders export")
    page.get_by_role("button", name="Train recommendations").click()
    page.wait_for_load_state()
    assert TrainingRun.objects.get().status == TrainingRun.Status.SUCCEEDED, TrainingRun.objects.get().error

    page.goto("/admin/")
    expect(page.locator("#imported")).to_contain_text("$21,600.00")
    member = Member.objects.get(email="customer0@example.com")
    page.goto(f"/admin/membership/member/{member.pk}/")
    expect(page.get_by_text("For you").first).to_be_visible()
    expect(page.get_by_text("Cup-0").first).to_be_visible()  # of their taste, and never bought


def test_a_column_is_chosen_by_hand_and_remembered(open_admin: OpenAdmin, tmp_path: Path) -> None:
    text = "No,Who,When,What,How many,Each\n1,M1,2026-03-01,TEE,2,20.00\n"
    (tmp_path / "till-march.csv").write_text(text)
    (tmp_path / "till-april.csv").write_text(text.replace("1,M1", "2,M1"))
    page = open_admin()
    page.goto("/admin/imports/new/")
    page.set_input_files("#files", tmp_path / "till-march.csv")
    expect(page.locator("#groups button")).to_contain_text("till-march.csv")
    page.select_option("#kind", "orders")
    for theirs, ours in (
        ("No", "order_no"), ("Who", "member_no"), ("When", "placed_at"), ("What", "sku"),
        ("How many", "quantity"), ("Each", "unit_price"),
    ):  # fmt: skip
        page.get_by_label(theirs, exact=True).select_option(ours)
        expect(page.locator("#preview")).not_to_have_attribute("aria-busy", "true")
    expect(page.locator("#problem")).to_be_hidden()
    page.select_option("#unknown", "create")
    expect(page.locator("#preview")).not_to_have_attribute("aria-busy", "true")
    expect(page.locator("table.rg-preview")).to_contain_text("40.00 USD")
    page.fill("#save_as", "Our till")
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_role("heading", name="The file was imported")).to_be_visible()

    page.goto("/admin/imports/new/")
    page.set_input_files("#files", tmp_path / "till-april.csv")
    expect(page.get_by_text("Read as saved under “Our till”.")).to_be_visible()
    expect(page.locator("table.rg-preview")).to_contain_text("40.00 USD")
    page.get_by_role("button", name="Forget").click()
    expect(page.get_by_text("Read as saved under “Our till”.")).to_be_hidden()
    assert not SavedMapping.objects.exists()


def test_a_name_that_is_typed_outlives_a_preview_that_comes_late(
    open_admin: OpenAdmin, files: list[Path]
) -> None:
    page = open_admin()
    page.goto("/admin/imports/new/")
    page.set_input_files("#files", files[0])
    expect(page.locator("table.rg-preview tbody tr")).to_have_count(5)
    held: list[Route] = []
    page.route("**/api/v1/imports/preview/", lambda route: held.append(route))
    with page.expect_request("**/api/v1/imports/preview/"):
        page.select_option("#unknown", "create")
    page.fill("#save_as", "Our till")
    held[0].continue_()
    expect(page.locator("#preview")).not_to_have_attribute("aria-busy", "true")
    expect(page.locator("#save_as")).to_have_value("Our till")


def test_a_broken_upload_goes_on_where_it_stopped(open_admin: OpenAdmin, tmp_path: Path) -> None:
    """Three parts of a file; the second is cut off and the page is loaded anew."""
    path = tmp_path / "members.csv"
    rows = "".join(f"M{number},Name of somebody {number}\n" for number in range(600_000))
    path.write_text("member_no,name\n" + rows)
    assert path.stat().st_size > 2 * (8 << 20)
    page = open_admin(may_break=True)
    page.goto("/admin/imports/new/")
    sent: list[str] = []

    def cut_off(route: Route) -> None:
        sent.append(route.request.headers["upload-offset"])
        route.continue_() if len(sent) == 1 else route.abort()

    page.route("**/api/v1/imports/uploads/*/", cut_off)
    page.set_input_files("#files", path)
    expect(page.get_by_text("the connection broke; it goes on by itself")).to_be_visible()
    page.unroute("**/api/v1/imports/uploads/*/")
    page.reload()
    expect(page.get_by_text("choose the same file again")).to_be_visible()
    upload = Upload.objects.get()
    assert upload.received == 8 << 20

    offsets: list[str] = []
    page.on(
        "request",
        lambda request: (
            offsets.append(request.headers["upload-offset"]) if request.method == "PATCH" else None
        ),
    )
    page.set_input_files("#files", path)
    expect(page.locator("#uploads")).to_contain_text("uploaded")
    expect(page.locator("table.rg-preview")).to_contain_text("Name of somebody 1")
    assert offsets == [str(8 << 20), str(16 << 20)]
    upload.refresh_from_db()
    assert upload.path.read_bytes() == path.read_bytes()
    expect(page.locator("#only-head")).to_contain_text("This is the beginning of the file")


def test_a_file_that_is_none_is_refused_in_a_sentence(open_admin: OpenAdmin, tmp_path: Path) -> None:
    (tmp_path / "notes.csv").write_bytes(b"PK\x03\x04 no zip")
    (tmp_path / "empty.csv").write_bytes(b"")
    page = open_admin(may_break=True)
    page.goto("/admin/imports/new/")
    page.set_input_files("#files", tmp_path / "empty.csv")
    expect(page.locator("#upload-problem")).to_have_text("empty.csv is empty: it has no heading line.")
    page.set_input_files("#files", tmp_path / "notes.csv")
    expect(page.locator("#problem")).to_contain_text("damaged or truncated ZIP file")
    expect(page.get_by_role("button", name="Check the whole file")).to_be_disabled()


def test_somebody_without_permission_sees_no_page(open_admin: OpenAdmin) -> None:
    page = open_admin(may_break=True, user=StaffFactory(password=PASSWORD))
    assert page.locator("#empty-shop").count() == 0
    for address in ("/admin/imports/new/", "/admin/membership/importreport/"):
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 403


@pytest.mark.parametrize(
    ("width", "dark", "language"), [(1440, True, "en-US"), (390, False, "en-US"), (390, True, "zh-CN")]
)
def test_the_pages_hold_together(
    open_admin: OpenAdmin, files: list[Path], width: int, dark: bool, language: str
) -> None:
    page = open_admin(width=width, dark=dark, language=language)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.goto("/admin/imports/new/")
    page.set_input_files("#files", files[0])
    expect(page.locator("table.rg-preview tbody tr")).to_have_count(5)
    for box in page.locator("#preview details").all():
        box.evaluate("box => { box.open = true }")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.locator("#check").click()
    expect(page.locator("#totals")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
