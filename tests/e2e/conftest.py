"""A Chromium, and a page that fails its test on any error in the console."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser, ConsoleMessage, Page, Response, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from tests.factories import AdminFactory

# Playwright keeps an event loop in this thread, which Django takes for asynchronous code
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
expect.set_options(timeout=20_000)  # for slow machines; nothing waits longer than it must
PASSWORD = "correct horse battery"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.fail("Chromium is missing. On Debian: apt-get install chromium fonts-wqy-zenhei")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture
def open_admin(browser: Browser, live_server: LiveServer) -> Iterator[Callable[..., Page]]:
    """``open_admin(width=…, dark=…, language=…)``: a page logged in as administrator, or as ``user``.

    ``may_break``: the test refuses or breaks requests, which the console reports as errors.
    """
    troubles: list[str] = []
    pages: list[Page] = []

    def open_page(
        *,
        width: int = 1440,
        dark: bool = False,
        language: str = "en-US",
        may_break: bool = False,
        user: User | None = None,
    ) -> Page:
        context = browser.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            locale=language,
        )
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(f"{page.url}: {error}"))
        if not may_break:
            page.on("console", lambda message: _note_message(message, troubles))
            page.on("response", lambda response: _note_response(response, troubles))
        pages.append(page)
        user = user or AdminFactory(password=PASSWORD)
        page.goto("/admin/login/")
        page.fill("#id_username", user.username)
        page.fill("#id_password", PASSWORD)
        page.click("#login-form button[type=submit]")
        page.wait_for_url("**/admin/")
        return page

    yield open_page
    for page in pages:
        page.context.close()
    assert not troubles, "\n".join(troubles)


def _note_message(message: ConsoleMessage, troubles: list[str]) -> None:
    """A refused script or style is reported here too, as an error."""
    if message.type == "error":
        troubles.append(f"{message.location.get('url')}: {message.text}")


def _note_response(response: Response, troubles: list[str]) -> None:
    if response.status >= 400:
        troubles.append(f"{response.status} {response.url}")
