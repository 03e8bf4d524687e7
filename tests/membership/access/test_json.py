"""JSON in and out."""

from __future__ import annotations

import io
from decimal import Decimal
from uuid import UUID

import pytest
from django.utils.translation import gettext_lazy
from rest_framework.exceptions import ParseError

from membership.access.json import JsonParser, JsonRenderer


def parsed(body: bytes) -> object:
    return JsonParser().parse(io.BytesIO(body))


def test_json_is_read() -> None:
    assert parsed('{"a": [1, 2.5, null, true, "李"]}'.encode()) == {"a": [1, 2.5, None, True, "李"]}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"NaN",
        b'{"a": Infinity}',
        b'"\xff"',
        b'"\\ud800"',
        b"[" * 2_000 + b"]" * 2_000,
        b"{'a': 1}",
    ],
)
def test_what_is_not_json_is_refused(body) -> None:
    with pytest.raises(ParseError, match="not JSON"):
        parsed(body)


@pytest.mark.parametrize("body", [rb'"a\u0000"', rb'{"a": ["\u0000"]}', rb'{"\u0000": 1}'])
def test_a_nul_is_refused_wherever_it_stands(body) -> None:
    with pytest.raises(ParseError, match="NUL"):
        parsed(body)


def test_the_six_letters_of_an_escape_are_not_a_nul() -> None:
    assert parsed(rb'"\\u0000"') == r"\u0000"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("1.50"), b'"1.50"'),
        (gettext_lazy("Gold"), b'"Gold"'),
        ((1, 2), b"[1,2]"),
        ({1: "a"}, b'{"1":"a"}'),
        (UUID(int=1), b'"00000000-0000-0000-0000-000000000001"'),
        (None, b""),
    ],
)
def test_values_are_written_without_losing_a_digit(value, text) -> None:
    assert JsonRenderer().render(value) == text


def test_what_is_not_json_is_not_written() -> None:
    with pytest.raises(TypeError):
        JsonRenderer().render({"a": object()})
