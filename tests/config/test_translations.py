from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po
from django.conf import settings
from django.test import Client
from django.utils import translation
from django.utils.translation import gettext

from tests.factories import AdminFactory, OrderFactory

ROOT = Path(settings.BASE_DIR)
OURS = ROOT / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
UNFOLD = ROOT / "locale" / "unfold" / "zh_Hans" / "LC_MESSAGES" / "django.po"
PLACEHOLDER = re.compile(r"%\(\w+\)|\{\w*\}|%s")


def messages(path: Path) -> list[Message]:
    with path.open("rb") as file:
        return [message for message in read_po(file) if message.id]


def first(text: str | list[str] | tuple[str, ...] | None) -> str:
    return text if isinstance(text, str) else (text or [""])[-1]


@pytest.mark.parametrize("path", [OURS, UNFOLD])
def test_every_text_of_the_catalogue_is_translated_with_its_placeholders(path: Path) -> None:
    for message in messages(path):
        source, translated = first(message.id), first(message.string)
        assert translated, f"no Chinese for {source!r}"
        assert set(PLACEHOLDER.findall(translated)) == set(PLACEHOLDER.findall(source)), source
        assert not message.fuzzy, source


@pytest.mark.skipif(
    shutil.which("xgettext") is None, reason="gettext is not installed: nothing to extract with"
)
def test_the_catalogue_holds_every_text_of_the_program(tmp_path: Path) -> None:
    """``make messages`` adds what is missing; then translate it."""
    names = "config membership fraud recommendations forecasts connectors importing registry learning demo"
    for name in names.split():
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("*.pyc", "static"))
    target = tmp_path / "locale"
    target.mkdir()
    command = ["django-admin", "makemessages", "--locale", "zh_Hans", "--no-location"]
    program = str(Path(sys.executable).with_name(command[0]))
    plain = {key: value for key, value in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"}
    subprocess.run([program, *command[1:]], cwd=tmp_path, env=plain, check=True, capture_output=True)
    known = {(message.context, first(message.id)) for message in messages(OURS)}
    fresh = tmp_path / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
    missing = [first(m.id) for m in messages(fresh) if (m.context, first(m.id)) not in known]
    assert not missing


def test_unfolds_own_texts_are_chinese_too() -> None:
    with translation.override("zh-hans"):
        assert gettext("Apply Filters") == "应用筛选"


@pytest.mark.django_db
def test_the_admin_speaks_the_language_that_was_chosen(client: Client) -> None:
    client.force_login(AdminFactory())
    member = OrderFactory(member__name="李娜").member
    client.post("/i18n/setlang/", {"language": "zh-hans", "next": "/admin/"})
    assert "待处理欺诈警报" in client.get("/admin/").content.decode()
    page = client.get(f"/admin/membership/member/{member.pk}/").content.decode()
    assert "李娜（普通会员）下过一次单" in page
