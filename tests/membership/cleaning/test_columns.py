"""Cleaning a column at once gives what cleaning each value gives."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from membership.cleaning.columns import at_once
from membership.cleaning.conventions import cell, iso_moment, key_cell, plain_number
from membership.cleaning.text import Mended, Unclean, clean_choice
from membership.cleaning.values import clean_amount, clean_emails, clean_key, clean_moment, clean_text

LATEST = datetime(2027, 1, 1, tzinfo=UTC)
MONEY = partial(clean_amount, decimals=3, maximum=10**14 - 1, absolute=True, rounding=True)
PRICE = partial(clean_amount, decimals=6, maximum=10**16 - 1)
KEY = partial(clean_key, max_length=12)
TEXT = partial(clean_text, max_length=12)
ZONES = ("UTC", "Europe/Berlin", "America/Los_Angeles", "Asia/Shanghai", "Africa/Casablanca")

DIGITS = st.text("0123456789", min_size=1, max_size=12)
AMOUNTS = st.builds("{}{}{}".format, st.sampled_from(["", "", "", "-", "+", "$"]), DIGITS, st.one_of(
    st.just(""), st.builds(".{}".format, st.text("0123456789", max_size=8))))  # fmt: skip
TWO = st.integers(0, 99).map("{:02d}".format)
MOMENTS = st.builds(
    "{:04d}-{}-{}{}{}:{}:{}{}".format,
    st.integers(1890, 2030), TWO, TWO, st.sampled_from(" TtX"), TWO, TWO, TWO,
    st.sampled_from(
        ["", "Z", " Z", " UTC", " GMT", "z", ".5", "+02:00", " -0700", "-0700", " +05:30", "+2400", "+0260",
         " ", "+02", " PST", "\x00", "Z\x00"]
    ),
)  # fmt: skip
CLOCKS = st.datetimes(datetime.fromisoformat("1899-12-01"), datetime.fromisoformat("2030-01-01")).map(
    lambda moment: f"{moment:%Y-%m-%d %H:%M:%S}"
)
ZONE_NAMES, ORDERS = st.sampled_from(ZONES), st.sampled_from(["", "dmy", "mdy"])
DAYS, MINUTES = CLOCKS.map(lambda text: text[:10]), CLOCKS.map(lambda text: text[:16])
LETTERS = st.text(st.sampled_from("aZ09 #-_.'=+@é王ß\x00\n\u00a0\u200bＡ½"), max_size=14)
WORDS = st.sampled_from(["null", "N/A", "None", "-", "#N/A", "unknown", "8.1E+12", "13085.0", "a b", "=1"])
MAIL = st.builds(
    "{}@{}".format, st.text("aB1._+-'", min_size=1, max_size=8),
    st.sampled_from(["example.com", "EXAMPLE.test", "ex-ample.co.uk", "a..b", "localhost", "-a.com",
                     "ab--cd.com", "xn--exmple-cua.com", "1.2.3.4", "exämple.com", "x.com."]),
)  # fmt: skip


def by_function(clean: Callable[[object], object], read: Callable[[str], str], text: str) -> object:
    try:
        return clean(read(text))
    except Unclean as error:
        return error.code, "refused"


def assert_same(clean: Callable[[object], object], read: Callable[[str], str], texts: list[str]) -> int:
    """How many of the texts were cleaned at once."""
    form = at_once(clean)
    assert form is not None
    distinct = list(dict.fromkeys(texts))
    covered, values = form(pa.array(distinct, pa.string()))
    for text, is_covered, value in zip(distinct, covered.tolist(), values, strict=True):
        if is_covered:
            expected = by_function(clean, read, text)
            assert not isinstance(expected, Mended)
            assert (value, type(value)) == (expected, type(expected)), text
    return int(covered.sum())


@settings(max_examples=300)
@given(st.lists(AMOUNTS, max_size=20))
def test_money_is_never_approximated(texts: list[str]):
    for clean in (MONEY, PRICE):
        assert_same(clean, partial(plain_number, decimal_comma=False), texts)


@settings(max_examples=300)
@given(st.lists(st.one_of(MOMENTS, CLOCKS, DAYS, MINUTES)), ZONE_NAMES, ORDERS)
def test_moments_are_the_same(texts: list[str], zone: str, order: str):
    assert_same(
        partial(clean_moment, zone=ZoneInfo(zone), latest=LATEST), partial(iso_moment, order=order), texts
    )


@settings(max_examples=300)
@given(st.lists(st.one_of(LETTERS, WORDS)))
def test_numbers_and_texts_are_the_same(texts: list[str]):
    assert_same(KEY, key_cell, texts)
    assert_same(TEXT, lambda text: cell(" ".join(text.replace("\x00", "").splitlines())), texts)
    assert_same(TEXT, str, texts)


@settings(max_examples=300)
@given(st.lists(MAIL))
def test_addresses_are_the_same(texts: list[str]):
    assert_same(clean_emails, cell, texts)


@pytest.mark.parametrize(("clean", "texts"), [
    (MONEY, ["12.50", "0", "123456789.125"]),
    (PRICE, ["12.50", "0.000001"]),
    (KEY, ["#1001", "A-17/b", "20260302"]),
    (TEXT, ["Nora Quill", "Émile", "王小红"]),
    (clean_emails, ["Nora.Quill+x@example.com"]),
    (partial(clean_moment, zone=ZoneInfo("Europe/Berlin"), latest=LATEST),
     ["2026-05-01 23:58:12 -0700", "2026-05-01T23:58:12Z", "2026-05-01 23:58:12", "2026-05-01",
      "2026-05-01 23:58"]),
])  # fmt: skip
def test_usual_values_are_all_cleaned_at_once(clean: Callable[[object], object], texts: list[str]):
    assert assert_same(clean, str, texts) == len(texts)


@pytest.mark.parametrize("zone", [None, "UTC"])
def test_moments_of_parquet_are_the_same(zone: str | None):
    clean = partial(clean_moment, zone=ZoneInfo("Europe/Berlin"), latest=LATEST)
    moments = [
        datetime.fromisoformat("2026-03-02T12:30:00.000250"),
        datetime.fromisoformat("2028-01-01"),
        datetime.fromisoformat("1800-01-01"),
        datetime.fromisoformat("2026-03-29T02:00"),
    ]
    form = at_once(clean)
    assert form is not None
    covered, values = form(pa.array(moments, pa.timestamp("us", tz=zone)))
    assert covered.tolist() == [True, False, False, zone is not None]
    assert values[0] == clean(moments[0] if zone is None else moments[0].replace(tzinfo=UTC))


def test_whole_numbers_of_parquet_name_things_as_their_digits_do():
    form = at_once(KEY)
    assert form is not None
    covered, values = form(pa.array([17, -1, 10**15]))
    assert (covered.tolist(), values[0]) == ([True, False, False], "17")


def test_a_function_without_a_column_form_has_none():
    assert at_once(partial(clean_choice, words={})) is None
