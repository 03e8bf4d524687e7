"""No page of the admin shows English words to those who read Chinese."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from zoneinfo import available_timezones

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from config.schedule import default_entries
from config.setting_up.state import DONE, RUNNING, PhaseState, SetupState, write_state
from fraud.models import FraudAlert
from learning.step_texts import StepText
from membership.models import ImportReport, Member, Order, Product, Segment
from registry.models import ModelVersion, TrainingRun
from tests.contracts.chinese_shop import chinese_shop
from tests.factories import AdminFactory, UserFactory

pytestmark = pytest.mark.django_db

# a word of letters that is no part of an address, a path, a code such as M00001 or events:write, or a price
WORD = re.compile(r"(?<![\w@./:#&=-])[A-Za-z][A-Za-z'’]+(?![\w@/$:*]|[.-]\w)")
SILENT = {"script", "style", "code", "pre", "textarea", "svg", "template"}
READ = ("title", "alt", "aria-label", "placeholder")
VOID = {"input", "img", "br", "hr", "meta", "link", "source", "wbr", "col"}
# what a version and a run are called in the API, on the command line and in the log
VERSION = re.compile(r"\b(recommendations|fraud|forecasts|demand|segments) (v\d+|#\d+)", re.IGNORECASE)
# the default entries of the schedule: lists show them in Chinese, their own pages as they are stored
ENTRIES = re.compile("|".join(re.escape(entry.name) for entry in default_entries()))
# what Django calls the rows of a relation, on the page that asks before deleting
RELATION = re.compile(r"^\w+-\w+ relationship: \w+ object \(\d+\)$")
RULE = re.compile(r"^rfm_recency = \d and rfm_frequency = \d$")
CRONTAB = re.compile(r"\S+ \S+ \* \* \* \(m/h/dM/MY/d\) UTC")
ZONES = {zone.replace("_", " ") for zone in available_timezones()}
VARIED = (ModelVersion, TrainingRun, Segment)  # each row has words of its own
ALLOWED = {
    "Regulars", "Axes", "Excel", "Mac", "Shopify", "WooCommerce",  # names of products
    "Consumer", "consumer", "key", "secret",  # as WooCommerce's own pages name its two codes
    "English", "en",  # the other language, in itself
    # technical terms
    "RFM", "API", "Webhook", "webhook", "SKU", "IP", "CSV", "ODS", "JSON", "Parquet", "MB", "ROC", "Brier",
    "USD", "CN", "card",  # codes of the shop's data
    "Ctrl", "Control", "Command", "esc",  # keys
    "als",  # names of models, as settings and the command line have them
    "Admin", "Data", "Marketing", "Risk", "Support",  # groups of staff, which a shop may rename
}  # fmt: skip


class Texts(HTMLParser):
    """The texts that a page shows or reads aloud, without code, scripts, icons and what people typed."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if not self._silent:
            self.texts += [given[name] for name in READ if name in given]
            if tag == "input" and given.get("type") in ("submit", "button"):
                self.texts.append(given.get("value", ""))
        is_icon = "material-symbols" in given.get("class", "")
        if tag not in VOID and (self._silent or tag in SILENT or is_icon):
            self._silent.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._silent and tag not in VOID:
            self._silent.pop()

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.texts.append(data)


def english(html: str) -> list[str]:
    """The texts of a page that have a word of another language."""
    parser = Texts()
    parser.feed(html)
    rows = []
    for text in {" ".join(text.split()) for text in parser.texts} - ZONES:
        rest = text
        for pattern in (VERSION, CRONTAB, ENTRIES, RELATION, RULE):
            rest = pattern.sub("", rest)
        if any(word not in ALLOWED for word in WORD.findall(rest)):
            rows.append(text[:100])
    return sorted(rows)


@pytest.fixture
def boss(client: Client) -> Client:
    user = AdminFactory(username="管理员1")
    client.force_login(user)
    client.cookies["django_language"] = "zh-hans"
    chinese_shop(user)
    return client


def english_pages(client: Client, *paths: str) -> dict[str, list[str]]:
    """Path → its English texts, of the pages that have any. Pages that one may not open are left out."""
    shown = {}
    for path in paths:
        answer = client.get(path, follow=True)
        assert answer.status_code in (200, 403), path
        if answer.status_code == 200 and (texts := english(answer.content.decode())):
            shown[path] = texts
    return shown


def test_english_is_recognised() -> None:
    page = '<p>会员 <b title="Tier">M00001</b> <code>tier = gold</code> v3</p><p>trees, 1 of 2</p>'
    assert english(page) == ["Tier", "trees, 1 of 2"]
    assert english("<p>SKU、US$5、a@example.com、events:write、fraud v3<br></p><script>if</script>") == []


def test_lists_and_forms_are_chinese(boss: Client) -> None:
    paths = []
    for model in admin.site._registry:
        base = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        paths += [reverse(f"{base}_changelist"), reverse(f"{base}_add")]
        rows = list(model._default_manager.all()[: 8 if model in VARIED else 1])
        paths += [reverse(f"{base}_change", args=(row.pk,)) for row in rows]
        paths += [
            reverse(f"{base}_{page}", args=(row.pk,)) for row in rows[:1] for page in ("history", "delete")
        ]
    assert english_pages(boss, *paths) == {}


def test_pages_of_our_own_are_chinese(boss: Client) -> None:
    member, product = Member.objects.get(name="李娜"), Product.objects.get(name="咖啡豆")
    segments = Segment.objects.all()
    others = Member.objects.reachable().exclude(pk=member.pk)
    assert (
        english_pages(
            boss,
            reverse("admin:index"),
            reverse("registered"),
            reverse("test_order"),
            reverse("new_import"),
            *(reverse("import_page", args=(report.public_id,)) for report in ImportReport.objects.all()),
            f"{reverse('test_order')}?member={member.member_no}",
            reverse("member_page", args=(member.pk,)),
            *(reverse("member_page", args=(one.pk,)) for one in Member.objects.filter(status="merged")),
            f"{reverse('admin:membership_member_merge', args=(member.pk,))}?number={others[0].member_no}",
            reverse("product_page", args=(product.pk,)),
            f"/admin/membership/product/{product.pk}/demand/",
            reverse("admin:membership_rfm"),
            reverse("admin:membership_points_liability"),
            reverse("admin:membership_tier_preview"),
            *(reverse("admin:membership_segment_page", args=(segment.pk,)) for segment in segments),
            reverse("admin:recommendations_recommendation_compare"),
            reverse("admin:recommendations_merchandisingrule_preview"),
            reverse("admin:fraud_fraudalert_change", args=(FraudAlert.objects.get().pk,)),
            reverse("admin:membership_order_change", args=(Order.objects.latest("pk").pk,)),
            "/admin/password_change/",
            "/admin/forecasts/forecast/?list=slipping-away",
            "/admin/search/?s=1",
        )
        == {}
    )


def test_the_progress_of_the_set_up_is_chinese(boss: Client) -> None:
    rows = StepText("%(rows)s rows, %(rejected)s rejected", rows="1,200", rejected="3")
    step = StepText("trees, %(n)d of %(total)d", n=1, total=2)
    phases = [PhaseState("orders", DONE, 1.0, 3.0, rows), PhaseState("fraud", RUNNING, 0.5, 2.0, step)]
    write_state(SetupState(phases=phases))

    assert english_pages(boss, reverse("setup")) == {}
    notes = [phase["note"] for phase in boss.get(reverse("setup-json")).json()["phases"]]
    assert notes == ["1,200 行，拒绝 3 行", "第 1 组树，共 2 组"]


def test_the_login_and_its_lock_are_chinese(client: Client, settings: Settings) -> None:
    settings.AXES_ENABLED = True
    client.cookies["django_language"] = "zh-hans"
    UserFactory(username="u1")
    assert english_pages(client, reverse("admin:login")) == {}
    for _attempt in range(10):
        answer = client.post(reverse("admin:login"), {"username": "u1", "password": "wrong"})
    assert answer.status_code == 429
    assert english(answer.content.decode()) == []
    assert "请在 15 分钟后再试。" in answer.content.decode()
