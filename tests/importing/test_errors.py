"""A refusal says what helps as its reader has it: an option of the command, or a choice on the page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone, translation

from importing.errors import BROWSER, COMMAND, BadFile, for_browser, for_command
from importing.previews.previewing import preview
from importing.uploads.reading_options import ReadingOptions
from membership.models import ImportReport

pytestmark = pytest.mark.django_db
OPTION = re.compile(r"--[a-z]")


def test_both_readers_have_a_remedy_for_each_kind_of_refusal():
    assert set(COMMAND) == set(BROWSER)
    assert not [name for name, text in BROWSER.items() if OPTION.search(str(text))]


def test_what_needs_no_remedy_stays_as_it_is():
    error = BadFile("orders.csv is empty.")
    assert for_command(error) == for_browser(error) == "orders.csv is empty."


def test_the_command_names_its_option_and_the_report_in_the_browser_none(tmp_path: Path):
    path = tmp_path / "a.csv"
    path.write_text("colour,weight,price\nA,x,1\n")
    with pytest.raises(CommandError, match=r"no column sku.*--map theirs=sku"):
        call_command("import_products", path)
    assert not OPTION.search(ImportReport.objects.get().error)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_preview_names_no_option_of_the_command(tmp_path: Path, language: str):
    path = tmp_path / "a.csv"
    path.write_bytes("sku,name,price\nA,Café,1\n".encode("cp1252"))
    wrong = [
        ReadingOptions(kind="products", encoding="utf-8"),
        ReadingOptions(kind="products", encoding="klingon"),
        ReadingOptions(kind="products", preset="klingon"),
        ReadingOptions(kind="products", mapping=(("nothing", "sku"),)),
        ReadingOptions(kind="products", values=(("status", "x", "active"),)),
    ]
    with translation.override(language):
        for options in wrong:
            problem = preview(paths=[path], options=options, now=timezone.now()).problem
            assert problem
            assert not OPTION.search(problem)
