"""Amounts, shares and whole numbers: exact, or refused."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import partial

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from membership.cleaning import numbers as cleaning
from membership.cleaning.text import Unclean

amount: Callable[[object], int | None] = partial(cleaning.clean_amount, decimals=3, maximum=10**14 - 1)
share = partial(cleaning.clean_share, least=0.0)
whole = partial(cleaning.clean_whole, minimum=0, maximum=1000)


def why(clean, value) -> str:
    with pytest.raises(Unclean) as caught:
        clean(value)
    return caught.value.code


@pytest.mark.parametrize(
    ("value", "clean"),
    [
        ("12.5", 12500),
        ("$1,234.50", 1234500),
        ("12,5", 12500),
        ("1e2", 100000),
        (2.99, 2990),
        (0.1 + 0.2, 300),
        (Decimal("7.001"), 7001),
        (3, 3000),
    ],
)
def test_amount(value, clean):
    assert amount(value) == clean


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("-1", "negative"),
        ("1.0001", "too_precise"),
        ("1e15", "too_large"),
        ("12,345,6", "not_a_number"),
        ("NaN5", "not_a_number"),
        ("inf", "not_a_number"),
        (True, "not_a_number"),
        ("１２x", "not_a_number"),
    ],
)
def test_bad_amount(value, code):
    assert why(amount, value) == code


@example(value=0.1 + 0.2)
@given(value=st.floats(0, 1e9))
def test_an_amount_from_a_float_is_the_nearest(value):
    assert abs((amount(value) or 0) - Decimal(repr(value)) * 1000) <= Decimal("0.5")


@given(value=st.decimals(0, 10**10, places=3))
def test_an_amount_from_text_is_exact(value):
    assert Decimal(amount(str(value)) or 0).scaleb(-3) == value


@pytest.mark.parametrize(
    ("value", "clean"),
    [
        ("€ 5", Decimal(5)),
        ("\u22125", Decimal(-5)),
        (".5", Decimal("0.5")),
        ("1,234,567.8", Decimal("1234567.8")),
        (0.1, Decimal("0.1")),
        ("-", None),
    ],
)
def test_decimal(value, clean):
    assert cleaning.clean_decimal(value) == clean


@pytest.mark.parametrize("value", ["1.2.3", "1,2,3", "0x10", "five", "1e9999", Decimal("Infinity")])
def test_what_is_no_number_is_refused(value):
    assert why(cleaning.clean_decimal, value) == "not_a_number"


@pytest.mark.parametrize(("value", "clean"), [("0.4", 0.4), ("40%", 0.4), (1, 1.0), ("", None)])
def test_share(value, clean):
    assert share(value) == clean


@pytest.mark.parametrize("value", ["40", "101%", "-0.1", 1.5])
def test_a_share_lies_between_its_least_and_one(value):
    assert why(share, value) == "not_a_share"
    assert why(partial(cleaning.clean_share, least=0.5), "0.4") == "not_a_share"


@pytest.mark.parametrize(
    ("value", "clean"), [("12", 12), ("2.0", 2), (2.0, 2), (7, 7), ("1e2", 100), (None, None)]
)
def test_whole(value, clean):
    assert whole(value) == clean


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("2.5", "not_whole"),
        ("-1", "negative"),
        ("1001", "too_large"),
        ("two", "not_a_number"),
        (True, "not_a_number"),
    ],
)
def test_a_number_that_is_not_whole_or_outside_the_limits_is_refused(value, code):
    assert why(whole, value) == code
    assert why(partial(cleaning.clean_whole, minimum=1, maximum=9), "0") == "too_small"


@given(st.integers(0, 1000))
def test_a_whole_number_is_the_same_as_text_float_or_decimal(value):
    assert whole(str(value)) == whole(float(value)) == whole(Decimal(value)) == value
