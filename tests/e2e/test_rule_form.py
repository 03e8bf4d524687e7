"""The rule editor beyond typing: completion, the form, words, and that text and form say the same."""

from __future__ import annotations

import json
import os
import random
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from membership.models import Consent, Segment
from membership.rules.json_form import to_json
from tests.e2e.conftest import PASSWORD
from tests.factories import AdminFactory, CategoryFactory, MemberFactory, TagFactory
from tests.membership.rules.random_cases.random_rules import Generator
from tests.membership.rules.random_cases.random_shop import make_shop

pytestmark = pytest.mark.django_db(transaction=True)
SHOTS = os.environ.get("SHOTS", "")  # a folder: pictures of the editor are left there


@pytest.fixture
def open_editor(browser: Browser, live_server: LiveServer) -> Iterator[Any]:
    """A new segment's page, logged in. Answers of 400 are meant here, so the console may hold errors."""
    contexts = []

    def open_page(*, width: int = 1440, dark: bool = False, language: str = "en-US") -> Page:
        context = browser.new_context(
            base_url=live_server.url, viewport={"width": width, "height": 1000}, locale=language,
            color_scheme="dark" if dark else "light",
        )  # fmt: skip
        contexts.append(context)
        page = context.new_page()
        user = AdminFactory(password=PASSWORD)
        page.goto("/admin/login/")
        page.fill("#id_username", user.username)
        page.fill("#id_password", PASSWORD)
        page.click("#login-form button[type=submit]")
        page.wait_for_url("**/admin/")
        page.goto("/admin/membership/segment/add/")
        expect(page.locator("#id_rule_text[data-ready]")).to_be_attached()
        return page

    yield open_page
    for context in contexts:
        context.close()


def picture(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png")


def test_completion_by_keyboard_writes_a_whole_rule(open_editor) -> None:
    CategoryFactory(name="Coffee")
    page = open_editor()
    page.locator("#id_rule_text").click()
    page.keyboard.type("tie")
    expect(page.get_by_role("option", name="tier")).to_be_visible()
    page.keyboard.press("Enter")
    page.keyboard.type("= go")
    page.keyboard.press("Tab")
    page.keyboard.type(" and bou")
    page.keyboard.press("Enter")
    page.keyboard.type("cat")
    page.keyboard.press("Enter")
    page.keyboard.type("cof")
    picture(page, "completion")
    page.keyboard.press("Enter")
    page.keyboard.type(")")
    expect(page.locator("#id_rule_text")).to_have_value('tier = gold and bought(category: "Coffee")')
    expect(page.locator(".rg-count")).to_have_text("0 members fit now.")


def test_a_mistake_is_underlined_and_explained_at_the_cursor(open_editor) -> None:
    page = open_editor()
    rule = page.locator("#id_rule_text")
    rule.click()
    page.keyboard.type("points > 5 and teir = gold ")
    expect(page.locator(".rg-t-wrong")).to_have_text("teir")
    page.keyboard.press("Escape")
    rule.evaluate("area => area.setSelectionRange(17, 17)")
    expect(page.locator(".rg-rule-bubble")).to_contain_text("did you mean `tier`?")
    picture(page, "mistake")


def test_a_rule_is_made_in_the_form_and_saved(open_editor) -> None:
    MemberFactory(name="Gold Gerda", tier="gold")
    MemberFactory(tier="silver")
    page = open_editor()
    page.fill("#id_name", "Gold")
    page.get_by_role("tab", name="Form").click()
    page.get_by_label("how it is compared").select_option("in")
    page.get_by_label("Gold", exact=True).check()
    page.get_by_label("Basic", exact=True).uncheck()
    page.get_by_role("button", name="What they did").click()
    page.get_by_label("whether it holds").nth(1).select_option("not")
    picture(page, "form")
    expect(page.locator("#id_rule_text")).to_have_value('tier in ["gold"] and not bought(within: 30d)')
    expect(page.locator(".rg-count")).to_have_text("1 member fits now.")
    page.locator("button[name=_continue], input[name=_continue]").first.click()
    page.wait_for_url("**/change/")
    assert Segment.objects.get().member_count == 1


def test_words_become_a_rule_that_the_form_shows(open_editor) -> None:
    member = MemberFactory(name="Gold Gerda", tier="gold")
    member.tags.add(TagFactory(name="vip"))
    page = open_editor()
    words = page.get_by_label("Describe the members in words")
    words.fill("new gold members tagged vip")
    words.press("Enter")
    expect(page.locator("#id_rule_text")).to_have_value(
        'tier = "gold" and tags contains "vip" and joined_at >= -30d'
    )
    expect(page.locator(".rg-rule-said")).to_contain_text("last 30 days")
    page.get_by_role("tab", name="Form").click()
    expect(page.locator(".rg-rule-row")).to_have_count(3)
    words.fill("members who like jazz")
    words.press("Enter")
    expect(page.locator(".rg-rule-said")).to_contain_text("jazz")


def test_a_template_fills_in_rule_and_name(open_editor) -> None:
    member = MemberFactory(birth_date=timezone.localdate().replace(year=1990))
    Consent.objects.create(member=member, purpose="marketing", channel="email", granted=True, source="test")
    page = open_editor()
    page.get_by_label("Start from a template").select_option(label="Birthday soon")
    expect(page.locator("#id_name")).to_have_value("Birthday soon")
    expect(page.locator(".rg-count")).to_have_text("1 member fits now.")


def test_the_form_gives_back_every_rule_as_it_was(open_editor) -> None:
    rng = random.Random(3)  # noqa: S311  # a seed, no secret
    make_shop(members=5, rng=rng, as_of=timezone.now())
    page = open_editor()
    for rule in Generator(rng).rules(150):
        written = to_json(rule)
        back = page.evaluate("rule => regularsRules.writeRule(regularsRules.readRule(rule))", written)
        assert back == written, json.dumps(written)


@pytest.mark.parametrize(
    ("width", "dark", "language"), [(1440, True, "en-US"), (390, False, "en-US"), (390, True, "zh-CN")]
)
def test_the_editor_holds_together_everywhere(open_editor, width: int, dark: bool, language: str) -> None:
    CategoryFactory(name="Coffee")
    page = open_editor(width=width, dark=dark, language=language)
    behaviour = 'bought(category: "Coffee", at_least: 3, within: 60d)'
    rule = f"tier in [gold, platinum] and ({behaviour} or not points > 5)"
    page.locator("#id_rule_text").fill(rule)
    expect(page.locator(".rg-count")).to_be_visible()
    picture(page, f"text-{width}-{'dark' if dark else 'light'}-{language}")
    page.locator("[data-tab=form]").click()
    expect(page.locator(".rg-rule-row")).to_have_count(3)
    page.locator(".rg-rule-form").scroll_into_view_if_needed()
    picture(page, f"form-{width}-{'dark' if dark else 'light'}-{language}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_an_estimate_comes_first_and_counting_can_be_stopped(
    open_editor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a shop of a million members: nothing is quick, and the exact count takes its time."""
    from membership.rules.running import TooSlow
    from membership.segments.editing import previews as segment_preview

    counted = segment_preview._counted
    requests = []
    stopped_counting = threading.Event()

    def slowly(rule, *, seconds, run):
        if seconds == segment_preview.QUICK_SECONDS:
            raise TooSlow("too slow")
        requests.append(seconds)
        if len(requests) > 1:
            stopped_counting.wait(30)
        return replace(counted(rule, seconds=seconds, run=run), exact=len(requests) > 1, low=0, high=9)

    monkeypatch.setattr(segment_preview, "_counted", slowly)
    page = open_editor()
    page.locator("#id_rule_text").fill("points > 5")
    expect(page.locator(".rg-count")).to_contain_text("≈ 0 members fit now.")
    expect(page.locator(".rg-rule-answer")).to_contain_text("between 0 and 9")
    with page.expect_response(lambda answer: answer.request.method == "DELETE") as stopped:
        page.get_by_role("button", name="Stop counting").click()
    assert stopped.value.status == 204
    stopped_counting.set()
    expect(page.locator(".rg-count")).to_contain_text("≈ 0 members fit now.")
