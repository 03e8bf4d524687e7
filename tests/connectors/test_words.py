"""Texts are stored as they are and shown in the language of who reads them."""

from __future__ import annotations

import pytest
from django.utils import translation

from connectors.words import phrase, reason, shown


def test_a_text_is_shown_with_its_values_in_the_readers_language() -> None:
    stored = phrase("waits for customer %(number)s", number="7")
    assert shown(stored) == "waits for customer 7"
    with translation.override("zh-hans"):
        assert shown(stored) == "等待顾客 7"


def test_a_reason_of_an_importer_is_shown_as_in_its_reports() -> None:
    assert shown(reason("missing", field="sku")) == "is empty; it is required"


@pytest.mark.parametrize("text", ["", "KeyError: 'x'", "{not ours", '{"else": 1}'])
def test_any_other_text_is_shown_as_it_is(text: str) -> None:
    assert shown(text) == text
