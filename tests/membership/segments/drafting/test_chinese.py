"""What Chinese words mean to a rule."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from membership.rules.nodes import Relative
from membership.segments.drafting.chinese import PATTERNS, span
from membership.segments.drafting.tokens import Kind


def meanings(text: str) -> list[tuple[Kind, object]]:
    """Kind and value of every pattern that takes the whole text."""
    return [
        (kind, value(match) if callable(value) else value)
        for pattern, kind, value in PATTERNS
        if (match := re.fullmatch(pattern, text)) is not None
    ]


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("两个月", Relative(2, "m")), ("半年", Relative(6, "m")), ("半个月", Relative(15, "d")),
        ("三 周", Relative(3, "w")), ("一季度", Relative(3, "m")), ("30天", Relative(30, "d")),
        ("两个星期", Relative(2, "w")), ("1.5年", None), ("很久", None),
    ],
)  # fmt: skip
def test_a_period_is_a_whole_number_of_one_unit_or_none(text: str, length: Relative | None) -> None:
    assert span(text) == length


@pytest.mark.parametrize(
    ("text", "kind", "length"),
    [
        ("最近两个月", Kind.PAST, Relative(2, "m")), ("过去的30天内", Kind.PAST, Relative(30, "d")),
        ("三周以内", Kind.PAST, Relative(3, "w")), ("未来一周", Kind.NEXT, Relative(1, "w")),
        ("接下来的三天内", Kind.NEXT, Relative(3, "d")), ("两年以前", Kind.AGO, Relative(2, "y")),
    ],
)  # fmt: skip
def test_periods_have_a_direction(text: str, kind: Kind, length: Relative) -> None:
    assert meanings(text)[0] == (kind, length)


@pytest.mark.parametrize("text", ["一亿亿", "万万"])
def test_what_only_looks_like_a_number_has_no_value(text: str) -> None:
    assert [value for kind, value in meanings(text) if kind is Kind.NUMBER] in ([None], [])


def test_shares_are_written_in_hundredths_or_tenths() -> None:
    assert Decimal("0.7") in [value for _kind, value in meanings("百分之七十")]
    assert Decimal("0.7") in [value for _kind, value in meanings("七成")]


def test_every_pattern_can_be_compiled_and_matches_no_empty_text() -> None:
    for pattern, _kind, _value in PATTERNS:
        assert re.fullmatch(pattern, "") is None, pattern
