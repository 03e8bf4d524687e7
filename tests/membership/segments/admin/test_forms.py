"""The form of a segment."""

from __future__ import annotations

import json
from typing import ClassVar

import pytest

from membership.models import Segment
from membership.rules.checking import May, everything
from membership.rules.json_form import OPERATORS
from membership.rules.language import render
from membership.rules.reading import read_rule
from membership.rules.running import TooSlow
from membership.segments.admin import forms
from membership.segments.admin.forms import SegmentForm
from membership.segments.admin.words import editor_words
from membership.segments.by_rule import create_rule_segment

pytestmark = pytest.mark.django_db


def form(text: str, *, instance: Segment | None = None) -> SegmentForm:
    return SegmentForm({"name": "Gold", "key": "gold", "rule_text": text}, instance=instance)


def test_a_right_rule_is_kept_in_its_stored_form() -> None:
    given = form("tier = GOLD")

    assert given.is_valid()
    assert given.rule is not None
    assert render(given.rule) == 'tier = "gold"'


def test_without_a_rule_a_new_segment_is_kept_by_hand() -> None:
    given = form("  ")

    assert given.is_valid()
    assert given.rule is None


def test_every_mistake_is_shown_with_its_place() -> None:
    given = form("teir = gold or tier = golden")

    assert not given.is_valid()
    first, second = given.errors["rule_text"]
    assert str(first).startswith("1:1 unknown field `teir`")
    assert str(second).startswith("1:23 ")


def test_a_rule_that_takes_too_long_is_a_mistake_too(monkeypatch) -> None:
    def slow(**options: object) -> None:
        raise TooSlow("This rule took longer than 20 seconds.")

    monkeypatch.setattr(forms, "preview", slow)

    assert form("tier = gold").errors["rule_text"] == ["This rule took longer than 20 seconds."]


def test_a_stored_rule_is_shown_and_cannot_be_emptied() -> None:
    rule = read_rule(text="tier = gold", may=everything)
    segment = create_rule_segment(draft={"name": "Gold"}, rule=rule, user=None)

    assert SegmentForm(instance=segment).fields["rule_text"].initial == 'tier = "gold"'
    assert "rule_text" in form("", instance=segment).errors


def test_the_help_names_the_fields_that_may_be_used() -> None:
    class Narrow(SegmentForm):
        may: ClassVar[May] = staticmethod(lambda field: field.name == "tier")

    text = str(Narrow().fields["rule_text"].help_text)

    assert "<code>tier</code>" in text
    assert "<code>email</code>" not in text


def test_the_editor_has_words_for_every_operator_and_no_markup() -> None:
    words = editor_words()

    assert set(words["operators"]) == set(OPERATORS)
    assert "<" not in json.dumps({key: word for key, word in words.items() if isinstance(word, str)})
    assert all(words.values())
