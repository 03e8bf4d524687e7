"""An import in Chromium against a whole shop, whose worker is killed in each phase; and a broken upload."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from benchmarks.importing.shopify_export import Totals, write_export
from tests.e2e.conftest import FLAGS, PASSWORD
from tests.shops import Shop, wait_until

pytestmark = pytest.mark.reliability

LINES = 40_000
MAKE_ADMIN = (
    "from django.contrib.auth.models import User; User.objects.create_superuser('ann', password='{}')"
)
REPORT = "FROM membership_importreport WHERE dry_run = {dry_run} ORDER BY id DESC LIMIT 1"
WRITTEN = """
    SELECT (SELECT count(*) FROM membership_order), (SELECT count(*) FROM membership_orderitem),
        (SELECT count(*) FROM membership_member), (SELECT count(*) FROM membership_product)
"""
BEGAN_AGAIN_MS = 60_000


@pytest.fixture
def admin_shop(shop: Shop) -> Shop:
    command = shop.manage("shell", "-c", MAKE_ADMIN.format(PASSWORD))
    assert command.wait(timeout=60) == 0, shop.commands_log
    return shop


@pytest.fixture
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture
def page(admin_shop: Shop, browser: Browser) -> Page:
    page = browser.new_page(base_url=f"http://127.0.0.1:{admin_shop.port}", locale="en-US")
    page.set_default_timeout(30_000)
    page.goto("/admin/login/")
    page.fill("#id_username", "ann")
    page.fill("#id_password", PASSWORD)
    page.click("#login-form button[type=submit]")
    page.wait_for_url("**/admin/")
    return page


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Totals]:
    path = tmp_path_factory.mktemp("export") / "orders_export.csv"
    return path, write_export(path, lines=LINES, arrangement="shuffled", seed=7)


def kill_worker_when(shop: Shop, query: str, *, what: str) -> None:
    """Kill -9 once ``query`` says more than 0."""
    worker = shop.wait_for_process("-n", "worker@")
    wait_until(lambda: shop.number(query) > 0, seconds=60, what=what)
    worker.kill()
    worker.wait(timeout=10)


def test_an_import_whose_worker_is_killed_in_each_phase(
    admin_shop: Shop, page: Page, export: tuple[Path, Totals]
) -> None:
    path, totals = export
    page.goto("/admin/imports/new/")
    page.set_input_files("#files", path)
    expect(page.locator("#recognised")).to_have_text("This looks like Shopify's orders export.")

    page.get_by_role("button", name="Check the whole file").click()
    kill_worker_when(admin_shop, f"SELECT rows_done {REPORT.format(dry_run=1)}", what="a check under way")
    brought = page.get_by_role("heading", name="What an import would bring")
    expect(brought).to_be_visible(timeout=BEGAN_AGAIN_MS)
    expect(page.locator("#totals")).to_contain_text(f"{totals.orders:,}")
    assert admin_shop.rows(WRITTEN) == [(0, 0, 0, 0)]
    check = tallies(admin_shop, dry_run=1)
    assert told(check) == expected(totals)

    page.get_by_role("button", name="Import", exact=True).click()
    kill_worker_when(admin_shop, f"SELECT rows_done {REPORT.format(dry_run=0)}", what="an import under way")
    imported = page.get_by_role("heading", name="The file was imported")
    expect(imported).to_be_visible(timeout=BEGAN_AGAIN_MS)
    assert admin_shop.rows(WRITTEN) == [(totals.orders, totals.lines, totals.members, totals.products)]
    assert tallies(admin_shop, dry_run=0) == check
    attempts = admin_shop.rows("SELECT attempts FROM membership_importreport ORDER BY id")
    assert attempts == [(2,), (2,)]
    page.goto("/admin/")
    expect(page.locator("#imported")).to_contain_text(f"{totals.net_cents / 100:,.2f}")

    page.goto(admin_shop_report(admin_shop))
    page.get_by_role("link", name="Undo the import").click()
    page.get_by_role("button", name="Undo the import").click()
    kill_worker_when(admin_shop, "SELECT progress > 0 FROM membership_importundo", what="an undo under way")
    expect(page.get_by_role("heading", name="The import was undone")).to_be_visible(timeout=BEGAN_AGAIN_MS)
    assert admin_shop.rows(WRITTEN) == [(0, 0, 0, 0)]
    assert not list((admin_shop.folder / "imports" / "work").iterdir())


def admin_shop_report(shop: Shop) -> str:
    return f"/admin/membership/importreport/{shop.number(f'SELECT id {REPORT.format(dry_run=0)}')}/change/"


def tallies(shop: Shop, *, dry_run: int) -> dict[str, int]:
    rows = shop.rows(f"SELECT tallies {REPORT.format(dry_run=dry_run)}")
    return dict(json.loads(str(rows[0][0])))


def expected(totals: Totals) -> dict[str, int]:
    return {
        "orders.created": totals.orders, "orders.counted": totals.counted, "members.created": totals.members,
        "members.matched": 0, "products.created": totals.products, "net_sales.USD": totals.net_cents * 10,
    }  # fmt: skip


def told(counts: dict[str, int]) -> dict[str, int]:
    return {name: counts.get(name, 0) for name in expected(Totals())}


# --- the API, while its own process is killed ------------------------------------------------------------


class Caller:
    def __init__(self, shop: Shop) -> None:
        self.shop, self.headers = shop, {"X-Forwarded-Proto": "https"}
        given = {"username": "ann", "password": PASSWORD}
        token = self.call("POST", "/api/v1/auth/token/", given)[1]["access"]
        self.headers["Authorization"] = f"Bearer {token}"

    def call(self, method: str, path: str, data: object = None, **headers: str) -> tuple[int, Any]:
        """(status, JSON)."""
        connection = http.client.HTTPConnection("127.0.0.1", self.shop.port, timeout=60)
        body = data if isinstance(data, bytes) else json.dumps(data).encode() if data is not None else None
        kind = "application/offset+octet-stream" if isinstance(data, bytes) else "application/json"
        try:
            connection.request(method, path, body, {**self.headers, "Content-Type": kind, **headers})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or b"null")
        finally:
            connection.close()

    def begin_part(self, path: str, part: bytes, *, size: int, offset: int) -> socket.socket:
        """Send ``part`` of a body that is said to have ``size`` bytes, and leave the line open."""
        lines = [f"PATCH {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {size}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        lines += ["Content-Type: application/offset+octet-stream", f"Upload-Offset: {offset}", "", ""]
        line = socket.create_connection(("127.0.0.1", self.shop.port), timeout=30)
        line.sendall("\r\n".join(lines).encode() + part)
        return line


def test_an_upload_goes_on_after_the_server_was_killed_and_another_file_of_its_name_is_another(
    admin_shop: Shop, export: tuple[Path, Totals]
) -> None:
    content = export[0].read_bytes()
    half = len(content) // 2
    caller = Caller(admin_shop)
    given = {"name": "orders.csv", "size": len(content), "modified_at": "2026-05-01T00:00:00Z"}
    upload = caller.call("POST", "/api/v1/imports/uploads/", given)[1]
    path = f"/api/v1/imports/uploads/{upload['id']}/"
    on_disk = admin_shop.folder / "imports" / "uploads" / upload["id"] / "orders.csv"
    with caller.begin_part(path, content[:half], size=len(content), offset=0):
        wait_until(
            lambda: on_disk.is_file() and on_disk.stat().st_size > half // 2, seconds=30, what="half a part"
        )
        for server in [one for one in admin_shop.descendants() if "gunicorn" in " ".join(one.cmdline())]:
            server.kill()
    wait_until(admin_shop.answers, seconds=60, what="serving again")

    other = caller.call("POST", "/api/v1/imports/uploads/", {**given, "size": len(content) - 1})
    assert (other[0], other[1]["received"]) == (201, 0)
    status, again = caller.call("POST", "/api/v1/imports/uploads/", given)
    assert (status, again["id"]) == (200, upload["id"])
    at = int(again["received"])
    status, whole = caller.call("PATCH", path, content[at:], **{"Upload-Offset": str(at)})
    assert (status, whole["state"]) == (200, "complete")
    assert on_disk.read_bytes() == content
    preview = caller.call("POST", "/api/v1/imports/preview/", {"uploads": [upload["id"]]})[1]
    assert preview["recognised"] == "Shopify's orders export"
    assert os.listdir(admin_shop.folder / "imports" / "work") == []  # names are enough
