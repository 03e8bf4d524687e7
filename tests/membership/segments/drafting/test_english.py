"""What English words mean to a rule."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from membership.rules.nodes import Relative
from membership.segments.drafting.english import PATTERNS, span, words
from membership.segments.drafting.tokens import Kind


def meaning(text: str) -> tuple[Kind, object]:
    """Kind and value of the first pattern that takes the whole text."""
    for pattern, kind, value in PATTERNS:
        match = re.fullmatch(pattern, text)
        if match is not None:
            return kind, value(match) if callable(value) else value
    raise AssertionError(f"nothing matches {text!r}")


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("two months", Relative(2, "m")), ("half a year", Relative(6, "m")),
        ("half a month", Relative(15, "d")),
        ("fortnight", Relative(2, "w")), ("a quarter", Relative(3, "m")),
        ("a couple of weeks", Relative(2, "w")),
        ("90 days", Relative(90, "d")), ("1.5 years", None), ("half a week", None),
    ],
)  # fmt: skip
def test_a_period_is_a_whole_number_of_one_unit_or_none(text: str, length: Relative | None) -> None:
    assert span(text) == length


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("in the last two months", Kind.PAST), ("within 30 days", Kind.PAST), ("for a year", Kind.PAST),
        ("in the next week", Kind.NEXT), ("the coming month", Kind.NEXT), ("two years ago", Kind.AGO),
    ],
)  # fmt: skip
def test_periods_have_a_direction(text: str, kind: Kind) -> None:
    shown_kind, value = meaning(text)
    assert shown_kind is kind
    assert isinstance(value, Relative)


def test_a_share_is_a_fraction_of_one() -> None:
    shares = [value(match) for pattern, _kind, value in PATTERNS
              if callable(value) and (match := re.fullmatch(pattern, "70 percent"))]  # fmt: skip
    assert Decimal("0.7") in shares


@pytest.mark.parametrize(("text", "is_whole"), [("gold", True), ("golden", False), ("marigold", False)])
def test_words_are_whole(text: str, is_whole: bool) -> None:
    assert bool(re.search(words("gold"), text)) is is_whole


def test_every_pattern_can_be_compiled_and_matches_no_empty_text() -> None:
    for pattern, _kind, _value in PATTERNS:
        assert re.fullmatch(pattern, "") is None, pattern
